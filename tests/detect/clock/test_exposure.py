"""Covered time and hits against a count of every single instant."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock.exposure import Exposure, exposure
from minewarden.detect.clock.spans import joined, overlaps

instants = st.lists(st.integers(0, 400), min_size=2, max_size=25, unique=True).map(sorted)
stretches = st.lists(st.tuples(st.integers(-50, 450), st.integers(1, 120)), max_size=5)


def spans(rows: list[tuple[int, int]]) -> np.ndarray:
    return joined(np.array(sorted((a, a + b) for a, b in rows), np.int64).reshape(-1, 2))


@given(instants, stretches, st.integers(1, 60), st.integers(5, 400))
def test_covered_share_is_that_of_hits_at_every_instant(
    times: list[int], rows: list[tuple[int, int]], width: int, silence: int
) -> None:
    shown = exposure(np.array(times, np.int64), spans(rows), silence)
    every = np.arange(-60, 600, dtype=np.int64)
    counted = every[shown.counts(every)]
    assert len(counted) == shown.length_us
    hit = (shown.delays(counted) < width).sum()
    assert shown.covered(np.array([width]))[0] * max(1, shown.length_us) == np.float64(hit) or np.isclose(
        shown.covered(np.array([width]))[0] * shown.length_us, hit
    )


@given(stretches, stretches)
def test_overlaps_are_those_of_every_instant(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    def inside(rows: np.ndarray) -> set[int]:
        return {i for a, b in rows.tolist() for i in range(a + 1, b + 1)}

    a, b = spans(one), spans(other)
    assert inside(overlaps(a, b)) == inside(a) & inside(b)


@given(instants, stretches, st.floats(0, 0.999))
def test_turned_times_stay_in_time_that_counts(times: list[int], rows: list[tuple[int, int]], share: float) -> None:
    shown = exposure(np.array(times, np.int64), spans(rows), 10**6)
    every = np.arange(0, 401, dtype=np.int64)
    due = every[shown.counts(every)]
    if len(due) == 0:
        return
    turned = shown.turned(due, np.array([share]))[0]
    assert shown.counts(turned).all()
    assert sorted(turned.tolist()) == due.tolist(), "a full circle of instants is turned onto itself"


def test_long_silence_is_not_tested() -> None:
    shown = exposure(np.array([0, 10, 500, 510], np.int64), np.array([[-9, 999]], np.int64), 100)
    assert shown.spans_us.tolist() == [[0, 10], [500, 510]]
    assert isinstance(shown, Exposure)
