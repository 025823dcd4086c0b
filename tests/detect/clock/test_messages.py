"""Segments become messages, messages become classes of one size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.clock.messages import ALL, REST, push_flow


def test_segments_close_together_are_one_message_at_the_first_ones_time() -> None:
    flow = push_flow([0, 20_000, 60_000, 1_000_000, 1_050_000, 2_000_000, 3_000_000, 4_000_000], [9] * 8)
    assert flow.classes[0].times_us.tolist() == [0, 1_000_000, 1_050_000, 2_000_000, 3_000_000, 4_000_000]
    assert flow.messages == 6
    assert [c.size for c in flow.classes] == [ALL, 9], "the merged message is 27 bytes long and no job"
    assert 0 not in flow.classes[1].times_us


def test_sizes_within_two_bytes_are_one_class_and_rare_ones_none() -> None:
    sizes = [378, 380, 382, 379, 62, 62, 63, 900, 381, 380] * 2
    flow = push_flow(np.arange(20) * 10**6, sizes)
    assert [c.size for c in flow.classes] == [ALL, 380, 62]
    assert [len(c.times_us) for c in flow.classes] == [20, 12, 6]


def test_small_classes_of_small_flows_are_not_tested() -> None:
    flow = push_flow(np.arange(8) * 10**6, [100] * 4 + [200] * 4)
    assert [c.size for c in flow.classes] == [ALL]


def test_one_size_alone_is_not_tested_twice() -> None:
    flow = push_flow(np.arange(9) * 10**6, [100] * 9)
    assert [(c.size, len(c.times_us)) for c in flow.classes] == [(100, 9)]


def test_what_is_left_beside_heartbeats_is_a_class_and_has_classes() -> None:
    # A tunnel's ping every 10 s and the program's every 30 s; between them jobs of 500 and of 567 bytes at random.
    rng = np.random.default_rng(3)
    pings, alive = np.arange(0.5, 3600, 10), np.arange(3.1, 3600, 30)
    jobs, more = np.sort(rng.uniform(0, 3600, 40)), np.sort(rng.uniform(0, 3600, 30))
    times = np.concatenate((pings, alive, jobs, more))
    sizes = np.repeat([82, 118, 500, 567], [len(pings), len(alive), len(jobs), len(more)])
    flow = push_flow((times * 1e6).astype(np.int64), sizes)
    assert [one.size for one in flow.classes] == [ALL, 82, 118], "a fifth of all messages is more than the jobs are"
    assert [one.size for one in flow.beside] == [REST, 500, 567]
    left = flow.beside[0].times_us
    assert len(left) == pytest.approx(70, abs=6), "those that came within 50 ms of a heartbeat are longer than it"
    assert not set(left.tolist()) & set((pings * 1e6).astype(np.int64).tolist())


def test_without_heartbeats_nothing_is_beside() -> None:
    rng = np.random.default_rng(4)
    times = np.sort(rng.uniform(0, 3600, 300)) * 1e6
    sizes = np.where(rng.random(300) < 0.5, 82, rng.integers(100, 900, 300))
    assert push_flow(times.astype(np.int64), sizes).beside == ()
    assert push_flow(np.arange(90) * 10_000_000, np.full(90, 82)).beside == ()
    assert push_flow(np.arange(90) * 10_000_000).beside == ()


def test_what_is_left_is_not_tested_twice_where_it_is_one_class() -> None:
    pings, jobs = np.arange(0.5, 3600, 20.0), np.sort(np.random.default_rng(5).uniform(0, 3600, 90))
    sizes = np.repeat([82, 500], [len(pings), len(jobs)])
    flow = push_flow((np.concatenate((pings, jobs)) * 1e6).astype(np.int64), sizes)
    assert [one.size for one in flow.classes] == [ALL, 82, 500]
    assert flow.beside == ()


def test_too_few_messages_and_wrong_lengths() -> None:
    assert push_flow([], []).classes == ()
    assert push_flow([1, 2_000_000]).classes == ()
    with pytest.raises(ValueError, match="one length"):
        push_flow([1, 2], [3])


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 1500)), min_size=1, max_size=60), st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows: list[tuple[int, int]], random: object) -> None:
    rows = list(dict(rows).items())
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (push_flow([t for t, _ in r], [s for _, s in r]) for r in (sorted(rows), mixed))
    assert [(c.size, c.times_us.tolist()) for c in one.classes] == [
        (c.size, c.times_us.tolist()) for c in other.classes
    ]
    assert all((np.diff(c.times_us) > 0).all() for c in one.classes)
    assert sum(len(c.times_us) for c in one.classes if c.size != ALL) <= one.messages
