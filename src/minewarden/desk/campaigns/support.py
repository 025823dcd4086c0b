"""Means and help: needs, the emergency team, requests for help with visits; and the forms of a bureau's own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns import cascade
from minewarden.desk.campaigns.known import overlaps
from minewarden.desk.campaigns.lifecycle import (
    HELP,
    NEED,
    OPEN_TASKS,
    HelpState,
    HelpVerb,
    NeedState,
    NeedVerb,
    TaskState,
    step,
)
from minewarden.desk.campaigns.models import Form, Help, Member, Need, Task, Visit
from minewarden.desk.campaigns.questions import Question, as_data, of_data
from minewarden.desk.campaigns.refusals import refusal
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.words import render

HELP_WITHIN = timedelta(hours=24)
"""Within what time a superior should have sent somebody; it is measured and presses nobody."""


@transaction.atomic
def ask_need(
    *, by: Person, now: datetime, unit: Unit, kind: str, title: str, reason: str, gap: str = "",
    amount: Decimal | None = None,
) -> Need:  # fmt: skip
    """Say what a unit lacks."""
    demand(by, Duty.HANDLE, unit)
    if not title.strip() or not reason.strip():
        raise refusal("reason")
    need: Need = Need.objects.create(
        unit=unit,
        kind=kind,
        gap=gap,
        title=title.strip(),
        reason=reason.strip(),
        amount=amount,
        asked_by=by,
        asked_at=now,
    )
    record("need.ask", by=by, obj=need, after={"title": title, "kind": kind, "amount": amount, "gap": gap})
    above = unit.parent or unit
    outbox.post(
        f"need.{need.pk}", unit=above, to=outbox.people_of(above, Role.OFFICER, but=by),
        word="desk_campaigns.tell_need", now=now, link="/campaigns/needs/", title=need.title,
    )  # fmt: skip
    return need


@transaction.atomic
def move_need(need: Need, *, by: Person, now: datetime, verb: str, note: str = "") -> Need:
    """Follow a need: the superior notes what was funded or refused, the unit what was bought and installed."""
    need = Need.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=need.pk)
    step_ = NeedVerb(verb)
    of_superior = step_ in (NeedVerb.FUND, NeedVerb.REFUSE)
    allowed = may(by, Duty.SUPERVISE, need.unit) or (not of_superior and may(by, Duty.HANDLE, need.unit))
    if not allowed:
        raise PermissionDenied
    if step_ is NeedVerb.REFUSE and not note.strip():
        raise refusal("reason")
    was = need.state
    need.state = step(NEED, NeedState(need.state), step_).value
    need.moved_by, need.moved_at, need.note = by, now, note.strip()
    need.save(update_fields=["state", "moved_by", "moved_at", "note"])
    record(f"need.{verb}", by=by, obj=need, before={"state": was}, after={"state": need.state, "note": note})
    if of_superior:
        outbox.post(
            f"need.{need.pk}.{verb}", unit=need.unit, to=outbox.people_of(need.unit, Role.OFFICER),
            word="desk_campaigns.tell_need_decided", now=now, link="/campaigns/needs/", title=need.title,
        )  # fmt: skip
    return need


@transaction.atomic
def add_member(
    *, by: Person, now: datetime, unit: Unit, name: str, skills: str, phone: str = "", employer: str = ""
) -> Member:
    """Put somebody on a bureau's emergency team."""
    demand(by, Duty.HANDLE, unit)
    member: Member = Member.objects.create(
        unit=unit, name=name.strip(), skills=skills.strip(), phone=phone, employer=employer.strip(),
        since=timezone.localdate(now), entered_by=by,
    )  # fmt: skip
    record("team.add", by=by, obj=member, after={"name": name, "skills": skills, "employer": employer})
    return member


@transaction.atomic
def drop_member(member: Member, *, by: Person, now: datetime) -> Member:
    """Somebody is no longer on the team; his visits stay, his number goes."""
    demand(by, Duty.HANDLE, member.unit)
    member.active, member.phone = False, ""
    member.save(update_fields=["active", "phone"])
    record("team.drop", by=by, obj=member, after={"name": member.name})
    return member


@transaction.atomic
def ask_help(*, by: Person, now: datetime, unit: Unit, topic: str, text: str, case: Case | None = None) -> Help:
    """求助: ask the superior to send somebody."""
    demand(by, Duty.HANDLE, unit)
    if not text.strip():
        raise refusal("reason")
    if case is not None and not unit.contains(case.unit):
        raise refusal("help_case", number=case.number, unit=case.unit.name)
    row: Help = Help.objects.create(
        unit=unit, topic=topic, text=text.strip(), case=case, asked_by=by, asked_at=now, due_at=now + HELP_WITHIN
    )
    record("help.ask", by=by, obj=row, after={"topic": topic, "case": case.pk if case else None})
    outbox.post(
        f"help.{row.pk}", unit=unit, to=outbox.people_above(unit, Role.OFFICER) or outbox.people_of(unit, Role.OFFICER),
        word="desk_campaigns.tell_help", now=now, link=f"/campaigns/help/{row.pk}/", due=row.due_at,
    )  # fmt: skip
    return row


@transaction.atomic
def assign(row: Help, *, by: Person, now: datetime, member: Member) -> Help:
    """Send somebody of the team. Raises TransitionError for whoever is of no team that stands over the unit."""
    row = _held(row)
    _superior(by, row)
    if not member.active:
        raise refusal("state")
    _reaches(member, row.unit)
    row.state = step(HELP, HelpState(row.state), HelpVerb.ASSIGN).value
    row.member, row.assigned_by, row.assigned_at = member, by, row.assigned_at or now
    row.save(update_fields=["state", "member", "assigned_by", "assigned_at"])
    record("help.assign", by=by, obj=row, after={"member": member.name})
    outbox.post(
        f"help.{row.pk}.assigned.{member.pk}", unit=row.unit, to=outbox.people_of(row.unit, Role.OFFICER),
        word="desk_campaigns.tell_assigned", now=now, link=f"/campaigns/help/{row.pk}/",
    )  # fmt: skip
    return row


@transaction.atomic
def note_visit(
    row: Help, *, by: Person, now: datetime, member: Member, way: str, at: datetime, did: str, left: str = ""
) -> Visit:
    """Write down what was done. Either side may; the unit sees it."""
    row = _held(row)
    if not (may(by, Duty.HANDLE, row.unit) or may(by, Duty.SUPERVISE, row.unit)):
        raise PermissionDenied
    if not row.asked_at <= at <= now:
        raise refusal("visit_time")
    if not did.strip():
        raise refusal("reason")
    _reaches(member, row.unit)
    row.state = step(HELP, HelpState(row.state), HelpVerb.VISIT).value
    row.save(update_fields=["state"])
    visit: Visit = Visit.objects.create(
        help=row, member=member, way=way, at=at, did=did.strip(), left=left.strip(), entered_at=now, by=by
    )
    record("help.visit", by=by, obj=row, after={"member": member.name, "way": way, "at": at, "did": did, "left": left})
    # The unit says whether it was helped; where it wrote the visit down itself, it knows.
    people = [one for one in outbox.people_of(row.unit, Role.OFFICER) if one != by]
    outbox.post(
        f"help.{row.pk}.visit.{visit.pk}", unit=row.unit, to=people, word="desk_campaigns.tell_visit", now=now,
        link=f"/campaigns/help/{row.pk}/",
    )  # fmt: skip
    return visit


@transaction.atomic
def close_help(row: Help, *, by: Person, now: datetime, note: str) -> Help:
    """The unit says that it was helped."""
    row = _held(row)
    demand(by, Duty.HANDLE, row.unit)
    return _ended(row, HelpVerb.CLOSE, by, now, note)


@transaction.atomic
def withdraw_help(row: Help, *, by: Person, now: datetime, note: str) -> Help:
    """The unit needs no help any more."""
    row = _held(row)
    demand(by, Duty.HANDLE, row.unit)
    if not note.strip():
        raise refusal("reason")
    return _ended(row, HelpVerb.WITHDRAW, by, now, note)


@transaction.atomic
def make_form(
    *, by: Person, now: datetime, unit: Unit, title: str, why: str, minutes: int, kinds: Sequence[str],
    questions: Sequence[Question], due: datetime, form: Form | None = None,
) -> Form:  # fmt: skip
    """Make a form of a bureau's own, or change one that was not sent yet."""
    demand(by, Duty.HANDLE, unit)
    if not title.strip() or not why.strip() or not questions or not kinds:
        raise refusal("form_incomplete")
    if len({question.key for question in questions}) != len(questions):
        raise refusal("form_twice")
    if due <= now:
        raise refusal("past_day")
    if form is not None:
        form = Form.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=form.pk)
        demand(by, Duty.HANDLE, form.unit)
        if form.state != Form.State.DRAFT:
            raise refusal("state")
    form = form or Form(unit=unit, made_by=by, made_at=now)
    form.title, form.why, form.minutes, form.kinds = title.strip(), why.strip(), minutes, list(kinds)
    form.questions, form.due_at = as_data(questions), due
    form.save()
    record("form.make", by=by, obj=form, after={"title": title, "fields": [q.title["zh"] for q in questions]})
    return form


@transaction.atomic
def send_form(form: Form, *, by: Person, now: datetime, reason: str = "") -> Form:
    """Ask the units. Where a ledger holds a field already, the bureau has to say why it asks all the same."""
    form = Form.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=form.pk)
    demand(by, Duty.HANDLE, form.unit)
    if form.state != Form.State.DRAFT:
        raise refusal("state")
    if form.due_at <= now:
        raise refusal("past_day")
    doubled = overlaps([question.title["zh"] for question in of_data(form.questions) if not question.known])
    if doubled and not reason.strip():
        fields = "、".join(overlap.field for overlap in doubled)
        raise refusal("overlaps", fields=fields)
    form.state, form.sent_at, form.overlap_reason = Form.State.SENT, now, reason.strip()
    form.overlaps = [{"field": row.field, "book": row.book, "column": render(row.column, "zh")} for row in doubled]
    form.save()
    asked = cascade.send(form, now)
    if not asked:
        raise refusal("nobody_asked")
    record("form.send", by=by, obj=form, after={"units": asked, "overlaps": form.overlaps, "reason": reason})
    units = Unit.objects.filter(campaign_tasks__form=form)
    people = Person.objects.filter(
        is_active=True, posts__revoked_at=None, posts__role=Role.OFFICER, posts__unit__in=units
    ).distinct()
    outbox.post(
        f"form.{form.pk}", unit=form.unit, to=people, word="desk_campaigns.tell_form", now=now, link="/campaigns/mine/",
        title=form.title, due=form.due_at,
    )  # fmt: skip
    return form


@transaction.atomic
def end_form(form: Form, *, by: Person, now: datetime) -> Form:
    """No more answers are wanted; those that came stay."""
    form = Form.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=form.pk)
    demand(by, Duty.HANDLE, form.unit)
    if form.state != Form.State.SENT:
        raise refusal("state")
    form.state = Form.State.ENDED
    form.save(update_fields=["state"])
    rows = Task.objects.filter(form=form, state__in=OPEN_TASKS)
    record("form.end", by=by, obj=form, after={"unanswered": rows.update(state=TaskState.WITHDRAWN.value)})
    return form


def _held(row: Help) -> Help:
    rows = Help.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "member")
    found: Help = rows.get(pk=row.pk)
    return found


def _superior(by: Person, row: Help) -> None:
    demand(by, Duty.SUPERVISE, row.unit)


def _reaches(member: Member, unit: Unit) -> None:
    if not member.unit.contains(unit):
        raise refusal("not_our_team", name=member.name, team=member.unit.name, unit=unit.name)


def _ended(row: Help, verb: HelpVerb, by: Person, now: datetime, note: str) -> Help:
    row.state = step(HELP, HelpState(row.state), verb).value
    row.closed_at, row.closed_note = now, note.strip()
    row.save(update_fields=["state", "closed_at", "closed_note"])
    record(f"help.{verb.value}", by=by, obj=row, after={"note": note})
    return row
