"""What is asked for a wall."""

from datetime import datetime, time
from typing import Any

from django import forms

from minewarden.desk.kit.words import word
from minewarden.desk.org.picks import Pick
from minewarden.vocab.words import DISPLAY_ZONE


def _label(key: str) -> Any:
    return word(f"desk_screen.{key}")


class WallForm(forms.Form):
    """A wall: of which unit, where it hangs, until when, and the four phrases where a city words them otherwise."""

    unit = Pick(label=_label("field_unit"))
    name = forms.CharField(label=_label("field_name"), max_length=60, help_text=_label("help_name"))
    until = forms.DateField(
        label=_label("field_until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_label("help_until"),
    )
    slogans = forms.CharField(
        label=_label("field_slogans"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=200,
        help_text=_label("help_slogans"),
    )  # fmt: skip
    demo = forms.BooleanField(label=_label("field_demo"), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        Pick.among(self, "unit", units)

    @property
    def facts(self) -> dict[str, Any]:
        """What the act is told; the last day counts whole, in Beijing."""
        given = self.cleaned_data
        return {
            "unit": given["unit"], "name": given["name"], "demo": given["demo"],
            "slogans": given["slogans"].splitlines(),
            "expires_at": datetime.combine(given["until"], time(23, 59, 59), DISPLAY_ZONE),
        }  # fmt: skip
