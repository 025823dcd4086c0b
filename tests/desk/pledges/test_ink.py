"""Handwriting as strokes: what is a name, what is none, and that nothing else gets in."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.pledges.ink import (
    HEIGHT,
    LARGEST,
    LEAST_LENGTH,
    LEAST_POINTS,
    LEAST_SPREAD,
    WIDTH,
    Ink,
    Lack,
    NotSigned,
    path,
    picture,
    read,
    unpacked,
)
from tests.desk.pledges.made import canvas, strokes


def lack(text: str) -> Lack:
    with pytest.raises(NotSigned) as refused:
        read(text)
    return refused.value.lack


@pytest.mark.parametrize("text", ["", "  ", "[]", "[[]]"])
def test_a_canvas_without_ink_is_empty(text):
    assert lack(text) is Lack.EMPTY


@pytest.mark.parametrize(
    "given",
    [
        [[500, 250]],  # a touch
        [[10, 10, 12, 12], [900, 400, 902, 402], [10, 10], [20, 20], [30, 30]],  # dots far apart
        [[100, 100] * 200],  # a pen that stands still
    ],
)
def test_a_dot_is_no_name(given):
    assert lack(json.dumps(given)) is Lack.TOO_LITTLE


def test_one_long_line_can_be_a_name():
    assert read(json.dumps([[100 + 20 * n if at == 0 else 250 for n in range(20) for at in (0, 1)]])).length > 300


@pytest.mark.parametrize(
    "text",
    ["{", '"x"', "[1]", "[[1]]", '[["1", 2]]', "[[1.5, 2]]", "[[true, 2]]", "[[-1, 2]]", "[[1, 501]]", "[[1001, 1]]"],
)
def test_what_is_no_ink_is_unreadable(text):
    assert lack(text) is Lack.UNREADABLE


def test_a_huge_canvas_is_too_large():
    assert lack("[" * (LARGEST + 1)) is Lack.TOO_LARGE
    assert lack(json.dumps([[1, 1]] * 401)) is Lack.TOO_LARGE


def test_deeply_nested_text_does_not_break_the_reader():
    assert lack("[" * 60_000) is Lack.UNREADABLE


def wide(given: list[list[tuple[int, int]]]) -> bool:
    xs, ys = zip(*(point for stroke in given for point in stroke), strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys)) >= LEAST_SPREAD


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)), min_size=1, max_size=30),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_taken_is_kept_and_drawn_as_it_was(given):
    text = json.dumps([[value for point in stroke for value in point] for stroke in given])
    whole = Ink(tuple(tuple(value for point in stroke for value in point) for stroke in given))
    if whole.length < LEAST_LENGTH or sum(len(stroke) for stroke in given) < LEAST_POINTS or not wide(given):
        assert lack(text) is Lack.TOO_LITTLE
        return
    ink = read(text)
    assert unpacked(ink.packed()) == ink
    assert path(ink).count("M") == len(given)


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text):
    with contextlib.suppress(NotSigned):
        assert isinstance(read(text), Ink)


def test_the_hash_is_of_the_strokes_and_not_of_how_they_were_written():
    assert read(canvas().replace(",", " , ")).sha256 == strokes().sha256 != strokes(1).sha256


def test_a_dot_within_a_name_is_drawn():
    assert "M5 5L5 5" in picture(Ink(((5, 5),)))
