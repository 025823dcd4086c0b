"""Flows out of a long table, however it is cut into batches."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock import grouping
from minewarden.detect.clock.grouping import FlowKey, Segments, flows_of

KEYS = [
    FlowKey("10.0.0.1", "198.51.100.7", 443),
    FlowKey("10.0.0.1", "198.51.100.7", 3333),
    FlowKey("10.0.0.2", "x", 1),
]


def table(counts: list[int]) -> list[tuple[FlowKey, int, int]]:
    return [(key, i * 10**6, 100) for key, count in zip(sorted(KEYS), counts, strict=True) for i in range(count)]


def batch(rows: list[tuple[FlowKey, int, int]]) -> Segments:
    keys = [key for key, _, _ in rows]
    return Segments(
        np.array([key.host for key in keys], object),
        np.array([key.server for key in keys], object),
        np.array([key.port for key in keys], np.int64),
        np.array([at for _, at, _ in rows], np.int64),
        np.array([size for _, _, size in rows], np.int64),
    )


@given(st.lists(st.integers(1, 12), min_size=3, max_size=3), st.sets(st.integers(0, 36), max_size=6))
def test_any_cut_into_batches_gives_the_same_flows(counts: list[int], cuts: set[int]) -> None:
    rows = table(counts)
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    batches = [batch(rows[a:b]) for a, b in pairwise(bounds)]
    found = list(flows_of([batch([]), *batches]))
    assert [key for key, _ in found] == sorted(KEYS)
    assert [flow.messages for _, flow in found] == counts


def test_nothing() -> None:
    assert list(flows_of([])) == []
    assert list(flows_of([batch([])])) == []


def test_a_download_is_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_SEGMENTS", 20)
    rows = table([30, 8, 9])
    found = list(flows_of([batch(rows[:15]), batch(rows[15:])]))
    assert [(len(flow.classes), flow.messages) for _, flow in found] == [(0, 30), (1, 8), (1, 9)]


def test_a_key_that_comes_back_is_an_error() -> None:
    rows = table([6, 6, 6])
    with pytest.raises(ValueError, match="follow each other"):
        list(flows_of([batch(rows), batch(rows[:6])]))
