"""The fields that forms of cases, blocks and reports share, and how their words are found."""

from collections.abc import Iterable
from typing import Any

from django import forms

from minewarden.desk.kit.words import word
from minewarden.desk.org.picks import Pick as Pick


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
