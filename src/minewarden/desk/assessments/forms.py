"""What people write into an assessment, and how they narrow the statistics."""

from datetime import date
from typing import Any

from django import forms

from minewarden.desk.assessments.actions import Head
from minewarden.desk.assessments.export import SECTIONS
from minewarden.desk.assessments.periods import Period, span
from minewarden.desk.cases.fields import Words
from minewarden.desk.kit.words import word


def _label(key: str) -> Any:
    return word(f"desk_assessments.{key}")


class DraftForm(forms.Form):
    """The parts that people write, and what stands around them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            self.fields[name] = Words(
                label=_label(f"section_{name}"), rows=6 if name == "judgement" else 4, max_length=10_000,
                required=False, help_text=_label(f"help_{name}"),
            )  # fmt: skip
        self.fields |= {
            "addressee": forms.CharField(label=_label("field_addressee"), max_length=128, required=False),
            "number": forms.CharField(
                label=_label("field_number"), max_length=64, required=False, help_text=_label("help_number")
            ),
            "signer": forms.CharField(label=_label("field_signer"), max_length=64, required=False),
            "copies": forms.CharField(label=_label("field_copies"), max_length=255, required=False),
        }

    @property
    def head(self) -> Head:
        """What stands around the parts."""
        return Head(**{name: self.cleaned_data[name] for name in ("addressee", "number", "signer", "copies")})


class Note(forms.Form):
    """Why something is sent back or corrected."""

    reason = Words(label=_label("field_reason"), max_length=500)


_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
"""A calendar reads no other form of a day, whatever the language."""


class SpanForm(forms.Form):
    """From which day to which."""

    begin = forms.DateField(label=_label("field_begin"), widget=_DAY)
    last = forms.DateField(label=_label("field_last"), widget=_DAY)

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins or is longer than ten years."""
        given = super().clean() or {}
        begin, last = given.get("begin"), given.get("last")
        if isinstance(begin, date) and isinstance(last, date):
            try:
                self.period: Period = span(begin, last)
            except ValueError:
                raise forms.ValidationError(_label("bad_span")) from None
        return given
