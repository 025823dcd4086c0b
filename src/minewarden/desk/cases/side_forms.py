"""What people fill in beside the straight road: tasks, calls, orders, objections, what was added later, files."""

from datetime import datetime
from typing import Any

from django import forms

from minewarden.desk.cases import files, guide, objections, orders, outages, side, tasks
from minewarden.desk.cases.fields import Instant, Pick, Words, choices, label
from minewarden.desk.cases.forms import ACTS as FIRST
from minewarden.desk.cases.forms import Act, Reasoned
from minewarden.desk.cases.lifecycle import ENDED
from minewarden.desk.cases.models import Asked, Backfill, Case, Outage, SiteFacts, Task
from minewarden.desk.kit.words import local, say
from minewarden.desk.ledger.directory import attribute
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.models import Person


class Tick(Act):
    """One line of the checklist; a button beside the line."""

    verb = "tick"
    prefix = "tick"
    item = forms.ChoiceField(choices=[(item, item) for item in tasks.CHECKLIST])
    done = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda text: text == "1")

    def act(self, *, by: Person, now: datetime) -> object:
        return tasks.tick(self.case, by=by, now=now, **self.cleaned_data)


class DoTask(Act):
    """What came of a task; shown beside it."""

    verb = "do-task"
    task = Pick(widget=forms.HiddenInput)
    result = forms.ChoiceField(choices=choices("result", tasks.RESULTS))
    note = Words(label=label("field_note"))

    def prepare(self) -> None:
        Pick.among(self, "task", Task.objects.filter(case=self.case, done_at=None))

    def act(self, *, by: Person, now: datetime) -> object:
        data = self.cleaned_data
        return tasks.do_task(data["task"], by=by, now=now, result=data["result"], note=data["note"])


class NoteSiteFacts(Act):
    """What whoever has no log server is asked first. It opens by itself until it is answered."""

    verb, explained = "site-facts", True
    address = forms.ChoiceField(
        label=label("field_site_address"),
        choices=choices("site_address", SiteFacts.Address.values),
        widget=forms.RadioSelect,
    )
    machines = forms.IntegerField(label=label("field_site_machines"), min_value=1, max_value=1_000_000, required=False)
    router_logs = forms.ChoiceField(
        label=label("field_site_router_logs"),
        choices=choices("site", SiteFacts.Answer.values),
        widget=forms.RadioSelect,
    )
    dhcp_list = forms.ChoiceField(
        label=label("field_site_dhcp_list"), choices=choices("site", SiteFacts.Answer.values), widget=forms.RadioSelect
    )
    switched_on = Words(label=label("field_site_switched_on"), required=False)

    def prepare(self) -> None:
        self.last = self.case.site_facts.last()
        if self.last is not None:
            names = ("address", "machines", "router_logs", "dhcp_list", "switched_on")
            self.initial = {**{name: getattr(self.last, name) for name in names}, **self.initial}
        elif self.case.host:
            purpose = attribute(self.case.host, self.case.first_seen or self.case.received_at).purpose
            self.initial = {"address": _SERVES.get(purpose, ""), **self.initial}

    @property
    def primary(self) -> bool:  # type: ignore[override]
        return self.last is None

    def act(self, *, by: Person, now: datetime) -> object:
        return guide.note_facts(self.case, by=by, now=now, **self.cleaned_data)


_SERVES: dict[str, str] = {
    UnitRange.Purpose.EGRESS: SiteFacts.Address.EXIT,
    UnitRange.Purpose.SERVER: SiteFacts.Address.ONE,
    UnitRange.Purpose.RESOLVER: SiteFacts.Address.RESOLVER,
}
"""What the ledger says that a range is for -> what is proposed; a person marks it."""


class RecordCall(Act):
    verb, explained, aside = "call", True, True
    called_at = Instant(label=label("field_called_at"))
    spoke_to = forms.CharField(label=label("field_spoke_to"), max_length=64)
    note = Words(label=label("field_note"), required=False)

    def act(self, *, by: Person, now: datetime) -> object:
        return tasks.record_call(self.case, by=by, now=now, **self.cleaned_data)


class Urge(Act):
    verb, explained, aside = "urge", True, True

    def act(self, *, by: Person, now: datetime) -> object:
        return tasks.urge(self.case, by=by, now=now)


class Order(Reasoned):
    verb, explained = "order", True

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.order(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class DeclineOrder(Reasoned):
    verb = "order-decline"

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.decline(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class ApproveOrder(Act):
    verb = "order-approve"

    @property
    def explanation(self) -> Any:
        """Who orders it and why: whoever approves reads it where he decides."""
        row = self.case.order
        facts = {"name": row.ordered_by.name if row.ordered_by else "", "reason": row.reason}
        times = {"at": _stamp(row.ordered_at), "review": _stamp(row.review_at)}
        return say("desk_cases.explain_order_approve", **facts, **times)

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.approve(self.case, by=by, now=now)


class ConfirmExecuted(Act):
    verb, explained = "order-execute", True
    executed_at = Instant(label=label("field_executed_at"))

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.confirm_executed(self.case, by=by, now=now, **self.cleaned_data)


class AskBack(Reasoned):
    verb, explained = "order-ask-back", True

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.ask_back(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class KeepOff(Reasoned):
    verb = "order-keep"

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.keep(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Restore(Act):
    verb = "order-restore"

    @property
    def explanation(self) -> Any:
        """Who asks for it, and on what ground."""
        row = self.case.order
        name = row.restore_asked_by.name if row.restore_asked_by else ""
        facts = {"name": name, "at": _stamp(row.restore_asked_at), "reason": row.restore_reason}
        return say("desk_cases.explain_order_restore", **facts)

    def act(self, *, by: Person, now: datetime) -> object:
        return orders.restore(self.case, by=by, now=now)


def _stamp(at: datetime | None) -> str:
    return local(at, "stamp") if at else ""


class RaiseObjection(Act):
    verb, explained, aside = "object", True, True
    raised_by = forms.CharField(label=label("field_raised_by"), max_length=64)
    raised_at = Instant(label=label("field_raised_at"))
    grounds = Words(label=label("field_grounds"), rows=4)

    def act(self, *, by: Person, now: datetime) -> object:
        return objections.raise_objection(self.case, by=by, now=now, **self.cleaned_data)


class ShiftClock(Reasoned):
    verb, explained = "shift", True
    outage = Pick(label=label("field_outage"))
    which = forms.ChoiceField(label=label("field_which"), choices=choices("which", ("find", "report")))
    joined = Pick(label=label("field_joined"), required=False, empty_label=label("joined_none"))

    def prepare(self) -> None:
        Pick.among(self, "outage", Outage.objects.all())
        Pick.among(self, "joined", self.case.joined.select_related("notice"))

    def act(self, *, by: Person, now: datetime) -> object:
        data = dict(self.cleaned_data)
        return outages.shift(self.case, data.pop("outage"), by=by, now=now, **data)


class AskBackfill(Reasoned):
    verb, explained, aside = "ask-backfill", True, True
    claimed_at = Instant(label=label("field_claimed_at"))

    def act(self, *, by: Person, now: datetime) -> object:
        return outages.ask_backfill(self.case, by=by, now=now, **self.cleaned_data)


class DecideBackfill(Act):
    """The superior's answer; shown beside the claim."""

    verb = "decide-backfill"
    backfill = Pick(widget=forms.HiddenInput)
    allow = forms.TypedChoiceField(
        label="", choices=choices("allow", ("yes", "no")), coerce=lambda text: text == "yes", widget=forms.RadioSelect
    )
    note = Words(label=label("field_note"), required=False)

    def prepare(self) -> None:
        pending = Backfill.objects.filter(case=self.case, outcome=Asked.Outcome.PENDING)
        Pick.among(self, "backfill", pending)

    def act(self, *, by: Person, now: datetime) -> object:
        data = dict(self.cleaned_data)
        return outages.decide_backfill(data.pop("backfill"), by=by, now=now, **data)


class Merge(Reasoned):
    verb, explained, aside = "merge", True, True
    into = Pick(label=label("field_into"))

    def prepare(self) -> None:
        others = Case.objects.filter(unit=self.case.unit).exclude(pk=self.case.pk)
        Pick.among(self, "into", others.exclude(state__in=[state.value for state in ENDED]))

    def act(self, *, by: Person, now: datetime) -> object:
        return side.merge(self.case, by=by, now=now, **self.cleaned_data)


class Refer(Reasoned):
    verb, explained, aside = "refer", True, True
    office = forms.ChoiceField(label=label("field_office"), choices=choices("office", side.OFFICES))
    name = forms.CharField(label=label("field_office_name"), max_length=128)
    number = forms.CharField(label=label("field_number"), max_length=64, required=False)

    def act(self, *, by: Person, now: datetime) -> object:
        return side.refer(self.case, by=by, now=now, **self.cleaned_data)


class RecordAccountability(Act):
    verb, explained, aside = "accountability", True, True
    person_name = forms.CharField(label=label("field_person_name"), max_length=64)
    kind = forms.ChoiceField(label=label("field_accountability"), choices=choices("accountability", side.KINDS))
    office = forms.CharField(label=label("field_decided_by"), max_length=128)
    decided_on = forms.DateField(
        label=label("field_decided_on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = Words(label=label("field_decision_text"), rows=3)

    def act(self, *, by: Person, now: datetime) -> object:
        data = dict(self.cleaned_data)
        return side.record_accountability(self.case, by=by, now=now, person=data.pop("person_name"), **data)


class OpenRestricted(Reasoned):
    """Look at what is restricted; shown beside it."""

    verb, explained = "open-restricted", True

    def act(self, *, by: Person, now: datetime) -> object:
        return side.open_restricted(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class AddFile(Act):
    verb, explained, aside = "add-file", True, True
    upload = forms.FileField(label=label("field_file"), max_length=200)
    note = forms.CharField(label=label("field_note"), max_length=200, required=False)
    restricted = forms.BooleanField(label=label("field_restricted"), required=False)

    def clean_upload(self) -> Any:
        """Refuse by the size that the browser's form had before reading it whole."""
        upload = self.cleaned_data["upload"]
        if upload.size > files.LARGEST:
            raise forms.ValidationError(label("refused_file"))
        return upload

    def act(self, *, by: Person, now: datetime) -> object:
        data = dict(self.cleaned_data)
        upload = data.pop("upload")
        return files.add_file(self.case, by=by, now=now, name=upload.name, content=upload.read(), **data)


ACTS: dict[str, type[Act]] = FIRST | {
    form.verb: form
    for form in (
        Tick, NoteSiteFacts, DoTask, RecordCall, Urge, Order, DeclineOrder, ApproveOrder, ConfirmExecuted, AskBack,
        KeepOff, Restore, RaiseObjection, ShiftClock, AskBackfill, DecideBackfill, Merge, Refer, RecordAccountability,
        OpenRestricted, AddFile,
    )
}  # fmt: skip
"""Address of an act -> its form, for all that can be done to a case."""


class HolidayForm(forms.Form):
    """A day out of the ordinary."""

    day = forms.DateField(label=label("field_day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    works = forms.TypedChoiceField(
        label=label("field_works"), choices=choices("works", ("0", "1")), coerce=lambda text: text == "1"
    )
    name = forms.CharField(label=label("field_day_name"), max_length=32)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class YearForm(forms.Form):
    """A year to fill in from the library."""

    year = forms.IntegerField(min_value=2000, max_value=2100)


class OutageForm(forms.Form):
    """When the desk was away."""

    began_at = Instant(label=label("field_began_at"))
    ended_at = Instant(label=label("field_ended_at"))
    note = Words(label=label("field_outage_note"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
