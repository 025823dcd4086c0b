"""Handwriting as strokes: read from a browser, bounded, with enough ink to be a name, and drawn again as a path.

Only where the pen went is kept: no times, no pressure, nothing from which a person could be recognised by his hand's
movement. A canvas is 1000 wide and 500 high, whatever the telephone.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

WIDTH, HEIGHT = 1000, 500
LARGEST = 64 * 1024
"""Bytes of a canvas as the browser sends it; a name of eight characters takes some ten thousand."""
MOST_STROKES, MOST_POINTS = 400, 8000
LEAST_LENGTH, LEAST_POINTS, LEAST_SPREAD = 220.0, 6, 70


class Lack(StrEnum):
    """Why a canvas is no signature."""

    EMPTY = "empty"
    TOO_LITTLE = "too_little"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


class NotSigned(ValueError):
    """A canvas that is no signature; `lack` says why."""

    def __init__(self, lack: Lack) -> None:
        super().__init__(lack.value)
        self.lack = lack


@dataclass(frozen=True, slots=True)
class Ink:
    """The strokes of a signature, each as x and y in turn."""

    strokes: tuple[tuple[int, ...], ...]

    def packed(self) -> bytes:
        """Its one spelling, of which the hash is taken."""
        return json.dumps(self.strokes, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """The hash of what is kept."""
        return sha256(self.packed()).hexdigest()

    @property
    def length(self) -> float:
        """How far the pen went on the canvas, in its units."""
        return sum(_length(stroke) for stroke in self.strokes)


def read(text: str) -> Ink:
    """The ink that a browser sent as JSON: `[[x, y, x, y, ...], ...]`. Raises NotSigned."""
    if len(text) > LARGEST:
        raise NotSigned(Lack.TOO_LARGE)
    if not text.strip():
        raise NotSigned(Lack.EMPTY)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotSigned(Lack.UNREADABLE) from error
    if not isinstance(given, list):
        raise NotSigned(Lack.UNREADABLE)
    if len(given) > MOST_STROKES or sum(len(s) for s in given if isinstance(s, list)) > 2 * MOST_POINTS:
        raise NotSigned(Lack.TOO_LARGE)
    ink = Ink(tuple(_stroke(stroke) for stroke in given if stroke != []))
    _enough(ink)
    return ink


def unpacked(data: bytes) -> Ink:
    """The ink that was kept. Raises NotSigned where it is none."""
    return read(data.decode("utf-8", "replace"))


def path(ink: Ink) -> str:
    """The strokes as the path of an SVG picture of 1000 by 500."""
    return "".join(_moves(stroke) for stroke in ink.strokes)


def picture(ink: Ink) -> str:
    """The strokes as an SVG picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><path d="{path(ink)}" fill="none" '
        'stroke="#10233d" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _stroke(given: object) -> tuple[int, ...]:
    if not isinstance(given, list) or len(given) % 2:
        raise NotSigned(Lack.UNREADABLE)
    if not all(
        type(value) is int and 0 <= value <= most for value, most in zip(given, _bounds(len(given)), strict=True)
    ):
        raise NotSigned(Lack.UNREADABLE)
    return tuple(given)


def _bounds(count: int) -> Sequence[int]:
    return (WIDTH, HEIGHT) * (count // 2)


def _enough(ink: Ink) -> None:
    """A dot, a tap, a tremble is no name. One long line can be: some people are called 一."""
    xs = [value for stroke in ink.strokes for value in stroke[::2]]
    ys = [value for stroke in ink.strokes for value in stroke[1::2]]
    if not xs:
        raise NotSigned(Lack.EMPTY)
    spread = max(max(xs) - min(xs), max(ys) - min(ys))
    if len(xs) < LEAST_POINTS or ink.length < LEAST_LENGTH or spread < LEAST_SPREAD:
        raise NotSigned(Lack.TOO_LITTLE)


def _length(stroke: Sequence[int]) -> float:
    points = list(zip(stroke[::2], stroke[1::2], strict=True))
    return sum(math.dist(here, there) for here, there in pairwise(points))


def _moves(stroke: Sequence[int]) -> str:
    points = [f"{x} {y}" for x, y in zip(stroke[::2], stroke[1::2], strict=True)]
    # A dot is drawn as a line to itself, which a round end makes visible.
    return f"M{points[0]}" + "".join(f"L{point}" for point in points[1:] or points[:1])
