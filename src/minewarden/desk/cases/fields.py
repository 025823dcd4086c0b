"""The fields that forms of cases, blocks and reports share, and how their words are found."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from minewarden.desk.kit.words import word


def label(key: str) -> Any:
    """A word of the cases, put into a language when it is shown."""
    return word(f"desk_cases.{key}")


def choices(group: str, codes: Iterable[str]) -> list[tuple[str, Any]]:
    """Codes with their words."""
    return [(code, label(f"{group}_{code.replace('-', '_')}")) for code in codes]


class Instant(forms.DateTimeField):
    """A moment, typed in Beijing time."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)


class Words(forms.CharField):
    """A few sentences."""

    def __init__(self, *, rows: int = 2, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class Pick(forms.ModelChoiceField):  # type: ignore[type-arg]  # the class takes no argument at run time
    """One of some rows, which the form names when it knows who is asking."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, **kwargs)

    @staticmethod
    def among(form: forms.BaseForm, name: str, rows: "QuerySet[Any]") -> None:
        """Say among which rows."""
        field = form.fields[name]
        assert isinstance(field, Pick)  # noqa: S101  # the form's own declaration
        field.queryset = rows
