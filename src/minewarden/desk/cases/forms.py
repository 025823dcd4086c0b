"""What people fill in to act on a case. Each form carries out ONE action."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from minewarden.desk.cases import actions, decisions, leads, parting
from minewarden.desk.cases.actions import DEVICE_FIELDS
from minewarden.desk.cases.fields import Instant, Pick, Words, choices, label
from minewarden.desk.cases.models import Asked, CandidateCopy, Case, Decision, Extension, Measure, Notice
from minewarden.desk.cases.picks import NOTICES
from minewarden.desk.kit.words import said
from minewarden.desk.ledger.directory import Asked as AskedWhose
from minewarden.desk.ledger.directory import attribute_many
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role


class Act(forms.Form):
    """A form of a case page. `verb` is its address; `primary` the way on, `aside` what is needed seldom."""

    verb: ClassVar[str] = ""
    primary: ClassVar[bool] = False
    explained: ClassVar[bool] = False
    aside: ClassVar[bool] = False

    def __init__(self, *args: Any, case: Case, person: Person, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", self.prefix or self.verb)
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.case, self.person = case, person
        self.prepare()

    def prepare(self) -> None:
        """Fill in what the case knows already."""

    def act(self, *, by: Person, now: datetime) -> object:
        """Carry out the action."""
        raise NotImplementedError

    @property
    def title(self) -> Any:
        """What the button says."""
        return label(f"act_{self.verb.replace('-', '_')}")

    @property
    def explanation(self) -> Any:
        """What it means, in plain words."""
        return label(f"explain_{self.verb.replace('-', '_')}") if self.explained else ""


class Reasoned(Act):
    """An act that asks for a reason."""

    reason = Words(label=label("field_reason"))


class Sign(Act):
    verb, primary, explained = "sign", True, True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.sign_for(self.case, by=by, now=now)


class Start(Act):
    verb, primary = "start", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.start(self.case, by=by, now=now)


class NotOurs(Reasoned):
    verb, explained = "not-ours", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.return_not_ours(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Choose(Reasoned):
    """Which of several candidates it was; shown beside the trace, not among the next steps."""

    verb = "choose"
    candidate = Pick(widget=forms.HiddenInput)

    def prepare(self) -> None:
        Pick.among(self, "candidate", self.case.candidates.all())

    def act(self, *, by: Person, now: datetime) -> object:
        data = self.cleaned_data
        return actions.choose_candidate(self.case, data["candidate"], by=by, now=now, reason=data["reason"])


class ConfirmEach(Reasoned):
    """That every one of several candidates was at it; shown beside the trace as well."""

    verb = "each"

    def act(self, *, by: Person, now: datetime) -> object:
        return parting.confirm_each(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Lock(Act):
    verb, primary, explained = "lock", True, True
    device_name = forms.CharField(label=label("field_device_name"), max_length=128, required=False)
    device_mac = forms.CharField(label="MAC", max_length=17, required=False, help_text=label("help_mac"))
    device_ip = forms.GenericIPAddressField(label=label("field_device_ip"), required=False)
    device_serial = forms.CharField(label=label("field_device_serial"), max_length=64, required=False)
    device_place = forms.CharField(label=label("field_device_place"), max_length=128)
    responsible_name = forms.CharField(label=label("field_responsible_name"), max_length=64)
    responsible_post = forms.CharField(label=label("field_responsible_post"), max_length=64, required=False)

    def prepare(self) -> None:
        # The MAC and the person are masked on the page, so the form does not tell them either.
        if found := self._found():
            self.initial = {**self._of_the_ledger(found), "device_ip": found.internal_ip, **self.initial}

    def act(self, *, by: Person, now: datetime) -> object:
        data = dict(self.cleaned_data)
        device = {name: data.pop(name) or "" for name in DEVICE_FIELDS}
        found = self._found()
        if found is not None and device["device_ip"] == found.internal_ip:
            device["device_mac"] = device["device_mac"] or found.mac
        return actions.lock(self.case, by=by, now=now, device=device, **data)

    def _of_the_ledger(self, found: CandidateCopy) -> dict[str, str]:
        """What the unit has entered of the device already. Who is responsible, people say anew each time."""
        known = Asset.objects.filter(unit=self.case.unit_id, number=found.asset).first() if found.asset else None
        if known is None:
            return {"device_name": found.asset}
        return {"device_name": known.name, "device_serial": known.number, "device_place": known.place}

    def _found(self) -> CandidateCopy | None:
        """The one device that the trace gave, or that a person said it was."""
        candidates = list(self.case.candidates.all())
        chosen = [candidate for candidate in candidates if candidate.chosen_at]
        return chosen[0] if chosen else candidates[0] if len(candidates) == 1 else None


class RecordMeasure(Act):
    verb = "measure"
    kind = forms.ChoiceField(label=label("field_measure"), choices=choices("measure", Measure.KINDS))
    done_at = Instant(label=label("field_done_at"))
    note = Words(label=label("field_note"), required=False)

    def prepare(self) -> None:
        self.initial = {"done_at": timezone.now(), **self.initial}

    @property
    def primary(self) -> bool:  # type: ignore[override]
        return not self.case.measures.all()  # The page of the case has read them.

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.record_measure(self.case, by=by, now=now, **self.cleaned_data)


class Propose(Act):
    """A judgement that a second person confirms."""

    kind: ClassVar[str] = ""
    value = forms.ChoiceField(label="", widget=forms.RadioSelect)
    reason = Words(label=label("field_reason_for_second"))

    def act(self, *, by: Person, now: datetime) -> object:
        return decisions.propose(self.case, by=by, now=now, kind=self.kind, **self.cleaned_data)


class ProposeNature(Propose):
    verb, kind, explained, primary = "propose-nature", "nature", True, True
    value = forms.ChoiceField(
        label=label("field_nature"), choices=choices("nature_plain", decisions.NATURES), widget=forms.RadioSelect
    )


class ProposeFalseAlarm(Propose):
    verb, kind, explained = "propose-false-alarm", "false-alarm", True
    value = forms.ChoiceField(
        label=label("field_reason_code"), choices=choices("false_alarm", decisions.FALSE_ALARM_REASONS)
    )


class ProposeUnlocatable(Propose):
    verb, kind, explained = "propose-unlocatable", "unlocatable", True
    value = forms.ChoiceField(
        label=label("field_reason_code"), choices=choices("unlocatable", decisions.UNLOCATABLE_REASONS)
    )


class Decide(Act):
    """The second person's answer; shown beside the proposal, one form with two buttons."""

    prefix = "decide"
    decision = Pick(widget=forms.HiddenInput)
    note = Words(label=label("field_note"), required=False)

    def prepare(self) -> None:
        pending = Decision.objects.filter(case=self.case, outcome=Asked.Outcome.PENDING)
        Pick.among(self, "decision", pending)


class Agree(Decide):
    verb, primary = "agree", True

    def act(self, *, by: Person, now: datetime) -> object:
        return decisions.agree(self.cleaned_data["decision"], by=by, now=now, note=self.cleaned_data["note"])


class Refuse(Decide):
    verb = "refuse"

    def act(self, *, by: Person, now: datetime) -> object:
        return decisions.refuse(self.cleaned_data["decision"], by=by, now=now, note=self.cleaned_data["note"])


class AskExtension(Act):
    verb, explained = "ask-extension", True
    which = forms.ChoiceField(label=label("field_which"), choices=choices("which", ("find", "report")))
    joined = Pick(label=label("field_joined"), required=False, empty_label=label("joined_none"))
    until = Instant(label=label("field_until"))
    reason = Words(label=label("field_reason"))

    def prepare(self) -> None:
        Pick.among(self, "joined", self.case.joined.select_related("notice"))

    def act(self, *, by: Person, now: datetime) -> object:
        return decisions.ask_extension(self.case, by=by, now=now, **self.cleaned_data)


class DecideExtension(Act):
    verb = "decide-extension"
    extension = Pick(widget=forms.HiddenInput)
    allow = forms.TypedChoiceField(
        label="", choices=choices("allow", ("yes", "no")), coerce=lambda text: text == "yes", widget=forms.RadioSelect
    )
    note = Words(label=label("field_note"), required=False)

    def prepare(self) -> None:
        pending = Extension.objects.filter(case=self.case, outcome=Asked.Outcome.PENDING)
        Pick.among(self, "extension", pending)

    def act(self, *, by: Person, now: datetime) -> object:
        data = self.cleaned_data
        return decisions.decide_extension(data["extension"], by=by, now=now, allow=data["allow"], note=data["note"])


class Redispatch(Reasoned):
    verb, primary, explained = "redispatch", True, True
    unit = Pick(label=label("field_unit"))

    def prepare(self) -> None:
        others = units_visible_to(self.person, Role.OFFICER).exclude(pk=self.case.unit_id)
        Pick.among(self, "unit", others)
        if self.case.host is None:
            return
        # What the ledger says of the activity's own time, from beginning to end, as where a notice is handed out anew.
        times = (self.case.first_seen or self.case.received_at, self.case.last_seen or self.case.received_at)
        answers = attribute_many([AskedWhose(self.case.host, at) for at in times])
        self.fields["unit"].help_text = "".join(dict.fromkeys(said(answer.reason) for answer in answers))
        first, last = (answer.unit for answer in answers)
        if last is not None and first == last and others.filter(pk=last.pk).exists():
            self.initial = {"unit": last.pk, **self.initial}

    def act(self, *, by: Person, now: datetime) -> object:
        return leads.redispatch(self.case, by=by, now=now, **self.cleaned_data)


class Receive(Act):
    verb, primary = "receive", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.receive(self.case, by=by, now=now)


class Return(Reasoned):
    verb = "return"

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.return_for_more(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Close(Act):
    verb, primary, explained = "close", True, True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.close(self.case, by=by, now=now)


class Watch(Act):
    verb, primary = "watch", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.watch(self.case, by=by, now=now)


class Stable(Reasoned):
    verb, primary = "stable", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.declare_stable(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Recurred(Reasoned):
    verb = "recurred"

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.declare_recurred(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Withdraw(Reasoned):
    verb, explained = "withdraw", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.withdraw(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class Unmask(Reasoned):
    """Look behind the masks; shown beside the facts."""

    verb, explained = "unmask", True

    def act(self, *, by: Person, now: datetime) -> object:
        return actions.unmask(self.case, by=by, now=now, reason=self.cleaned_data["reason"])


class JoinNotice(Act):
    verb, explained = "join-notice", True
    notice = Pick(called=NOTICES, label=label("field_notice"))

    def prepare(self) -> None:
        units = units_visible_to(self.person, *BUSINESS)
        free = Notice.objects.filter(unit__in=units).exclude(joined__case=self.case)
        Pick.among(self, "notice", free)

    def act(self, *, by: Person, now: datetime) -> object:
        return leads.join_notice(self.case, self.cleaned_data["notice"], by=by, now=now)


ACTS: dict[str, type[Act]] = {
    form.verb: form
    for form in (
        Sign, Start, NotOurs, Choose, ConfirmEach, Lock, RecordMeasure, ProposeNature, ProposeFalseAlarm,
        ProposeUnlocatable, Agree, Refuse, AskExtension, DecideExtension, Redispatch, Receive, Return, Close, Watch,
        Stable, Recurred, Withdraw, Unmask, JoinNotice,
    )
}  # fmt: skip
"""Address of an act -> its form."""
