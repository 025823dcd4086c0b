"""Calibration: exact intervals, drift only with ground, bounded moves, and nothing that lets ranks confirm."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.calibrate import (
    LEAST_FALSE,
    LEAST_LABELS,
    MOST_MOVE,
    STEP,
    Threshold,
    count_interval,
    drifts,
    proposals,
    rates,
    said_of,
    share,
)
from minewarden.detect.fuse import STATED
from minewarden.detect.labels import Label, Outcome, Reason
from minewarden.detect.weigh import RANKING
from minewarden.vocab.finding import State

DECIDED = datetime(2026, 11, 29, tzinfo=UTC)
PUSH = Threshold("push_flow", 2.0, 0.5, 6.0)


def labels(
    outcome: Outcome, count: int, *reasons: tuple[str, str, float], said: float | None = 0.5, first: int = 0
) -> list[Label]:
    own = tuple(Reason(*reason) for reason in reasons)
    return [Label(f"{outcome}{first + n}", outcome, DECIDED, "suspected", said, own) for n in range(count)]


def pushed(outcome: Outcome, count: int, weight: float, **more: object) -> list[Label]:
    return labels(outcome, count, ("push_flow", "behaviour", weight), **more)  # type: ignore[arg-type]


def test_intervals_are_the_published_ones() -> None:
    # Clopper and Pearson's of 3 in 20, and Garwood's of 10 (tables of exact intervals, 95 %).
    assert (share(3, 20).low, share(3, 20).high) == pytest.approx((0.0321, 0.3789), abs=1e-4)
    assert (share(0, 10).low, share(0, 10).high) == pytest.approx((0, 1 - 0.025 ** (1 / 10)), abs=1e-9)
    assert share(10, 10).high == 1
    assert (count_interval(10).low, count_interval(10).high) == pytest.approx((4.795, 18.390), abs=1e-3)
    assert (count_interval(0).low, count_interval(0).high) == pytest.approx((0, -math.log(0.025)), abs=1e-6)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_what_was_seen(seen: tuple[int, int]) -> None:
    hits, count = seen
    interval = share(hits, count)
    assert 0 <= interval.low <= hits / count <= interval.high <= 1


@pytest.mark.parametrize(
    ("true", "false", "said", "verdict"),
    [
        (18, 12, 0.6, "as-said"), (5, 45, 0.5, "worse"), (45, 5, 0.5, "better"), (0, LEAST_LABELS - 1, 0.9, "few"),
        (5, 45, None, "few"), (0, LEAST_LABELS, 0.9, "worse"),
    ],
)  # fmt: skip
def test_drift_is_said_where_there_is_ground(true: int, false: int, said: float | None, verdict: str) -> None:
    given_labels = pushed(Outcome.TRUE, true, 5.0, said=said) + pushed(Outcome.FALSE_ALARM, false, 5.0, said=said)
    [by_detector], [by_family] = drifts(given_labels)
    assert (by_detector.name, by_detector.true, by_detector.false, by_detector.verdict) == (
        "push_flow",
        true,
        false,
        verdict,
    )
    assert (by_family.name, by_family.verdict) == ("behaviour", verdict)


def test_of_labels_of_which_some_were_promised_nothing_no_drift_is_said() -> None:
    given_labels = pushed(Outcome.FALSE_ALARM, 40, 5.0, said=0.9) + pushed(Outcome.TRUE, 1, 5.0, said=None)
    [by_detector], _ = drifts(given_labels)
    assert (by_detector.promised, by_detector.verdict) == (None, "few")


def test_with_the_least_labels_and_the_least_false_alarms_something_is_proposed_up_to_the_weakest_true() -> None:
    false = pushed(Outcome.FALSE_ALARM, LEAST_FALSE, 5.0)
    true = pushed(Outcome.TRUE, LEAST_LABELS - LEAST_FALSE, 5.25)
    [found] = proposals(false + true, [PUSH])
    assert (found.kind, found.new, found.spared) == ("stricter", 5.25, LEAST_FALSE), "what weighs just as much is kept"


def test_doubts_and_silent_reasons_have_no_drift() -> None:
    given_labels = labels(Outcome.TRUE, 30, ("doubts", "visitors", -3.0), ("block_clock", "block-clock", 0.0))
    assert drifts(given_labels) == ([], [])


@pytest.mark.parametrize(
    ("count", "pairs", "verdict"),
    [(0, 1_000_000, "fewer"), (100, 1_000_000, "as-said"), (300, 1_000_000, "more"), (1, 100, "more")],
)
def test_the_rate_of_alarms_is_held_against_the_base_rate(count: int, pairs: int, verdict: str) -> None:
    [rate] = rates({"push_flow": count}, pairs)
    assert rate.verdict == verdict
    with pytest.raises(ValueError, match="no pairs"):
        rates({}, 0)


def test_false_alarms_that_weigh_less_than_every_true_finding_are_spared() -> None:
    [found] = proposals(pushed(Outcome.FALSE_ALARM, 15, 5.0) + pushed(Outcome.TRUE, 10, 5.5), [PUSH])
    assert (found.kind, found.old, found.new, found.spared, found.false, found.true) == (
        "stricter",
        2.0,
        5.25,
        15,
        15,
        10,
    )


@pytest.mark.parametrize(
    ("false", "true"),
    [
        (pushed(Outcome.FALSE_ALARM, LEAST_FALSE - 1, 5.0), pushed(Outcome.TRUE, 20, 5.5)),
        (pushed(Outcome.FALSE_ALARM, 9, 5.0), pushed(Outcome.TRUE, 5, 5.5)),
        (pushed(Outcome.FALSE_ALARM, 20, 5.5), pushed(Outcome.TRUE, 1, 5.0)),
        (labels(Outcome.FALSE_ALARM, 30, ("known_pool", "intel-flow", 9.0)), []),
    ],
    ids=["few false alarms", "few labels", "a true finding would be lost", "another detector"],
)
def test_nothing_is_proposed_without_ground(false: list[Label], true: list[Label]) -> None:
    assert list(proposals(false + true, [PUSH])) == []


def test_a_finding_that_would_only_be_said_less_strongly_is_not_given_up_either() -> None:
    both = (("push_flow", "behaviour", 5.0), ("tls_shape", "shape", 6.0))
    assert said_of(Reason(*reason) for reason in both) == (True, State.PROBABLE)
    given_labels = pushed(Outcome.FALSE_ALARM, 30, 5.0) + labels(Outcome.TRUE, 1, *both)
    assert list(proposals(given_labels, [PUSH])) == []


def test_where_hardly_anything_was_false_there_is_room_for_one_step() -> None:
    [found] = proposals(pushed(Outcome.TRUE, 60, 5.0), [PUSH])
    assert (found.kind, found.new) == ("lenient", PUSH.value - STEP)
    assert list(proposals(pushed(Outcome.TRUE, 60, 5.0), [Threshold("push_flow", 0.5, 0.5, 6.0)])) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(Outcome), st.floats(0.1, 12), st.sampled_from(["behaviour", "shape", "flow"])),
        max_size=80,
    ),
    st.floats(0.5, 6),
)  # fmt: skip
def test_moves_are_bounded_and_ranks_never_confirm(drawn: list[tuple[Outcome, float, str]], value: float) -> None:
    given_labels = [
        Label(str(n), outcome, DECIDED, "suspected", 0.5, (Reason("push_flow", family, weight),))
        for n, (outcome, weight, family) in enumerate(drawn)
    ]
    threshold = Threshold("push_flow", value, 0.5, 6.0)
    for found in proposals(given_labels, [threshold]):
        assert threshold.least <= found.new <= min(threshold.most, max(value, STATED) + MOST_MOVE)
    for label in given_labels:
        assert said_of(label.reasons)[1] is not State.CONFIRMED


def test_no_family_of_ranks_confirms_whatever_it_weighs() -> None:
    ranks = [Reason("x", name, 100.0) for name in sorted(RANKING)]
    assert said_of(ranks)[1] is State.PROBABLE
