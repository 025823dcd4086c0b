"""Forms of ranges and devices."""

from datetime import datetime, time
from typing import Any

from django import forms

from minewarden.desk.kit.words import word
from minewarden.desk.ledger.access import WRITERS
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.words import DISPLAY_ZONE


class _OfAUnit(forms.Form):
    """A form whose first field is one of the writer's units."""

    unit = forms.ModelChoiceField(label=word("desk_ledger.unit"), queryset=Unit.objects.none())

    def __init__(self, writer: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["unit"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = units_visible_to(writer, *WRITERS)


class RangeForm(_OfAUnit):
    """A range of addresses from a day on."""

    cidr = forms.CharField(label=word("desk_ledger.cidr"), max_length=43, help_text=word("desk_ledger.cidr_help"))
    purpose = forms.ChoiceField(label=word("desk_ledger.purpose"), choices=UnitRange.Purpose.choices)
    valid_from = forms.DateField(
        label=word("desk_ledger.valid_from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=word("desk_ledger.note"), max_length=200, required=False)

    def clean_valid_from(self) -> datetime:
        """The beginning of the day, Beijing time."""
        return datetime.combine(self.cleaned_data["valid_from"], time.min, DISPLAY_ZONE)


class AssetForm(_OfAUnit):
    """A device."""

    number = forms.CharField(label=word("desk_ledger.number"), max_length=60)
    name = forms.CharField(label=word("desk_ledger.asset_name"), max_length=120)
    ip = forms.CharField(label=word("desk_ledger.ip"), max_length=39, required=False)
    mac = forms.CharField(label=word("desk_ledger.mac"), max_length=20, required=False)
    hostname = forms.CharField(label=word("desk_ledger.hostname"), max_length=120, required=False)
    place = forms.CharField(label=word("desk_ledger.place"), max_length=120)
    department = forms.CharField(label=word("desk_ledger.department"), max_length=120)
    person_name = forms.CharField(label=word("desk_ledger.person"), max_length=60)
    switch_port = forms.CharField(label=word("desk_ledger.switch_port"), max_length=80, required=False)
    login = forms.CharField(label=word("desk_ledger.login"), max_length=80, required=False)


class SearchForm(forms.Form):
    """What narrows a list."""

    q = forms.CharField(label=word("desk_ledger.search"), required=False, max_length=80)

    def text(self) -> str:
        """What is searched; nothing where the field cannot be read, and the form says so."""
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""
