"""What the pages of the nine measures and of energy show, and the figures that others ask for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from minewarden.desk.cases.access import cases_for, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.cases.queries import Honours, honours_of
from minewarden.desk.cases.queries import honoured as honoured
from minewarden.desk.kit.figures import Figure
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import say
from minewarden.desk.measures import access
from minewarden.desk.measures.bridge import Energy, energy_of, figures_now
from minewarden.desk.measures.codes import KINDS
from minewarden.desk.measures.lifecycle import OVER, State, Verb, possible
from minewarden.desk.measures.models import EnergyFact, Entry, EntryFile, RegionalFigure, Review
from minewarden.desk.org.models import Person, Unit
from minewarden.energy.estimate import Estimate
from minewarden.energy.figures import Factor, Rate, shipped
from minewarden.vocab.message import message
from minewarden.vocab.words import DISPLAY_ZONE, render

_LONGEST = 800


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One of the nine: how many records of it are open, how many answers are overdue, how many were decided."""

    number: int
    kinds: tuple[str, ...]
    open: int
    late: int
    decided: int


@dataclass(frozen=True, slots=True)
class Register:
    """The first page: the nine measures, and the records in view."""

    rows: tuple[MeasureRow, ...]
    page: Page[Entry]
    measure: int
    reviews: int
    today: date


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a record's history."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    """All about a record; `verbs` are what this person may do now."""

    entry: Entry
    told: tuple[Told, ...]
    files: tuple[EntryFile, ...]
    verbs: tuple[Verb, ...]
    late: bool
    handles: bool
    own: bool


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """A case with what it took in the period; `made` is None where nothing can be said, `missing` says why."""

    energy: Energy
    made: Estimate | None


@dataclass(frozen=True, slots=True)
class EnergyList:
    """估算电量: the cases of a period with their estimates, and the sums; what is missing is counted and not nought."""

    since: date
    until: date
    rows: tuple[EnergyRow, ...]
    missing: int
    kwh: Decimal
    kg: Decimal
    yuan: Decimal

    @property
    def known(self) -> bool:
        """Whether the sums say anything: of cases none of which has an estimate nobody knows, which is not nought."""
        return len(self.rows) > self.missing or not self.missing


def register(request: HttpRequest, person: Person, below: Unit | None, now: datetime) -> Register:
    """The nine measures."""
    rows, today = access.entries_for(person, below), timezone.localdate(now)
    counted: dict[int, list[int]] = {number: [0, 0, 0] for number in range(1, 10)}
    for kind, state, due in rows.order_by().values_list("kind", "state", "answer_due"):
        count = counted[KINDS[kind].measure]
        count[0] += state not in OVER
        count[1] += state == State.SENT and due is not None and due < today
        count[2] += state in (State.DECIDED, State.CLOSED)
    shown = tuple(
        MeasureRow(number, tuple(k.code for k in KINDS.values() if k.measure == number), *counted[number])
        for number in counted
    )
    given = request.GET.get("measure", "")
    measure = int(given) if given.isdecimal() and 1 <= int(given) <= 9 else 0
    if measure:
        rows = rows.filter(kind__in=[kind.code for kind in KINDS.values() if kind.measure == measure])
    reviews = access.reviews_for(person, below).filter(outcome=Asked.Outcome.PENDING).count()
    return Register(shown, page_of(rows, request), measure, reviews, today)


def entry_page(entry: Entry, person: Person, now: datetime) -> EntryPage:
    """One record."""
    steps = entry.steps.select_related("by", "by__unit")
    told = tuple(
        Told(s.at, say(f"desk_measures.step_{s.verb}"), f"{s.by.name} · {s.by.unit.label}", s.note, _TONES[s.verb])
        for s in steps
    )
    duties = {duty for duty in Duty if may(person, duty, entry.unit)}
    if entry.restricted and Duty.APPROVE in duties:
        duties.add(Duty.HANDLE)
    own = entry.made_by_id == person.pk
    verbs = tuple(
        row.verb for row in possible(State(entry.state)) if row.duty in duties and not (row.verb is Verb.SEND and own)
    )
    late = entry.is_late(timezone.localdate(now))
    return EntryPage(entry, told, tuple(entry.files.select_related("by")), verbs, late, Duty.HANDLE in duties, own)


_TONES = {
    "note": "", "send": "amber", "answer": "green", "decide": "green", "object": "red", "close": "green", "drop": "",
}  # fmt: skip


def reviews(request: HttpRequest, person: Person, below: Unit | None) -> Page[Review]:
    """The reviews of projects; those that wait stand first."""
    rows = access.reviews_for(person, below)
    wait = request.GET.get("show") == "pending"
    return page_of(rows.filter(outcome=Asked.Outcome.PENDING) if wait else rows, request)


def honours_rows(person: Person, year: int, units: Sequence[int]) -> list[tuple[Honours, Entry | None]]:
    """Units at the threshold of a year with the cases behind it, and what was decided about each."""
    entries = access.entries_for(person).filter(kind="honours", year=year, unit__in=units).exclude(state=State.DROPPED)
    by_unit = {entry.unit_id: entry for entry in entries}
    return [(row, by_unit.get(row.unit.pk)) for row in honours_of(person, year, units)]


def case_energy(case: Case) -> tuple[Energy, Estimate | None]:
    """The energy of one case, and its estimate."""
    [energy] = energy_of([case])
    return energy, energy.within(figures_now())


def confirmed(person: Person, below: Unit | None) -> QuerySet[Case]:
    """The confirmed cases of the units a person sees."""
    rows = cases_for(person).filter(conclusion=Case.Conclusion.TRUE).defer("evidence__content")
    return rows.filter(unit__path__startswith=below.path) if below else rows


def energy_list(person: Person, below: Unit | None, since: date, until: date) -> EnergyList:
    """What the confirmed cases took between two days, both included; days are Beijing's."""
    first, after = _midnight(since), _midnight(until + timedelta(days=1))
    cases = confirmed(person, below).order_by("unit__path", "pk")
    touching = Q(first_seen__lt=after, last_seen__gte=first) | Q(first_seen=None)
    # Named by their numbers: joined to what was said, rows of forty columns would have to be told apart.
    said = Q(pk__in=EnergyFact.objects.filter(began_at__lt=after, ended_at__gt=first).values("case"))
    return _summed(energy_of(cases.filter(touching | said)[:_LONGEST]), since, until)


def energy_rows(shown: EnergyList) -> Iterator[dict[str, Any]]:
    """The list as rows of a workbook; what is not known stays empty and says why."""
    for row in shown.rows:
        energy, made = row.energy, row.made
        how = energy.how or message(f"desk_measures.missing_{energy.missing}")
        yield {
            "case": energy.case.number, "unit": energy.case.unit.name,
            "began": _stamp(energy.began), "ended": _stamp(energy.ended),
            "kwh": made.kwh if made else None, "kg": made.kg if made else None, "yuan": made.yuan if made else None,
            "how": render(how, "zh"),
            "factor": f"{made.factor.kg}（{made.factor.source}）" if made else "",
            "rate": "；".join(f"{part.rate.yuan}（{part.rate.source}）" for part in made.parts) if made else "",
        }  # fmt: skip


def energy_of_units(units: Sequence[int], since: datetime, until: datetime) -> Mapping[int, tuple[Decimal, ...]]:
    """By unit, of a period: estimated kWh, kg CO2 and yuan of its confirmed cases. Units without an estimate are not
    there: nobody knows, which is not nought."""
    figures = figures_now()
    cases = Case.objects.filter(unit__in=units, conclusion=Case.Conclusion.TRUE).select_related("unit")
    found: dict[int, list[Decimal]] = {}
    for energy in energy_of(cases):
        if (made := energy.within(figures, since, until)) is not None:
            sums = found.setdefault(energy.case.unit_id, [Decimal(0)] * 3)
            found[energy.case.unit_id] = [a + b for a, b in zip(sums, (made.kwh, made.kg, made.yuan), strict=True)]
    return {unit: tuple(sums) for unit, sums in found.items()}


def entries_of(units: Sequence[int], since: datetime, until: datetime) -> Mapping[int, Mapping[str, int]]:
    """By unit, of a period: how many letters went out, answers and decisions came, by the day that people wrote."""
    first, last = timezone.localdate(since), timezone.localdate(until)
    found: dict[int, dict[str, int]] = {}
    for key in ("sent_on", "answered_on", "decided_on"):
        rows = Entry.objects.filter(unit__in=units, **{f"{key}__gte": first, f"{key}__lt": last}).order_by()
        for row in rows.values("unit").annotate(n=Count("pk")):
            zero = {"sent_on": 0, "answered_on": 0, "decided_on": 0}
            found.setdefault(row["unit"], zero)[key] = row["n"]
    return found


def answered_of_sent(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """By unit: of the letters whose answer was due by now, how many were answered."""
    due = Entry.objects.filter(unit__in=units, answer_due__lte=timezone.localdate(now)).order_by()
    rows = due.values("unit").annotate(n=Count("pk"), done=Count("pk", filter=~Q(state=State.SENT)))
    return {row["unit"]: Figure(row["done"], row["n"]) for row in rows}


def known_figures() -> tuple[Sequence[RegionalFigure], Sequence[Factor], Sequence[Rate], Sequence[Rate]]:
    """What was added, and what is shipped: factors, rates, and rates that were only proposed."""
    added = RegionalFigure.objects.select_related("by")
    known = shipped()
    return list(added), known.factors, known.rates, known.drafts


def _summed(energies: Sequence[Energy], since: date, until: date) -> EnergyList:
    figures = figures_now()
    first, after = _midnight(since), _midnight(until + timedelta(days=1))
    rows = []
    for energy in energies:
        made = energy.within(figures, first, after)
        if made is not None or energy.missing:
            rows.append(EnergyRow(energy, made))
    sums: list[Any] = [sum((getattr(r.made, k) for r in rows if r.made), Decimal(0)) for k in ("kwh", "kg", "yuan")]
    return EnergyList(since, until, tuple(rows), sum(row.made is None for row in rows), *sums)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, DISPLAY_ZONE)


def _stamp(instant: datetime | None) -> str:
    return instant.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M") if instant else ""
