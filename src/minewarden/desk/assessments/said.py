"""A figure as people read it: 3, 92.3%（12/13）, —, 中位 2小时; and how it differs from the one before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minewarden.desk.assessments.figures import Figures
from minewarden.desk.assessments.indicators import INDICATORS, Form, Indicator
from minewarden.desk.kit.words import local
from minewarden.vocab.message import Param

Say = Callable[..., str]
"""say("table.key", **params) in some language."""
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: its indicator, what it is now and was before, and the difference. `known`: has a source."""

    indicator: Indicator
    name: str
    now: str
    before: str
    change: str
    known: bool
    opens: bool


def lines(now: Figures, before: Figures | None, say: Say) -> tuple[Line, ...]:
    """Every indicator, in its order."""
    return tuple(_line(indicator, now, before, say) for indicator in INDICATORS)


def text(indicator: Indicator, figures: Figures, say: Say) -> str:
    """The figure in words; a rate of nothing is no rate, and what has no source says so."""
    part = figures.count(indicator.part)
    if part is None:
        return say("desk_assessments.no_source")
    if indicator.form is Form.RATE:
        whole = figures.count(indicator.whole)
        return share(part, whole or 0)
    if indicator.form is Form.SPAN:
        span = figures.spans.get(indicator.part)
        if span is None or not span.times:
            return NOTHING
        facts: dict[str, Param] = {"median": took(span.median, say), "longest": took(span.longest, say)}
        return say("desk_assessments.span", times=span.times, **facts)
    return amount(part, indicator.part, say) if indicator.form is Form.SUM else str(part)


def share(part: int, whole: int) -> str:
    """A part of a whole with one decimal and both numbers; nothing of nothing is —, never 0 % or 100 %."""
    return f"{100 * part / whole:.1f}%（{part}/{whole}）" if whole else NOTHING


def over(row: Mapping[str, Any], say: Say) -> str:
    """Which clock of a listed case ends when, and whether that fell into an outage (系统故障期间).

    Versions from before outages were marked do not have the key.
    """
    which = "72" if row["found"] else "48"
    told = say(f"desk_assessments.over_{which}", at=local(datetime.fromisoformat(row[f"due{which}"]), "stamp"))
    return told + say("desk_assessments.over_outage") if row.get("outage") else told


def took(seconds: int, say: Say) -> str:
    """A length of time in hours and minutes; below a minute in no number."""
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return say("desk_assessments.minutes", minutes=minutes) if minutes else say("desk_assessments.at_once")
    return say("desk_assessments.hours", hours=hours, minutes=minutes)


def amount(value: int, key: str, say: Say) -> str:
    """Thousandths as kilowatt hours or kilograms with two decimals."""
    return say(f"desk_assessments.amount_{key}", amount=f"{value / 1000:,.2f}")


def _line(indicator: Indicator, now: Figures, before: Figures | None, say: Say) -> Line:
    part = now.count(indicator.part)
    return Line(
        indicator=indicator,
        name=say(f"desk_indicators.name_{indicator.key}"),
        now=text(indicator, now, say),
        before=text(indicator, before, say) if before is not None else NOTHING,
        change=_change(indicator, now, before, say),
        known=part is not None,
        opens=bool(part) or bool(now.count(indicator.list)),
    )


def _change(indicator: Indicator, now: Figures, before: Figures | None, say: Say) -> str:
    part = now.count(indicator.part)
    was = before.count(indicator.part) if before is not None else None
    if part is None or was is None or before is None or indicator.form is Form.SPAN:
        return NOTHING
    if indicator.form is Form.RATE:
        whole, whole_before = now.number(indicator.whole), before.number(indicator.whole)
        if not whole or not whole_before:
            return NOTHING
        return say("desk_assessments.points", points=f"{100 * part / whole - 100 * was / whole_before:+.1f}")
    if indicator.form is Form.SUM:
        return f"{(part - was) / 1000:+,.2f}"
    return f"{part - was:+d}" if part != was else "0"
