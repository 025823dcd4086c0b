"""Stratum V2 by the lengths of its handshake: the two answers, uniform keys, and frames that are long enough."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.detectors.sv2 import Sv2Detector, uniform, weight
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.finding import Sighting, State
from tests.detect.lake_rows import context_of
from tests.detect.shapes import Said, rows_of

KEY = Random(1).randbytes(64)
SESSION: list[Said] = [
    (0.0, "C", 64), (0.1, "S", 234), (0.2, "C", 140), (0.3, "S", 44), (0.4, "C", 90), (0.5, "S", 100),
    (30.0, "S", 86), (60.0, "S", 83), (600.0, "S", 86),
]  # fmt: skip


def detected(folder: Path, said: list[Said], head: bytes | None = KEY) -> list[Sighting]:
    context = context_of(folder, WatchSet([]), record=rows_of(said, heads=(head, None), server=("203.0.113.9", 34254)))
    return list(Sv2Detector().detect(context))


def changed(number: int, length: int) -> list[Said]:
    at, by, _ = SESSION[number]
    return [*SESSION[:number], (at, by, length), *SESSION[number + 1 :]]


@pytest.mark.parametrize("answer", [234, 170])
def test_both_layouts_are_suspected_and_never_more(tmp_path: Path, answer: int) -> None:
    (finding,) = fuse(detected(tmp_path, changed(1, answer)))
    assert finding.state is State.SUSPECTED
    assert (finding.server, finding.port, finding.evidence[0].family) == ("203.0.113.9", 34254, "shape")


@pytest.mark.parametrize(("number", "length"), [(0, 65), (1, 233), (1, 64), (2, 37), (3, 37)])
def test_other_lengths_are_nothing(tmp_path: Path, number: int, length: int) -> None:
    assert detected(tmp_path, changed(number, length)) == []


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: x".ljust(64, b"."), bytes(64), bytes(range(32)) * 2])
def test_what_is_not_uniform_is_nothing(tmp_path: Path, head: bytes) -> None:
    assert detected(tmp_path, SESSION, head) == []


def test_the_handshake_alone_is_not_stated(tmp_path: Path) -> None:
    assert fuse(detected(tmp_path, SESSION[:2])) == []


def test_without_the_bytes_it_weighs_less(tmp_path: Path) -> None:
    (with_key,), (without,) = detected(tmp_path / "a", SESSION), detected(tmp_path / "b", SESSION, None)
    assert without.evidence.weight < with_key.evidence.weight


@given(st.integers(0, 2**32))
def test_random_keys_are_uniform(seed: int) -> None:
    assert uniform(Random(seed).randbytes(64))


@given(st.lists(st.integers(1, 2000)), st.lists(st.integers(1, 2000)))
def test_the_weight_is_bounded(up: list[int], down: list[int]) -> None:
    assert 0 <= weight(KEY, [64, *up], [234, *down]) <= 7
