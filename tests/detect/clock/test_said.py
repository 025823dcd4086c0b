"""Results as sentences: numbers are right, chances never smaller than they are, and other explanations are named."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock.reference import BlockClock
from minewarden.detect.clock.said import one_in, said_of_blocks, said_of_gaps, said_of_pair
from minewarden.detect.clock.same_clock import Pair
from minewarden.detect.clock.test import BlockResult
from minewarden.vocab.words import render
from tests.detect.clock.processes import START_US

RESULT = BlockResult("XMR", "node", 1e-12, 2.7e-10, 1, 4, 33, 34, 0.13, 75, 380, 40.0, START_US, START_US + 4 * 10**9)


def test_a_flow_that_follows() -> None:
    zh = render(said_of_blocks(RESULT), "zh")
    assert "XMR 有 34 个新区块" in zh
    assert "其中 33 个到达后的第 1 至 5 秒之间" in zh
    assert "约 4.4 个" in zh
    assert "1/3,700,000,000" in zh
    assert "钱包" in zh
    assert "a wallet" in render(said_of_blocks(RESULT), "en")


def test_a_flow_that_does_not() -> None:
    en = render(said_of_blocks(replace(RESULT, p_corrected=0.4)), "en")
    assert "no significant relation" in en
    assert "does not rule out mining" in en


def test_two_flows() -> None:
    zh = render(said_of_pair(Pair("a", "b", 1e-20, 1e-13, 0, 2, 30, 31, 0.03), "10.20.3.9", 4950), "zh")
    assert "10.20.3.9" in zh
    assert "1/1,000,000,000,000" in zh
    assert "行情" in zh


def test_gaps() -> None:
    clock = BlockClock("XMR", START_US + np.array([0, 100, 5000, 5100]) * 1_000_000, "node.csv", "node")
    (gap,) = said_of_gaps(clock, clock.gaps)
    assert "node.csv" in render(gap, "zh")


@given(st.floats(0, 1))
def test_a_chance_is_never_said_smaller_than_it_is(p: float) -> None:
    top, _, below = one_in(p).partition("/")
    assert top == "1"
    said = 1 / int(below.replace(",", ""))
    assert said >= p * (1 - 1e-9)
    assert said <= max(p, 1e-12) * 2
