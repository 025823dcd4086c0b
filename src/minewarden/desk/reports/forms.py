"""What people write into a report."""

from typing import Any

from django import forms

from minewarden.desk.cases.fields import Words
from minewarden.desk.kit.words import word
from minewarden.desk.reports.export import SECTIONS, Head
from minewarden.documents.scans import kind_of

LARGEST = 10 * 1024 * 1024
"""Bytes of a scan."""


def _label(key: str) -> Any:
    return word(f"desk_reports.{key}")


class DraftForm(forms.Form):
    """The sections, and what stands around them."""

    number = forms.CharField(
        label=_label("field_number"), max_length=64, required=False, help_text=_label("help_number")
    )
    signer = forms.CharField(label=_label("field_signer"), max_length=64, required=False)
    addressee = forms.CharField(label=_label("field_addressee"), max_length=128)
    copies = forms.CharField(label=_label("field_copies"), max_length=255, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            self.fields[name] = Words(label=_label(f"section_{name}"), rows=7, max_length=20_000)

    @property
    def head(self) -> Head:
        """What stands around the sections."""
        return Head(**{name: self.cleaned_data[name] for name in ("addressee", "number", "signer", "copies")})


class Note(forms.Form):
    """Why a report is sent back."""

    reason = Words(label=_label("field_reason"))


class StampedForm(forms.Form):
    """The scan of a stamped report."""

    file = forms.FileField(label=_label("field_scan"), help_text=_label("help_scan"), max_length=200)
    file.widget.attrs["accept"] = ".pdf,.jpg,.jpeg"

    def clean_file(self) -> Any:
        """PDF or JPG of at most `LARGEST` bytes, told by its content and not by its name."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST:
            raise forms.ValidationError(word("desk_reports.scan_too_large"))
        if kind_of(given.read(16)) not in ("pdf", "jpeg"):
            raise forms.ValidationError(word("desk_reports.scan_kind"))
        given.seek(0)
        return given
