"""What people fill in about a lead or a notice."""

from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any

from django import forms

from minewarden.desk.cases import leads
from minewarden.desk.cases.fields import Instant, Pick, Words, choices, label
from minewarden.desk.cases.intake import bounded
from minewarden.desk.cases.models import Lead, Notice
from minewarden.desk.cases.picks import NOTICES
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role


class OpenCase(forms.Form):
    """Make a case of a lead."""

    unit = Pick(label=label("field_unit"))
    notice = Pick(called=NOTICES, label=label("field_notice"), required=False)
    reason = Words(label=label("field_reason_for_unit"), required=False)

    def __init__(self, *args: Any, lead: Lead, person: Person, **kwargs: Any) -> None:
        kwargs |= {"prefix": "open", "label_suffix": "", "initial": {"unit": lead.unit_id}}
        super().__init__(*args, **kwargs)
        units = units_visible_to(person, Role.OFFICER)
        Pick.among(self, "unit", units)
        Pick.among(self, "notice", Notice.objects.filter(unit__in=units))


class Dismiss(forms.Form):
    """Put a lead aside."""

    reason = forms.ChoiceField(label=label("field_reason_code"), choices=choices("dismiss", leads.DISMISS_REASONS))
    note = Words(label=label("field_reason"))


class TakeUp(forms.Form):
    """Take a dismissed lead up again."""

    reason = Words(label=label("field_reason"))


class EnterNotice(forms.Form):
    """What was received, from whom, when."""

    unit = Pick(label=label("field_received_by"))
    received_at = Instant(label=label("field_received_at"), help_text=label("help_received_at"))
    source = forms.CharField(label=label("field_source"), max_length=128)
    number = forms.CharField(label=label("field_number"), max_length=64, required=False)
    text = Words(label=label("field_text"), rows=4, required=False)
    find_limit = Instant(label=label("field_find_limit"), required=False)
    report_limit = Instant(label=label("field_report_limit"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        Pick.among(self, "unit", units_visible_to(person, Role.OFFICER))

    def facts(self) -> dict[str, Any]:
        """What `leads.enter_notice` asks for."""
        data = dict(self.cleaned_data)
        limits = leads.Limits(data.pop("find_limit"), data.pop("report_limit"))
        return data | {"limits": limits}


class ImportFindings(forms.Form):
    """A file of findings, and whose logs it rests on."""

    unit = Pick(label=label("field_logs_of"))
    file = forms.FileField(label=label("field_file"), help_text=label("help_file"), max_length=255)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "initial": {"unit": person.unit_id}}
        super().__init__(*args, **kwargs)
        Pick.among(self, "unit", units_visible_to(person, Role.OFFICER))

    def lines(self) -> Iterator[str]:
        """The file's lines, none longer in memory than one that is refused."""
        with TextIOWrapper(self.cleaned_data["file"], encoding="utf-8-sig", errors="replace") as text:
            yield from bounded(text)
