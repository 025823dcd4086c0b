"""What a wall shows: four phrases with their figures, how the parts of the city stand, the course, the last events.

Neither a person nor an address is in it, and of cases not even the unit: only what sort of unit it was.
"""

import random
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from minewarden.desk.assessments import said
from minewarden.desk.assessments.board import Board, asked_for, board
from minewarden.desk.assessments.export import course_asked, course_of, short_of
from minewarden.desk.assessments.figures import Asked, Figures, gather_all, listed, window_of
from minewarden.desk.assessments.indicators import Window
from minewarden.desk.assessments.periods import Kind, at
from minewarden.desk.cases.models import Lead
from minewarden.desk.kit.words import language, say
from minewarden.desk.org.models import Unit
from minewarden.desk.screen.models import Wall
from minewarden.documents.charts import Chart, Series, draw
from minewarden.vocab.words import DISPLAY_ZONE

PHRASES = ("monitor", "guard", "halt", "reduce")
"""严密监测、严防风险、严禁增量、压减总量."""
_SCHOOLS = (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)
COURSE, LATEST, MOST_PARTS = 12, 8, 24
_KEYS = (
    "exits", "exits_logged", "new", "closed", "stock_start", "stock_end", "late", "find_due", "find_kept", "self_found",
    "recurred", "active_year", "open_passive", "open_active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with what it is; tone: calm, good, warn, bad."""

    key: str
    value: str
    label: str
    tone: str = "calm"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One of the four phrases: the figure that stands large, and those beside it."""

    key: str
    words: str
    main: Tile
    beside: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the city: how many of its units are cleared."""

    label: str
    cleared: int
    units: int
    tone: str


@dataclass(frozen=True, slots=True)
class Event:
    """A case as a room may know of it: when, at what sort of unit, where it stands."""

    at: str
    kind: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything on the wall."""

    title: str
    as_of: str
    week: str
    demo: bool
    phrases: tuple[Phrase, ...]
    blocks: tuple[Block, ...]
    blocks_title: str
    events: tuple[Event, ...]
    chart: str

    def plain(self) -> dict[str, Any]:
        """As data for the page's refresh."""
        return asdict(self)


def shown(wall: Wall, now: datetime) -> Shown:
    """What a wall shows at a time. Counted at most once a minute for each wall, however many screens ask."""
    slogans = tuple(wall.slogans) or tuple(say(f"desk_screen.phrase_{key}") for key in PHRASES)
    minute = int(now.timestamp()) // 60
    if wall.demo:
        return _invented(slogans, now)
    return _counted(wall.unit_id, slogans, language(), minute, _Now(now))


class _Now:
    """The moment of a count, which is no part of what counts are told apart by."""

    def __init__(self, at_: datetime) -> None:
        self.at = at_

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Now)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=16)
def _counted(unit_id: int, slogans: tuple[str, ...], tongue: str, minute: int, moment: _Now) -> Shown:
    unit, now = Unit.objects.get(pk=unit_id), moment.at
    period = at(Kind.WEEK, now)
    window = window_of(period, now)
    # All figures of the wall at once: each table is asked for all of them together.
    week, calm, *weeks = gather_all(
        unit, [Asked(window, _KEYS, ()), asked_for(unit, now), *course_asked(period, window, length=COURSE)], now=now
    )
    figures, cleared = week.of(unit), board(unit, now, calm)
    leads = Lead.objects.filter(keeper__path__startswith=unit.path, taken_at__gte=window.start).count()
    phrases = _phrases(slogans, figures, leads, cleared.cleared, cleared.units, cleared.days_calm)
    blocks = _blocks(cleared)
    rows = course_of(unit, period, weeks)
    return Shown(
        title=say("desk_screen.wall_title", unit=unit.name),
        as_of=_stamp(now),
        week=say("desk_assessments.period_week", **_week(period)),
        demo=False,
        phrases=phrases,
        blocks=blocks,
        blocks_title=say("desk_screen.blocks"),
        events=_events(unit, now),
        chart=_chart([(short_of(row["period"])["week"], row["new"], row["closed"], row["stock_end"]) for row in rows]),
    )


def _blocks(found: Board) -> tuple[Block, ...]:
    """The districts. Where schools stand directly below, only their kinds: a school with a case is named on no wall."""
    named: dict[str, list[int]] = {}
    for part in found.parts:
        kind = part.unit.kind
        label = say(f"desk_org.kind_{kind}") if kind in _SCHOOLS else part.unit.label
        counts = named.setdefault(label, [0, 0])
        counts[0] += part.cleared
        counts[1] += part.units
    blocks = [Block(label, done, all_, "good" if done == all_ else "warn") for label, (done, all_) in named.items()]
    return tuple(blocks[:MOST_PARTS])


def _phrases(
    slogans: tuple[str, ...], figures: Figures, leads: int, cleared: int, units: int, calm: int | None
) -> tuple[Phrase, ...]:
    def tile(key: str, value: str | int, tone: str = "calm") -> Tile:
        return Tile(key, str(value), say(f"desk_screen.tile_{key}"), tone)

    number = figures.number
    change = number("stock_end") - number("stock_start")
    late, active = number("late"), number("active_year")
    groups = (
        (
            tile("monitored", _percent(number("exits_logged"), number("exits"))),
            (tile("exits", f"{number('exits_logged')}/{number('exits')}"), tile("leads", leads),
             tile("self_found", number("self_found"))),
        ),
        (
            tile("late", late, "bad" if late else "good"),
            (tile("find", _percent(number("find_kept"), number("find_due"))),
             tile("recurred", number("recurred"), "warn" if number("recurred") else "calm"),
             tile("active_year", active, "bad" if active else "good")),
        ),
        (
            tile("new", number("new"), "warn" if number("new") else "good"),
            (tile("closed", number("closed")), tile("calm", said.NOTHING if calm is None else calm),
             tile("open_active", number("open_active"), "bad" if number("open_active") else "good")),
        ),
        (
            tile("stock", number("stock_end"), "warn" if number("stock_end") else "good"),
            (tile("cleared", f"{cleared}/{units}"), tile("change", f"{change:+d}", "good" if change <= 0 else "warn"),
             tile("open_passive", number("open_passive"))),
        ),
    )  # fmt: skip
    pairs = zip(PHRASES, slogans, groups, strict=True)
    return tuple(Phrase(key, words, main, beside) for key, words, (main, beside) in pairs)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else said.NOTHING


def _stamp(now: datetime) -> str:
    return now.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M")


def _week(period: Any) -> dict[str, int]:
    return {
        "year": period.begin.isocalendar()[0], "week": period.begin.isocalendar()[1], "month": period.begin.month,
        "day": period.begin.day, "last_month": period.last.month, "last_day": period.last.day,
    }  # fmt: skip


_TONES = {
    "closed": "good",
    "stable": "good",
    "watching": "good",
    "recurred": "bad",
    "delivered": "warn",
    "returned": "warn",
}


def _events(unit: Unit, now: datetime) -> tuple[Event, ...]:
    window = Window(now - timedelta(days=60), now + timedelta(microseconds=1))
    rows = listed("new", unit, window).select_related("unit").order_by("-received_at", "-pk")[:LATEST]
    return tuple(_event(case.received_at, case.unit.kind, case.state) for case in rows)


def _event(received: datetime, kind: str, state: str) -> Event:
    at_ = received.astimezone(DISPLAY_ZONE).strftime("%m-%d %H:%M")
    word = say(f"desk_cases.state_{state.replace('-', '_')}")
    return Event(at_, say(f"desk_org.kind_{kind}"), word, _TONES.get(state, "calm"))


def _chart(rows: list[tuple[Any, int, int, int]]) -> str:
    labels = tuple(say("desk_assessments.short_week", week=row[0]) for row in rows)
    names = [say(f"desk_indicators.name_{key}") for key in ("new", "closed", "stock_end")]
    series = (
        Series(names[0], "#5b8def", tuple(row[1] for row in rows), form="bar"),
        Series(names[1], "#3fb68b", tuple(row[2] for row in rows), form="bar"),
        Series(names[2], "#f2b134", tuple(row[3] for row in rows)),
    )
    drawn = draw(Chart(say("desk_assessments.chart_stock"), labels, series), width=640, height=360)
    # The same drawing on a dark wall: its greys are those of paper.
    for paper, wall in (("#d6e0ec", "#1d3a63"), ("#33496a", "#c9d8ef"), ("#566a82", "#8fa9cf"), ("#ffffff", "#0b1f3f")):
        drawn = drawn.replace(paper, wall)
    return drawn


def _invented(slogans: tuple[str, ...], now: datetime) -> Shown:
    """Figures of no city, for showing the wall before there are any; the page says so all the time."""
    chance = random.Random(20260313)  # noqa: S311  # invented figures need no secret
    stock, rows = 61, []
    period = at(Kind.WEEK, now)
    for n in range(COURSE):
        new, closed = max(0, 14 - n + chance.randrange(-2, 3)), min(stock, 9 + chance.randrange(-2, 6))
        stock += new - closed
        rows.append(((period.begin.isocalendar()[1] - COURSE + n) % 52 + 1, new, closed, stock))
    counts = {
        "exits": 412, "exits_logged": 397, "new": rows[-1][1], "closed": rows[-1][2], "stock_end": stock,
        "stock_start": rows[-2][3], "late": 2, "find_due": 48, "find_kept": 47, "self_found": 3, "recurred": 1,
        "active_year": 0, "open_passive": max(0, stock - 2), "open_active": 0,
    }  # fmt: skip
    blocks = tuple(
        Block(say("desk_screen.demo_part", n=n), 40 - (n % 4), 40, "good" if not n % 4 else "warn")
        for n in range(1, 13)
    )
    kinds, states = ("school", "kindergarten", "school"), ("closed", "handling", "locked", "delivered", "investigating")
    events = tuple(_event(now - timedelta(hours=5 * n + 1), kinds[n % 3], states[n % 5]) for n in range(LATEST))
    return Shown(
        title=say("desk_screen.demo_title"), as_of=_stamp(now),
        week=say("desk_assessments.period_week", **_week(period)), demo=True,
        phrases=_phrases(slogans, Figures(counts, {}), 26, 461, 480, 1), blocks=blocks,
        blocks_title=say("desk_screen.blocks"), events=events, chart=_chart(rows),
    )  # fmt: skip
