"""A field of the database that holds a text sealed: telephone numbers.

Each value has a nonce of its own, so that equal numbers do not look equal; they can therefore not be searched.
"""

import base64
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models

from minewarden.desk.kit.sealed import seal, unseal

_MARK = "sealed:"
_PURPOSE = "field"

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class SealedField(_Text):
    """A text that the database holds sealed. What was stored before it was sealed is still read."""

    def get_prep_value(self, value: Any) -> Any:
        """The text as it is stored; an empty one stays empty."""
        text = super().get_prep_value(value)
        if not text:
            return text
        return _MARK + base64.b64encode(seal(str(text).encode(), _PURPOSE)).decode()

    def from_db_value(self, value: str | None, *rest: Any) -> str | None:
        """The text itself. Raises ConfigError where the key is gone."""
        if not value or not value.startswith(_MARK):
            return value
        return unseal(base64.b64decode(value[len(_MARK) :]), _PURPOSE).decode()

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is one can be asked."""
        if lookup_name != "isnull":
            raise FieldError("a sealed field cannot be searched")
        return super().get_lookup(lookup_name)
