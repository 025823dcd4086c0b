"""What the pages of assessments and statistics show."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from minewarden.desk.assessments import export, said
from minewarden.desk.assessments.access import assessments_for
from minewarden.desk.assessments.figures import Figures, of_unit, window_of
from minewarden.desk.assessments.indicators import BY_KEY, INDICATORS, TALLIES, Window
from minewarden.desk.assessments.models import Assessment, Kept, Version, Zero
from minewarden.desk.assessments.owed import NOBODY, Handed, Obliged, Roll, handed_of, roll
from minewarden.desk.assessments.periods import Period
from minewarden.desk.assessments.rhythm import rhythm_of
from minewarden.desk.campaigns.queries import progress_words
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.charts import draw

PAST = 8
"""Earlier periods that the first page lists."""
_TILES = {"new": "blue", "closed": "green", "stock_end": "red", "late": "red", "recurred": "amber"}
"""Figures of the first page, and how each stands out."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A period of a unit, and how its assessment stands."""

    period: Period
    name: str
    handed: Handed


@dataclass(frozen=True, slots=True)
class HomePage:
    """The running period of a unit: what is to be done, and how those below stand."""

    unit: Unit
    period: Period
    name: str
    due: datetime
    handed: Handed
    figures: Figures
    roll: Roll
    children: tuple[tuple[Obliged, Handed, int, int], ...]
    earlier: tuple[Earlier, ...]
    may_write: bool
    asked_at: datetime

    @property
    def tiles(self) -> Mapping[str, str]:
        """What is counted on the page, with the tone of each."""
        return _TILES

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to assess."""
        return not any(self.figures.number(key) for key in export.NOTHING_OF)

    @property
    def over(self) -> bool:
        """Whether the time to hand in is over."""
        return self.due < self.asked_at


def home_page(person: Person, unit: Unit, now: datetime) -> HomePage:
    """The first page of a unit."""
    codes = rhythm_of(unit, now).owed(now, PAST, since=unit.valid_from)
    period = codes[0]
    units = roll(unit, period, now)
    children = [row for row in units.units if row.parent_id == unit.pk]
    missing, below = (_under(rows, len(unit.ancestor_ids()) + 1) for rows in (units.missing(), units.units))
    # Who has not handed in stands first; within that the order of the tree, never one of merit.
    ordered = sorted(children, key=lambda row: units.of(row).done)
    past = handed_of(unit, codes)
    return HomePage(
        unit=unit,
        period=period,
        name=export.named(period, say),
        due=units.due,
        handed=past.get(period.code, NOBODY),
        figures=of_unit(unit, window_of(period, now), now=now, keys=_TILES.keys() | export.NOTHING_OF),
        roll=units,
        children=tuple((row, units.of(row), missing[str(row.pk)], below[str(row.pk)]) for row in ordered),
        earlier=tuple(Earlier(one, export.named(one, say), past.get(one.code, NOBODY)) for one in codes[1:]),
        may_write=may(person, Duty.HANDLE, unit),
        asked_at=now,
    )


def _under(rows: Iterable[Obliged], level: int) -> Counter[str]:
    """How many of them stand below each unit of a level of the tree, itself not counted; by its number."""
    return Counter(above[level] for row in rows if len(above := row.above) > level)


@dataclass(frozen=True, slots=True)
class Page:
    """One assessment: as it is frozen, or as it would be if it were handed in now."""

    unit: Unit
    period: Period
    name: str
    title: str
    content: dict[str, Any]
    lines: tuple[said.Line, ...]
    situation: tuple[str, ...]
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    missing: tuple[str, ...]
    picture: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    assessment: Assessment | None
    waiting: Version | None
    frozen: Version | None
    versions: tuple[Version, ...]
    zero: Zero | None
    returned: Version | None
    changed: tuple[tuple[str, str, str], ...]
    may_write: bool
    may_approve: bool
    same_person: bool
    may_correct: bool
    due: datetime
    as_of: datetime

    @property
    def shown(self) -> Version | None:
        """The version on the page; None for a draft."""
        return self.waiting or self.frozen

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to assess."""
        figures = export.thawed(self.content["figures"])
        return not any(figures.number(key) for key in export.NOTHING_OF)


@dataclass(frozen=True, slots=True)
class Draft:
    """An assessment while it is written, with the main figures beside it."""

    unit: Unit
    period: Period
    title: str
    lines: tuple[said.Line, ...]
    situation: tuple[str, ...]
    written: Mapping[str, str]
    below: tuple[Mapping[str, str], ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class _Stand:
    """What there is of an assessment: its row, or one as it would be begun, its versions with that which waits and that
    which was approved, its zero report; whether the person handles it, and the period has begun."""

    assessment: Assessment | None
    row: Assessment
    versions: tuple[Version, ...]
    waiting: Version | None
    frozen: Version | None
    zero: Zero | None
    handles: bool
    begun: bool

    @property
    def may_write(self) -> bool:
        """Whether the person may write into it now."""
        free = self.writing or (self.frozen is None and self.zero is None)
        return self.handles and not self.waiting and free and self.begun

    @property
    def writing(self) -> bool:
        """Whether what was approved is being corrected."""
        return self.assessment is not None and bool(self.assessment.correction)

    @property
    def shown(self) -> Version | None:
        """The version that stands for it; None where it is a draft."""
        return self.waiting or (None if self.writing else self.frozen)


def _stand(person: Person, unit: Unit, period: Period, now: datetime) -> _Stand:
    own = assessments_for(person).filter(unit=unit, code=period.code).select_related("unit__parent", "zero__by")
    # A draft, whose figures are counted while it is looked at, has no version yet.
    made = own.annotate(handed=Exists(Version.objects.filter(assessment=OuterRef("pk")))).first()
    rows = Version.objects.filter(assessment=made).select_related("asked_by", "decided_by", "assessment", "cites")
    versions: list[Version] = list(rows) if made and made.handed else []
    waiting = next((row for row in versions if row.outcome == Asked.Outcome.PENDING), None)
    frozen = next((row for row in versions if row.outcome == Asked.Outcome.AGREED), None)
    zero = getattr(made, "zero", None)
    row, handles = made or _blank(unit, period, now, person), may(person, Duty.HANDLE, unit)
    return _Stand(made, row, tuple(versions), waiting, frozen, zero, handles, period.begun(now))


def draft(person: Person, unit: Unit, period: Period, now: datetime) -> Draft:
    """The assessment of a unit and a period as the form for writing shows it."""
    it = _stand(person, unit, period, now)
    content = it.shown.content if it.shown else export.beginning_of(it.row, now=now)
    return Draft(
        unit=unit,
        period=period,
        title=export.title(content),
        lines=said.lines(export.thawed(content["figures"]), export.thawed(content["before"]), say),
        situation=tuple(export.situation(content)),
        written={**content["sections"], **content["head"]},
        below=tuple(content["below"]),
        may_write=it.may_write,
    )


def page(person: Person, unit: Unit, period: Period, now: datetime) -> Page:
    """The assessment of a unit and a period."""
    it = _stand(person, unit, period, now)
    content = it.shown.content if it.shown else export.content_of(it.row, now=now)
    versions, waiting, frozen, zero = it.versions, it.waiting, it.frozen, it.zero
    return Page(
        unit=unit,
        period=period,
        name=export.named(period, say),
        title=export.title(content),
        content=content,
        lines=said.lines(export.thawed(content["figures"]), export.thawed(content["before"]), say),
        situation=tuple(export.situation(content)),
        parts=_parts(content),
        missing=tuple(export.missing_lines(content["missing"])) if content["missing"]["obliged"] else (),
        picture=draw(export.course_chart(content["course"], say("desk_assessments.part_course"), say), height=280),
        sections=tuple((name, tuple(export.paragraphs(content["sections"][name]))) for name in export.SECTIONS),
        assessment=it.assessment,
        waiting=waiting,
        frozen=frozen,
        versions=versions,
        zero=zero,
        returned=versions[0] if versions and versions[0].outcome == Asked.Outcome.REFUSED else None,
        changed=changed_since(frozen, unit, period, now) if frozen else (),
        may_write=it.may_write,
        may_approve=waiting is not None and may(person, Duty.APPROVE, unit),
        same_person=waiting is not None and waiting.asked_by_id == person.pk,
        may_correct=it.handles and not waiting and not it.writing and (frozen is not None or zero is not None),
        due=datetime.fromisoformat(content["missing"]["due"]),
        as_of=datetime.fromisoformat(content["as_of"]),
    )


def _blank(unit: Unit, period: Period, now: datetime, person: Person) -> Assessment:
    window = window_of(period, now)
    # What campaigns know of measures and progress stands there to begin with; people change it as they like.
    sections = {"progress": progress_words(unit, window.start, window.until)}
    return Assessment(unit=unit, code=period.code, begin=period.begin, sections=sections, saved_at=now, saved_by=person)


def _parts(content: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (row["unit"], tuple(said.text(BY_KEY[key], export.thawed(row["figures"]), say) for key in export.PARTS))
        for row in content["parts"]
    )


def changed_since(version: Version, unit: Unit, period: Period, now: datetime) -> tuple[tuple[str, str, str], ...]:
    """What would read otherwise if the same time up to the same cut-off were counted now: somebody added or corrected
    something since. What was frozen stays as it was."""
    keys = {key for key, tally in TALLIES.items() if not tally.live}
    window = Window(period.start, version.as_of + timedelta(microseconds=1))
    today = of_unit(unit, window, now=now, keys=keys)
    then = export.thawed(version.content["figures"])
    found = []
    for indicator in INDICATORS:
        named = {indicator.part, indicator.whole} - {""}
        if named <= keys and any(then.count(key) != today.count(key) for key in named):
            name = say(f"desk_indicators.name_{indicator.key}")
            found.append((name, said.text(indicator, then, say), said.text(indicator, today, say)))
    return tuple(found)


def paper(version: Version, form: str) -> bytes:
    """A version as paper: as it was kept when it was approved, else as it would print now."""
    kept = Kept.objects.filter(version=version, form=form).first()
    return bytes(kept.content) if kept is not None else export.papers(version, version.asked_at)[form]
