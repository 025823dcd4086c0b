"""What concluded cases say of the library: mining that was confirmed raises what it talked to, a false alarm lowers it.

Asked for at every look of the worker, so that the conclusion of a case never fails for the library's sake; each case
says each thing once. A false alarm whose cause lies elsewhere (a security product that looks names up, a resolver, a
wrong time) says nothing against the indicator: it is noted, and moves the score only where the city says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Case, Decision
from minewarden.desk.library.access import office
from minewarden.desk.library.bridge import library
from minewarden.desk.library.lifecycle import UNREVIEWED, State
from minewarden.desk.library.models import Feedback, Submission
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.outbox import people_of, post
from minewarden.desk.org.models import Role
from minewarden.intel.library import Word
from minewarden.intel.record import Type, host_of, identity
from minewarden.vocab.net import parents

ELSEWHERE = frozenset({"security-product", "resolver", "wrong-time"})
"""Reasons of a false alarm that lie with the unit's own equipment and not with what was contacted."""
_KINDS = {
    Case.Conclusion.TRUE.value: Feedback.Kind.SEEN,
    Case.Conclusion.FALSE_ALARM.value: Feedback.Kind.HARMLESS,
}
_AT_ONCE = 200
LATE = timedelta(hours=24)
"""After so long a report that nobody passed on or reviewed is late (its goal is four working hours)."""


def look(now: datetime) -> int:
    """Take in what cases say that were concluded since; how many."""
    told = Feedback.objects.filter(case=OuterRef("pk"))
    concluded = Case.objects.filter(conclusion__in=_KINDS).exclude(server=None, server_name="")
    rows = concluded.filter(~Exists(told)).select_related("unit").order_by("concluded_at", "pk")
    return sum(tell(case, now) is not None for case in rows[:_AT_ONCE])


def look_at_waiting(now: datetime) -> int:
    """Tell once of reports that nobody passed on or reviewed within a day: whoever has them, and the city."""
    here = office()
    late = Submission.objects.filter(state__in=UNREVIEWED, reported_at__lte=now - LATE)
    told = Message.objects.filter(key=Concat(Value("library.late."), Cast(OuterRef("pk"), CharField())))
    rows = late.annotate(told=Exists(told)).filter(told=False).select_related("unit", "unit__parent")
    for row in rows[:_AT_ONCE]:
        waits = row.unit.parent if row.state == State.REPORTED and row.unit.parent is not None else here
        people = people_of(waits, Role.OFFICER) if waits is not None else []
        if here is not None:
            people += people_of(here, Role.OFFICER)
        post(
            f"library.late.{row.pk}", unit=waits or row.unit, to=people, word="desk_library.told_late", now=now,
            link=f"/library/reports/{row.pk}/", number=row.number,
        )  # fmt: skip
    return len(rows[:_AT_ONCE])


@transaction.atomic
def tell(case: Case, now: datetime) -> Feedback | None:
    """What one case says, once; None where it said it already."""
    kind = _KINDS.get(case.conclusion)
    if kind is None:
        return None
    reason = _reason(case) if kind is Feedback.Kind.HARMLESS else ""
    hits = hits_of(case)
    row, fresh = Feedback.objects.get_or_create(
        case=case, kind=kind.value,
        defaults={"reason": reason, "hits": hits, "counts": reason not in ELSEWHERE, "at": now},
    )  # fmt: skip
    if not fresh:
        return None
    _say(row, case, now)
    return row


def tell_again(verdicts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Cases that talked to what is in the library only now: say what they had to say."""
    wanted = Q(pk__in=())
    for verdict in verdicts:
        if not verdict["accept"]:
            continue
        place = host_of(Type(verdict["type"]), verdict["value"])
        if verdict["part"] == "address":
            wanted |= Q(case__server=place)
        else:
            wanted |= Q(case__server_name=place) | Q(case__server_name__endswith=f".{place}")
    for row in Feedback.objects.filter(wanted, said_at=None).select_related("case", "case__unit"):
        row.hits = hits_of(row.case)
        _say(row, row.case, now)


@transaction.atomic
def decide(row: Feedback, *, by: Any, now: datetime, counts: bool, note: str) -> Feedback:
    """The city says whether what a case said moves the score."""
    held = (
        Feedback.objects.select_for_update(of=("self",), no_key=True)
        .select_related("case", "case__unit")
        .get(pk=row.pk)
    )
    before = held.counts
    held.counts, held.decided_by, held.decided_at, held.decided_note = counts, by, now, note.strip()
    held.save(update_fields=["counts", "decided_by", "decided_at", "decided_note"])
    facts = {"case": held.case_id, "counts": counts, "note": note}
    record("library.weigh", by=by, obj=held, before={"counts": before}, after=facts)
    if counts and held.said_at is None:
        _say(held, held.case, now)
    elif not counts and held.said_at is not None:
        word = Word(held.case.unit.name, held.kind, held.said_at, 1, held.case.number)
        for hit in held.hits:
            library().take_back(hit["id"], word, at=now)
        held.said_at = None
        held.save(update_fields=["said_at"])
    return held


def hits_of(case: Case) -> list[dict[str, str]]:
    """What of the library a case talked to, as {id, type, value}."""
    found = []
    held = library()
    for kind, value in _spellings(case):
        key = str(identity(kind, value))
        if held.get(key) is not None:
            found.append({"id": key, "type": kind.value, "value": value})
    return found


def _spellings(case: Case) -> Iterable[tuple[Type, str]]:
    if case.server_name:
        yield Type.HOST, case.server_name
        for above in parents(case.server_name):
            yield Type.DOMAIN, above
        return
    if case.server and case.port:
        spelt = f"[{case.server}]" if ":" in case.server else case.server
        yield Type.IP_PORT, f"{spelt}:{case.port}"
    if case.server:
        yield Type.IP, case.server


def _say(row: Feedback, case: Case, now: datetime) -> None:
    """Put the words into the library's file, last of all."""
    if row.counts and row.hits:
        # Two cases of one unit say two things: the library knows a word by its instant.
        row.said_at = now + timedelta(microseconds=row.pk % 100_000)
    row.save(update_fields=["hits", "said_at"])
    if row.said_at is None:
        return
    facts = {"case": case.number, "kind": row.kind, "hits": [hit["value"] for hit in row.hits]}
    record("library.feedback", by=None, obj=row, after=facts)
    for hit in row.hits:
        if row.kind == Feedback.Kind.SEEN:
            library().sight(hit["id"], unit=case.unit.name, at=row.said_at, why=case.number)
        else:
            library().false_positive(hit["id"], unit=case.unit.name, why=case.number, at=row.said_at)


def _reason(case: Case) -> str:
    made = case.decisions.filter(kind=Decision.Kind.FALSE_ALARM, outcome="agreed").order_by("-decided_at").first()
    return made.value if made is not None else "other"
