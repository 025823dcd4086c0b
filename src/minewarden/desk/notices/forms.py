"""What people fill in about notices."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.fields import Instant, Pick, Words
from minewarden.desk.kit.words import say, word
from minewarden.desk.notices import actions, intake
from minewarden.desk.notices.bridge import unit_named
from minewarden.desk.notices.models import Assignment, Received
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.intake.cells import addresses_in, name_in


class Upload(forms.Form):
    """A file, or the text that was pasted."""

    office = Pick(label=word("desk_notices.field_office"))
    file = forms.FileField(
        label=word("desk_notices.field_file"), help_text=word("desk_notices.help_file"), required=False
    )
    text = Words(label=word("desk_notices.field_text"), rows=4, required=False, max_length=1_000_000)
    received_at = Instant(label=word("desk_notices.field_received_at"), help_text=word("desk_notices.help_received_at"))
    source = forms.CharField(label=word("desk_notices.field_source"), max_length=128, required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "initial": {"office": person.unit_id, "received_at": timezone.now()}}
        super().__init__(*args, **kwargs)
        Pick.among(self, "office", units_visible_to(person, Role.OFFICER))

    def clean(self) -> dict[str, Any]:
        """A file or a text, not neither."""
        data = super().clean() or {}
        if not data.get("file") and not data.get("text", "").strip():
            raise ValidationError(say("desk_notices.file_or_text"))
        return data

    def facts(self) -> dict[str, Any]:
        """What `intake.take_in` asks for."""
        data = self.cleaned_data
        file = data["file"]
        name = file.name if file else say("desk_notices.pasted")
        content = file.read(intake.LARGEST + 1) if file else data["text"].encode()
        return {
            "office": data["office"],
            "name": name,
            "content": content,
            "received_at": data["received_at"],
            "source": data["source"],
        }


class Confirm(forms.Form):
    """The head of the notice, as the file said it or as people put it right."""

    source = forms.CharField(label=word("desk_notices.field_source"), max_length=128)
    number = forms.CharField(label=word("desk_notices.field_number"), max_length=64, required=False)
    received_at = Instant(label=word("desk_notices.field_received_at"))
    find_limit = Instant(label=word("desk_notices.field_find_limit"), required=False)
    report_limit = Instant(label=word("desk_notices.field_report_limit"), required=False)

    def __init__(self, *args: Any, received: Received, **kwargs: Any) -> None:
        known = {name: getattr(received, name) for name in self.base_fields}
        kwargs |= {"label_suffix": "", "initial": known}
        super().__init__(*args, **kwargs)


class UnitByName(forms.Form):
    """A unit by any of its names; thousands of units are no list to choose from."""

    unit = forms.CharField(label=word("desk_notices.field_unit"), max_length=200, required=False)

    def __init__(self, *args: Any, office: Unit, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.office = office
        self.fields["unit"].widget.attrs["data-offers"] = reverse("org:units-named")

    def clean_unit(self) -> Unit | None:
        """The unit, or nothing where nothing is written."""
        text = self.cleaned_data["unit"].strip()
        found = unit_named(text, self.office) if text else None
        if text and found is None:
            raise ValidationError(say("desk_notices.no_such_unit", name=text))
        return found


class Choose(UnitByName):
    """Whom a line is for, why, and whether it joins the running case."""

    reason = forms.CharField(label=word("desk_notices.field_reason"), max_length=500, required=False)
    join = forms.BooleanField(label=word("desk_notices.field_join"), required=False)

    def __init__(self, *args: Any, like: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not like:
            # Where no running case resembles the line there is nothing to join.
            del self.fields["join"]


class Anew(UnitByName):
    """The right unit for what came back."""

    reason = Words(label=word("desk_notices.field_reason"))
    field_order = ("unit", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].required = True


class ByHand(forms.Form):
    """A line that somebody read and typed."""

    address = forms.CharField(label=word("desk_notices.field_address"), max_length=500, required=False)
    target = forms.CharField(label=word("desk_notices.field_target"), max_length=253, required=False)
    target_port = forms.IntegerField(
        label=word("desk_notices.field_target_port"), min_value=1, max_value=65535, required=False
    )
    coin = forms.CharField(label=word("desk_notices.field_coin"), max_length=64, required=False)
    first_seen = Instant(label=word("desk_notices.field_first"), required=False)
    last_seen = Instant(label=word("desk_notices.field_last"), required=False)
    written = forms.CharField(label=word("desk_notices.field_written"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "prefix": "hand"}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """An address or a name that can be read."""
        data = super().clean() or {}
        found = addresses_in(data.get("address", ""))
        if found.wrong:
            raise ValidationError(say("desk_notices.bad_address"))
        target = data.get("target", "")
        peers = addresses_in(target).addresses
        name, port, _ = ("", None, "") if peers else name_in(target)
        if not found.addresses and not peers and not name:
            raise ValidationError(say("desk_notices.address_or_name"))
        data["addresses"] = found.addresses
        data["destination"] = peers[0].ip if peers else ""
        data["domain"] = name
        data["destination_port"] = data.get("target_port") or (peers[0].port if peers else port)
        return data

    def facts(self) -> dict[str, Any]:
        """What `intake.add_line` asks for."""
        names = ("addresses", "destination", "domain", "destination_port", "coin", "first_seen", "last_seen", "written")
        return {name: self.cleaned_data[name] for name in names}


class Withdraw(forms.Form):
    """Lines that the sender took back."""

    lines: Any = forms.ModelMultipleChoiceField(queryset=None, widget=forms.CheckboxSelectMultiple)
    reason = Words(label=word("desk_notices.field_reason"))

    def __init__(self, *args: Any, received: Received, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": ""}
        super().__init__(*args, **kwargs)
        lines = self.fields["lines"]
        assert isinstance(lines, forms.ModelMultipleChoiceField)  # noqa: S101  # declared above
        lines.queryset = received.lines.all()


class Reply(forms.Form):
    """How the answer went out."""

    note = forms.CharField(label=word("desk_notices.field_reply_note"), max_length=200, required=False)


class Act(forms.Form):
    """A form of the page of an assignment; each carries out one action."""

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        # Several of them stand on the page, and two ask for a reason: an id belongs to one field.
        kwargs |= {"label_suffix": "", "auto_id": f"{type(self).__name__.lower()}_%s"}
        super().__init__(*args, **kwargs)
        self.assignment = assignment

    def act(self, *, by: Person, now: datetime) -> object:
        """Carry out the action."""
        raise NotImplementedError


class Sign(Act):
    def act(self, *, by: Person, now: datetime) -> object:
        return actions.sign(self.assignment, by=by, now=now)


class Tell(Act):
    called_at = Instant(label=word("desk_notices.field_called_at"))
    note = forms.CharField(label=word("desk_notices.field_call_note"), max_length=200)

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.tell(self.assignment, by=by, now=now, **self.cleaned_data)


class TellEarlier(Act):
    told_at = Instant(label=word("desk_notices.field_told_at"))
    note = forms.CharField(label=word("desk_notices.field_told_note"), max_length=200)

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.tell_earlier(self.assignment, by=by, now=now, **self.cleaned_data)


class GiveBack(Act):
    reason = Words(label=word("desk_notices.field_return_reason"))

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.give_back(self.assignment, by=by, now=now, **self.cleaned_data)


class Relay(Act):
    unit = forms.CharField(label=word("desk_notices.field_lower_unit"), max_length=200)
    reason = Words(label=word("desk_notices.field_reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].widget.attrs["data-offers"] = reverse("org:units-named")

    def clean_unit(self) -> Unit:
        """A unit below the one that hands it on."""
        found = unit_named(self.cleaned_data["unit"], self.assignment.unit)
        if found is None:
            raise ValidationError(say("desk_notices.no_such_unit", name=self.cleaned_data["unit"]))
        return found

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.relay(self.assignment, by=by, now=now, **self.cleaned_data)


ACTS: dict[str, type[Act]] = {"sign": Sign, "tell": Tell, "earlier": TellEarlier, "return": GiveBack, "relay": Relay}
