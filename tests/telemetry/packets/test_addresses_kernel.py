"""Addresses are spelled the same by what is compiled and by its counterpart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.packets import addresses_kernel, rows

FOUR = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 2**32 - 1, 0x0A0A0A0A, 0x64640909, 0x09636300]))
SIX = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))


def words(fours: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(len(fours), np.uint64), np.array([0xFFFF << 32 | four for four in fours], np.uint64)


@given(st.lists(FOUR, max_size=40))
def test_four(fours: list[int]) -> None:
    spelled = addresses_kernel.addresses(*words(fours))
    spelled.validate(full=True)
    assert spelled.to_pylist() == rows.addresses(*words(fours)).to_pylist()


@given(st.lists(FOUR, max_size=9), SIX, st.lists(FOUR, max_size=9))
def test_six_among_four(before: list[int], six: tuple[int, int], behind: list[int]) -> None:
    (high, low), (more_high, more_low) = words(before), words(behind)
    high, low = np.concatenate((high, [six[0]], more_high)), np.concatenate((low, [six[1]], more_low))
    high, low = high.astype(np.uint64), low.astype(np.uint64)
    assert addresses_kernel.addresses(high, low).to_pylist() == rows.addresses(high, low).to_pylist()


def test_four_are_not_left_to_the_counterpart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "addresses", lambda *given: pytest.fail("asked"))
    assert addresses_kernel.addresses(*words([0xC0A80101])).to_pylist() == ["192.168.1.1"]
