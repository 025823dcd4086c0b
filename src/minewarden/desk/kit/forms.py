"""Forms drawn by our own templates, and acts whose refusal becomes an error of the form."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from minewarden.desk.kit.kept import LARGEST
from minewarden.desk.kit.words import language, word
from minewarden.vocab.errors import MinewardenError

Done = TypeVar("Done")


class Renderer(TemplatesSetting):
    """Widgets from Django; the form and its fields from `templates/parts`."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"


class FileField(forms.FileField):
    """One file to be kept, refused by its size before it is read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse what is larger than is kept."""
        given = super().clean(data, initial)
        if given and given.size > LARGEST:
            raise forms.ValidationError(word("desk_kit.file_too_large"))
        return given


def attempt(form: BaseForm, act: Callable[[], Done]) -> Done | None:
    """Carry out an act for a valid form. What the act refuses is added to the form, and the answer is None."""
    try:
        return act()
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            form.add_error(None, error)
            return None
        for field, problems in error.error_dict.items():
            form.add_error(field if field != NON_FIELD_ERRORS and field in form.fields else None, problems)
    except MinewardenError as error:
        form.add_error(None, error.said(language()))
    return None
