"""A course over time as a picture: bars and lines over the same labels, drawn as SVG without a program of others.

The same drawing stands on a page and in a document, so that both show the same figures. It holds no style sheet and no
script; each bar and each point carries its place as `data-at`, by which a page may show the values under the pointer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Literal

FACES = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
_GRID, _INK, _QUIET = "#d6e0ec", "#33496a", "#566a82"
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 16, 40, 34
_LABELS = 13
"""More labels than this do not fit beside one another."""


@dataclass(frozen=True, slots=True)
class Series:
    """One course: its name, its colour (#rrggbb), and a value for each label; None where nothing is known."""

    name: str
    colour: str
    values: tuple[float | None, ...]
    form: Literal["line", "bar"] = "line"
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. `unit` stands over the upright axis; `most` fixes its end, for shares 100."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    most: float | None = None


def draw(chart: Chart, *, width: int = 960, height: int = 320) -> str:
    """The picture as SVG of `width` x `height` px. Raises ValueError where a series is not as long as the labels."""
    if any(len(series.values) != len(chart.labels) for series in chart.series):
        raise ValueError("each series needs a value for each label")
    known = [value for series in chart.series for value in series.values if value is not None]
    top = chart.most or _ceiling(max(known, default=0))
    box = _Box(width, height, len(chart.labels), top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="{FACES}" font-size="13">',
        f"<title>{escape(chart.title)}</title>",
        *_axes(chart, box),
        *_bars(chart, box),
        *(part for series in chart.series if series.form == "line" for part in _line(series, box)),
        *_legend(chart, box),
        "</svg>",
    ]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Box:
    width: int
    height: int
    places: int
    top: float

    @property
    def step(self) -> float:
        return (self.width - _LEFT - _RIGHT) / max(self.places, 1)

    def x(self, place: int) -> float:
        return _LEFT + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        return self.height - _BOTTOM - (self.height - _TOP - _BOTTOM) * value / self.top


def _ceiling(largest: float) -> float:
    """A round number that is not below the largest value, with five even steps below it."""
    if largest <= 5:
        return 5
    power = 10.0 ** floor(log10(largest))
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= largest)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _axes(chart: Chart, box: _Box) -> Iterator[str]:
    right = box.width - _RIGHT
    for n in range(6):
        value = box.top * n / 5
        y = box.y(value)
        yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{_GRID}" stroke-width="1"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end" fill="{_QUIET}">{_number(value)}</text>'
    every = -(-len(chart.labels) // _LABELS) or 1
    last = len(chart.labels) - 1
    for place, label in enumerate(chart.labels):
        if (last - place) % every == 0:
            x, y = box.x(place), box.height - 12
            yield f'<text x="{x:.1f}" y="{y}" text-anchor="middle" fill="{_QUIET}">{escape(label)}</text>'
    if chart.unit:
        yield f'<text x="{_LEFT - 8}" y="{_TOP - 18}" text-anchor="end" fill="{_QUIET}">{escape(chart.unit)}</text>'


def _bars(chart: Chart, box: _Box) -> Iterator[str]:
    bars = [series for series in chart.series if series.form == "bar"]
    wide = min(18.0, box.step * 0.7 / max(len(bars), 1))
    for n, series in enumerate(bars):
        for place, value in enumerate(series.values):
            if value:
                x, y = box.x(place) + (n - len(bars) / 2) * wide, box.y(min(value, box.top))
                yield (
                    f'<rect x="{x + 0.5:.1f}" y="{y:.1f}" width="{wide - 1:.1f}" height="{box.y(0) - y:.1f}" rx="1.5" '
                    f'fill="{series.colour}" data-at="{place}"/>'
                )


def _line(series: Series, box: _Box) -> Iterator[str]:
    dash = ' stroke-dasharray="5 4"' if series.dashed else ""
    for run in _runs(series.values):
        points = " ".join(f"{box.x(place):.1f},{box.y(value):.1f}" for place, value in run)
        yield (
            f'<polyline points="{points}" fill="none" stroke="{series.colour}" stroke-width="2.4" '
            f'stroke-linejoin="round" stroke-linecap="round"{dash}/>'
        )
        for place, value in run:
            yield (
                f'<circle cx="{box.x(place):.1f}" cy="{box.y(value):.1f}" r="3.2" fill="#ffffff" '
                f'stroke="{series.colour}" stroke-width="2" data-at="{place}"/>'
            )


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """The stretches of known values: over a gap no line is drawn."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is None:
            if run:
                yield run
            run = []
        else:
            run.append((place, value))
    if run:
        yield run


def _legend(chart: Chart, box: _Box) -> Iterator[str]:
    x = box.width - _RIGHT - sum(_wide(series.name) for series in chart.series)
    for series in chart.series:
        if series.form == "bar":
            yield f'<rect x="{x}" y="9" width="14" height="12" rx="2" fill="{series.colour}"/>'
        else:
            dash = ' stroke-dasharray="4 3"' if series.dashed else ""
            yield f'<line x1="{x}" y1="15" x2="{x + 16}" y2="15" stroke="{series.colour}" stroke-width="2.6"{dash}/>'
        yield f'<text x="{x + 22}" y="19.5" fill="{_INK}">{escape(series.name)}</text>'
        x += _wide(series.name)


def _wide(name: str) -> int:
    return 40 + sum(7 if char.isascii() else 13 for char in name)
