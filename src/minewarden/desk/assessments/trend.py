"""The course of a unit over many periods, as drawings with the tables that say the same."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from minewarden.desk.assessments import export
from minewarden.desk.assessments.figures import Asked, gather_all, window_of
from minewarden.desk.assessments.indicators import BY_KEY
from minewarden.desk.assessments.periods import Kind, at
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Unit
from minewarden.documents.charts import Chart, Series, draw


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of a unit over many periods, as drawings with their tables."""

    unit: Unit
    kind: Kind
    charts: tuple[tuple[str, str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...]
    length: int


LENGTHS = (12, 26, 52)


def trend(unit: Unit, kind: Kind, length: int, now: datetime) -> Trend:
    """Stock, clocks and natures over the last periods."""
    keys = (
        "new", "closed", "stock_end", "find_due", "find_kept", "report_due", "report_kept", "active", "passive",
        "self_found", "notified", "recurred",
    )  # fmt: skip
    periods = export.back(at(kind, now), length)[::-1]
    counted = gather_all(unit, [Asked(window_of(one, now), keys, ()) for one in periods], now=now)
    rows = [(one, found.of(unit)) for one, found in zip(periods, counted, strict=True)]
    labels = tuple(say(f"desk_assessments.short_{kind.value}", **export.short_of(one.code)) for one, _ in rows)
    whole = tuple(export.named(one, say) for one, _ in rows)

    def counts(key: str, colour: str, form: Literal["line", "bar"] = "bar") -> Series:
        return Series(
            say(f"desk_indicators.name_{key}"), colour, tuple(figures.number(key) for _, figures in rows), form=form
        )

    def rates(key: str, colour: str, dashed: bool = False) -> Series:
        indicator = BY_KEY[key]
        values = tuple(
            round(100 * figures.number(indicator.part) / figures.number(indicator.whole), 1)
            if figures.number(indicator.whole)
            else None
            for _, figures in rows
        )
        return Series(say(f"desk_indicators.name_{key}"), colour, values, dashed=dashed)

    unit_word = say("desk_assessments.cases_unit")
    drawn = (
        Chart(
            say("desk_assessments.chart_stock"), labels,
            (counts("new", "#7ea3d6"), counts("closed", "#93ccae"), counts("stock_end", "#b3222c", "line")), unit_word,
        ),
        Chart(
            say("desk_assessments.chart_clocks"), labels,
            (rates("find_on_time", "#1557b0"), rates("report_on_time", "#d98500", dashed=True)), "%", 100,
        ),
        Chart(
            say("desk_assessments.chart_natures"), labels,
            (counts("passive", "#8aa6c8"), counts("active", "#b3222c"), counts("recurred", "#d98500", "line")),
            unit_word,
        ),
        Chart(
            say("desk_assessments.chart_origin"), labels,
            (counts("self_found", "#17734a"), counts("notified", "#8aa6c8")), unit_word,
        ),
    )  # fmt: skip
    return Trend(
        unit=unit,
        kind=kind,
        length=length,
        charts=tuple(
            (
                chart.title,
                draw(chart, width=1080, height=300),
                tuple(series.name for series in chart.series),
                tuple(
                    (whole[n], *("—" if s.values[n] is None else f"{s.values[n]:g}" for s in chart.series))
                    for n in range(len(rows))
                ),
            )
            for chart in drawn
        ),
    )
