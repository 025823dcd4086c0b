"""How many are due, have signed, need not, and are missing: by unit, by group, by kind, on a day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from os.path import commonpath
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from minewarden.desk.cases.models import Case
from minewarden.desk.kit.figures import Figure
from minewarden.desk.kit.told import answers
from minewarden.desk.kit.upward import at_place, in_one, upward
from minewarden.desk.org.access import paths_of_units, root_path
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force as parameters
from minewarden.desk.pledges.models import Signature, Signer, SignerCount
from minewarden.desk.pledges.texts import InForce, in_force


@dataclass(frozen=True, slots=True)
class Tally:
    """People counted. due: of whom a pledge is due, the excused among them; signed: which holds now; excused: agreed by
    a second person; asked: a reason that nobody has agreed to yet; again: asked to sign once more; overdue: not signed,
    not excused, and due for longer than the bureau gives."""

    due: int = 0
    signed: int = 0
    excused: int = 0
    asked: int = 0
    refused: int = 0
    again: int = 0
    overdue: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def base(self) -> int:
        """Against what the rate is reckoned: due without the excused."""
        return self.due - self.excused

    @property
    def missing(self) -> int:
        """Who has not signed and need to."""
        return self.base - self.signed

    @property
    def rate(self) -> str:
        """99.4%; a dash where nobody need sign; never rounded up to a hundred while somebody is missing."""
        if self.base <= 0:
            return "—"
        tenths = round(1000 * self.signed / self.base)
        if tenths == 1000 and self.missing:
            tenths = 999
        return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10:.1f}%"


NOBODY = Tally()
Key = tuple[object, ...]


def holds(texts: InForce) -> Q:
    """Whose signature holds, as a condition on the rolls."""
    signed = Q(signature__isnull=False, again=False)
    return signed & ~Q(text__in=texts.outdated) if texts.outdated else signed


def excused(today: date) -> Q:
    """Who need not sign on a day, as a condition on the rolls."""
    return Q(excused_at__isnull=False) & (Q(reason_until=None) | Q(reason_until__gte=today))


def _on_roll(texts: InForce, today: date) -> dict[str, Q]:
    """Where the rows of the rolls stand, as conditions on them."""
    given, agreed = Q(signature__isnull=False), Q(excused_at__isnull=False)
    return {"given": given, "signed": holds(texts), "free": excused(today), "agreed": agreed}


def _kept(texts: InForce, today: date) -> dict[str, Q]:
    """The same as conditions on the kept counts of those rows."""
    given, agreed = Q(text__gt=0), Q(excused=True)
    signed = given & Q(again=False)
    return {
        "given": given,
        "signed": signed & ~Q(text__in=texts.outdated) if texts.outdated else signed,
        "free": agreed & Q(reason_until__gte=today),
        "agreed": agreed,
    }


def tallies(within: Unit, now: datetime, *by: str) -> dict[Key, Tally]:
    """People of a unit and all below it, by columns of the kept counts: `unit_id`, `category`. Units themselves are
    counted apart."""
    today = timezone.localdate(now)
    rows, stand = SignerCount.objects.filter(unit__path__startswith=within.path), _kept(in_force(today), today)
    return _tallied(rows, by, partial(Sum, "people", default=0), late=_late(within, now), **stand)


def tallies_of_groups(unit: Unit, now: datetime) -> dict[Key, Tally]:
    """People of a unit itself, without those below it, by group."""
    today = timezone.localdate(now)
    rows, stand = Signer.objects.filter(unit=unit, left_on=None), _on_roll(in_force(today), today)
    return _tallied(rows, ("group",), partial(Count, "pk"), late=_late(unit, now), **stand)


def _states(*, given: Q, signed: Q, free: Q, agreed: Q) -> dict[str, Q]:
    asked = ~Q(reason="") & ~agreed
    return {
        "missing": ~signed & ~free & ~asked,
        "asked": ~signed & asked,
        "excused": ~signed & free,
        "again": ~signed & ~free & given,
        "signed": signed,
    }


def states(now: datetime) -> dict[str, Q]:
    """State -> who stands so, as a condition on the rolls. Whoever is to sign again may be asked about as well."""
    today, there = timezone.localdate(now), Q(left_on=None)
    still = {state: there & condition for state, condition in _states(**_on_roll(in_force(today), today)).items()}
    return {**still, "left": ~there}


def people_by_unit(within: Unit, now: datetime) -> dict[str, list[tuple[int, int]]]:
    """State -> the units, of a unit and all below it, where people stand so, with how many: in the order of the tree.
    Units themselves do not count."""
    today = timezone.localdate(now)
    below = Q(unit__path__startswith=within.path) & ~Q(category=Signer.Category.UNIT)
    conditions = _states(**_kept(in_force(today), today))
    rows = SignerCount.objects.filter(below).order_by("unit__path").values_list("unit_id")
    counted = list(rows.annotate(**_each(conditions, partial(Sum, "people", default=0))))
    found = {
        state: [(row[0], row[place]) for row in counted if row[place]] for place, state in enumerate(conditions, 1)
    }
    gone = Signer.objects.filter(below, left_on__isnull=False).order_by("unit__path").values_list("unit_id")
    return {**found, "left": list(gone.annotate(Count("pk")))}


def in_states(
    rows: "QuerySet[Any, Any]", conditions: Mapping[str, Q], count: Callable[..., Count | Sum]
) -> dict[str, int]:
    """State -> how many of the rows are in it, all in one query; count: how rows are counted."""
    counted = rows.order_by().aggregate(**_each(conditions, count))
    return {state: counted[f"n_{state}"] for state in conditions}


def _each(conditions: Mapping[str, Q], count: Callable[..., Count | Sum]) -> dict[str, Count | Sum]:
    return {f"n_{state}": count(filter=condition) for state, condition in conditions.items()}


def reasons(within: Unit, now: datetime) -> dict[tuple[int, str], int]:
    """(Unit, code of a reason) -> how many have it that have not signed, of a unit and all below it."""
    today = timezone.localdate(now)
    rows = SignerCount.objects.filter(unit__path__startswith=within.path).exclude(reason="")
    rows = rows.exclude(_kept(in_force(today), today)["signed"])
    counted = rows.order_by("unit_id", "reason").values_list("unit_id", "reason").annotate(Sum("people"))
    return {(unit_id, code): people for unit_id, code, people in counted}


def units_owing(within: Unit) -> set[int]:
    """The units, of a unit and all below it, that owe a pledge of their own."""
    rows = SignerCount.objects.filter(unit__path__startswith=within.path, category=Signer.Category.UNIT)
    return set(rows.values_list("unit_id", flat=True))


def _late(unit: Unit, now: datetime) -> Q:
    return Q(due_from__lt=timezone.localdate(now) - timedelta(days=parameters(unit, now).number("pledge_days")))


def _tallied(
    rows: "QuerySet[Any, Any]", by: Sequence[str], count: Callable[..., Count | Sum], *,
    given: Q, signed: Q, free: Q, agreed: Q, late: Q,
) -> dict[Key, Tally]:  # fmt: skip
    counted = rows.exclude(category=Signer.Category.UNIT).order_by().values_list(*by).annotate(
        n_due=count(),
        n_signed=count(filter=signed),
        n_excused=count(filter=free & ~signed),
        n_asked=count(filter=~Q(reason="") & ~agreed & ~signed),
        n_refused=count(filter=Q(reason=Signer.Reason.REFUSED) & ~signed),
        n_again=count(filter=given & ~signed),
        n_overdue=count(filter=late & ~signed & ~free),
    )  # fmt: skip
    width = len(by)
    return {row[:width]: Tally(*row[width:]) for row in counted}


def together(counted: Iterable[Tally]) -> Tally:
    """All of them as one."""
    return sum(counted, NOBODY)


def by_branch(within: Unit, branches: Iterable[Unit], counted: Mapping[Key, Tally]) -> dict[int, Tally]:
    """Counts by unit as counts by branch: a branch counts all that is below it."""
    paths = dict(Unit.objects.filter(path__startswith=within.path).values_list("pk", "path"))
    depth = within.path.count("/") + 1
    numbers = {branch.path: branch.pk for branch in branches}
    found: dict[int, Tally] = defaultdict(Tally)
    for (unit_id, *_), tally in counted.items():
        path = paths.get(unit_id, "")  # type: ignore[call-overload]  # the first key is a unit's number
        branch = "/".join(path.split("/")[:depth]) + "/"
        if branch in numbers:
            found[numbers[branch]] += tally
    return found


@dataclass(frozen=True, slots=True)
class UnitWeek:
    """One unit in a week, as the weekly assessment and report A quote it.

    due, signed, excused, missing: as they stood when the week ended; signed_in_week: who signed in it; reasons: code ->
    how many of the missing and the excused have it; unit_signed_on: the day on which the unit sealed its own pledge.
    """

    unit: Unit
    due: int
    signed: int
    signed_in_week: int
    excused: int
    missing: int
    reasons: Mapping[str, int]
    unit_signed_on: date | None

    @property
    def rate(self) -> str:
        """The rate as the board shows it."""
        return Tally(due=self.due, signed=self.signed, excused=self.excused).rate


def weeks(within: Unit, start: datetime, end: datetime) -> list[UnitWeek]:
    """Each unit with somebody in its roll, for the span from `start` to `end` (aware; the end not included).

    Of a span that is over, signatures and agreed reasons later than its end do not count.
    """
    last = timezone.localdate(end - timedelta(microseconds=1))
    texts = in_force(last)
    there = Q(due_from__lte=last) & (Q(left_on=None) | Q(left_on__gt=last))
    rows = Signer.objects.filter(there, unit__path__startswith=within.path).exclude(category=Signer.Category.UNIT)
    before = Q(signed_at__lt=end)
    signed = holds(texts) & before
    free = excused(last) & Q(excused_at__lt=end) & ~signed
    counted = rows.order_by().values("unit_id").annotate(
        n_due=Count("pk"), n_signed=Count("pk", filter=signed), n_excused=Count("pk", filter=free),
        n_week=Count("pk", filter=signed & Q(signed_at__gte=start)),
    )  # fmt: skip
    reasons: dict[int, dict[str, int]] = defaultdict(dict)
    given = rows.filter(reason_at__lt=end).exclude(signed).exclude(reason="").order_by()
    for unit_id, code, count in given.values_list("unit_id", "reason").annotate(Count("pk")):
        reasons[unit_id][code] = count
    sealed = unit_pledges(within, before=end)
    units = Unit.objects.in_bulk([row["unit_id"] for row in counted])
    found = [
        UnitWeek(
            units[row["unit_id"]], row["n_due"], row["n_signed"], row["n_week"], row["n_excused"],
            row["n_due"] - row["n_signed"] - row["n_excused"], reasons.get(row["unit_id"], {}),
            sealed.get(row["unit_id"]),
        )
        for row in counted
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.unit.path)


def figure(units: Sequence[int], now: datetime) -> dict[int, Figure]:
    """Units -> how many of their people have signed of those who need to, with all that is below them."""
    paths = paths_of_units()
    wanted = {paths[pk]: pk for pk in units if pk in paths}
    today = timezone.localdate(now)
    stand = _kept(in_force(today), today)
    added: dict[str, int] = {}
    for _, together_ in groupby(sorted(wanted), lambda path: path.split("/")[0]):
        # The nearest unit that is above all of them, or one of them.
        above_all = f"{commonpath(together_)}/"
        rows = SignerCount.objects.exclude(category=Signer.Category.UNIT)
        # Of the unit above all others every row counts: none need be looked at for its unit.
        rows = rows if above_all == root_path() else rows.filter(unit__path__startswith=above_all)
        several = rows.order_by().values_list("unit_id").annotate(
            n_due=Sum("people"), n_signed=Sum("people", filter=stand["signed"], default=0),
            n_excused=Sum("people", filter=stand["free"] & ~stand["signed"], default=0),
        )  # fmt: skip
        added |= {paths[pk]: in_one(counts) for pk, *counts in answers(several)}
    whole = upward(added)
    every = {pk: [at_place(whole.get(path, 0), place) for place in range(3)] for path, pk in wanted.items()}
    return {pk: Figure(signed, due - excused, excused) for pk, (due, signed, excused) in every.items() if due}


@dataclass(frozen=True, slots=True)
class OfCase:
    """A pledge that a case asks for, as annex 3 of its report lists it. `signature` is empty while it is missing."""

    name: str
    signature: Signature | None


def of_case(case: Case, now: datetime) -> list[OfCase]:
    """The pledges of whoever answers for the devices of a case, with those that held at that moment.

    While the case is open nobody is on the roll because of it; then the one of its unit who has the name, if it is
    one. Of two with the name none is said: a report must not name the wrong one.
    """
    rows = list(Signer.objects.filter(case=case).select_related("signature", "signature__text").order_by("pk"))
    if not rows and case.responsible_name:
        named = Signer.objects.filter(unit=case.unit, name=case.responsible_name, left_on=None)
        rows = list(named.exclude(category=Signer.Category.UNIT).select_related("signature", "signature__text")[:2])
        rows = rows if len(rows) == 1 else []
    texts = in_force(timezone.localdate(now))
    return [OfCase(row.name, _held(row, texts, now)) for row in rows]


def _held(row: Signer, texts: InForce, now: datetime) -> Signature | None:
    return row.signature if row.signature is not None and row.signature.at <= now and texts.holds(row) else None


def unit_pledges(within: Unit, *, before: datetime | None = None) -> dict[int, date]:
    """Unit -> the day on which its own pledge, that still holds, was sealed."""
    texts = in_force(timezone.localdate(before) if before else timezone.localdate())
    rows = Signature.objects.filter(unit__path__startswith=within.path, category=Signer.Category.UNIT)
    rows = rows.exclude(text__in=texts.outdated)
    if before is not None:
        rows = rows.filter(at__lt=before)
    # The newest of a unit is the last. The database would read all signatures in their order to give these few in it.
    return {unit_id: on for _, unit_id, on in sorted(rows.order_by().values_list("seq", "unit_id", "signed_on"))}
