"""Binomial tails against exact fractions, and Bayes factors against their definition."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock.tails import log_bayes_factor, log_factorials, log_mean, log_tail


def exact_tail(x: int, n: int, p: Fraction) -> Fraction:
    return sum((math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(x, n + 1)), Fraction(0))


@given(n=st.integers(1, 60), parts=st.integers(1, 99), data=st.data())
def test_tail_is_the_binomial_one(n: int, parts: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    p = Fraction(parts, 100)
    told = float(np.exp(log_tail([x], [n], [float(p)])[0]))
    if x <= n * p:
        assert told == 1
    else:
        assert told == pytest.approx(float(exact_tail(x, n, p)), rel=1e-9)


@given(n=st.integers(1, 500), p=st.floats(0, 1))
def test_more_hits_are_never_likelier(n: int, p: float) -> None:
    tails = log_tail(np.arange(n + 1), n, p)
    assert (np.diff(tails) <= 1e-9).all()
    assert tails[0] == 0


def test_long_sums_are_closed_from_above() -> None:
    n, p, x = 40_000, 0.3, 12_100
    whole = sum(math.exp(_log_pmf(j, n, p)) for j in range(x, n + 1) if _log_pmf(j, n, p) > -700)
    told = float(np.exp(log_tail([x], [n], [p])[0]))
    assert told >= whole * (1 - 1e-6)
    assert told == pytest.approx(whole, rel=0.02)


def _log_pmf(j: int, n: int, p: float) -> float:
    choose = math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1)
    return choose + j * math.log(p) + (n - j) * math.log1p(-p)


def test_tails_far_below_what_floats_hold() -> None:
    assert log_tail([1000], [1000], [0.001])[0] == pytest.approx(1000 * math.log(0.001))
    assert log_tail([3], [3], [0.0])[0] < -1000
    assert log_tail([3], [3], [1.0])[0] == 0


@given(n=st.integers(1, 40), p=st.floats(0.01, 0.99))
def test_the_expected_bayes_factor_under_chance_is_one(n: int, p: float) -> None:
    x = np.arange(n + 1)
    chance = np.exp([_log_pmf(int(j), n, p) for j in x])
    assert float((chance * np.exp(log_bayes_factor(x, n, p))).sum()) == pytest.approx(1, rel=1e-6)


def test_no_block_tells_nothing() -> None:
    assert log_bayes_factor([0, 5], [0, 5], [0.3, 1.0]).tolist() == [0, 0]


def test_log_factorials_and_means() -> None:
    assert log_factorials(20)[-1] == pytest.approx(math.lgamma(21))
    assert log_mean(np.array([-2000.0, -2000.0])) == pytest.approx(-2000)
