"""Flows of one clock are found among many; timers, round times and shared office hours are no clock."""

import numpy as np

from minewarden.detect.clock.candidates import candidates
from minewarden.detect.clock.events import comparable, events, refresh_timer
from minewarden.detect.clock.exposure import Exposure
from minewarden.detect.clock.messages import PushFlow, push_flow
from minewarden.detect.clock.same_clock import Cluster, Pair, compare, local_chance, probable, same_clocks
from minewarden.detect.clock.test import GRID
from tests.detect.clock.processes import START_US, chain, harmless, jobs, micro

HOUR = 3600.0


def flow(times: np.ndarray, size: int = 380) -> PushFlow:
    return push_flow(micro(times), np.full(len(times), size))


def miners(
    rng: np.random.Generator, name: str, count: int, *, sizes: tuple[int, ...] = (380,)
) -> list[tuple[str, PushFlow]]:
    blocks = chain(rng, 120, 2 * HOUR)
    return [(f"{name}{i}", flow(jobs(rng, blocks, 2 * HOUR), sizes[i % len(sizes)])) for i in range(count)]


def crowd(rng: np.random.Generator, rounds: int) -> list[tuple[str, PushFlow]]:
    return [(f"{kind}-{i}", flow(times)) for i in range(rounds) for kind, times in harmless(rng, 2 * HOUR).items()]


def test_events_are_what_breaks_the_timer() -> None:
    times = micro(np.array([0, 30, 60, 73, 103, 133, 163, 170, 200, 230, 260, 290, 320.0]))
    assert refresh_timer(times) == 30_000_000
    assert ((events(times) - START_US) / 1e6).tolist() == [73, 170]


def test_without_a_timer_all_is_an_event_but_a_burst_is_one() -> None:
    seconds = np.array([0, 100, 101, 104, 230, 280, 430, 437, 700, 1000.0])
    assert ((events(micro(seconds)) - START_US) / 1e6).tolist() == [0, 100, 230, 280, 430, 437, 700, 1000]


def test_two_chains_are_two_clusters_in_a_crowd() -> None:
    rng = np.random.default_rng(1)
    found = same_clocks([*miners(rng, "a", 3), *crowd(rng, 25), *miners(rng, "b", 12)])
    assert [len(cluster.members) for cluster in found.clusters] == [3, 12]
    assert {name[0] for name in found.clusters[0].members} == {"a"}
    assert 15 < found.flows <= 165, "regular flows cannot be compared"
    assert found.pairs == found.flows * (found.flows - 1) // 2
    assert found.compared < 400
    assert all(pair.p_corrected < 1e-4 for cluster in found.clusters for pair in cluster.pairs)


def test_jobs_of_another_size_join_the_cluster() -> None:
    rng = np.random.default_rng(2)
    found = same_clocks(miners(rng, "a", 4, sizes=(380, 380, 610, 250)))
    assert [cluster.members for cluster in found.clusters] == [("a0", "a1", "a2", "a3")]


def test_harmless_flows_make_no_cluster() -> None:
    for seed in range(4):
        assert same_clocks(crowd(np.random.default_rng(seed), 12)).clusters == ()


def test_timers_that_tick_alike_are_no_clock() -> None:
    rng = np.random.default_rng(3)
    exact = [(f"e{i}", flow(np.arange(0, 2 * HOUR, 30.0) + rng.random() * 0.3)) for i in range(10)]
    minutes = [(f"m{i}", flow(np.arange(0, 2 * HOUR, 60.0) + rng.normal(0, 3, 120))) for i in range(10)]
    thinned = [(f"t{i}", flow(np.arange(0, 6 * HOUR, 60.0)[rng.random(360) < 0.5] + rng.random())) for i in range(10)]
    assert same_clocks([*exact, *minutes, *thinned]).clusters == ()


def test_shared_office_hours_are_no_clock() -> None:
    rng = np.random.default_rng(4)
    busy = np.sort(rng.random(12)) * 8 * HOUR
    flows = []
    for i in range(30):
        visits = np.concatenate([at + rng.random(rng.poisson(25)) * 600 for at in busy])
        flows.append((f"p{i}", flow(np.sort(visits[visits < 8 * HOUR]))))
    assert same_clocks(flows).clusters == ()


def test_a_lock_on_the_minute_does_not_survive_the_shifts() -> None:
    rng = np.random.default_rng(10)
    ours, theirs = (micro(np.arange(0, 8 * HOUR, 60.0)[rng.random(480) < 0.3] + rng.random()) for _ in range(2))
    assert compare("a", ours, "b", theirs, alpha=1.1) is None
    same = micro(chain(rng, 120, 2 * HOUR))
    found = compare("a", same, "b", same + 300_000)
    assert found is not None
    assert found.p_shift < 0.002


def test_the_chance_of_a_hit_is_taken_where_the_events_are() -> None:
    rng = np.random.default_rng(11)
    ours, theirs = (micro(np.concatenate((rng.random(60) * HOUR, [8 * HOUR]))) for _ in range(2))
    shown = Exposure(theirs, np.array([[theirs[0], theirs[-1]]]))
    due = ours[(ours > theirs[0]) & (ours < theirs[-1])]
    near, everywhere = local_chance(shown, due, GRID.widths_us, 300_000_000), shown.covered(GRID.widths_us)
    assert (near > 4 * everywhere).all()


def test_nothing_and_one_flow() -> None:
    assert same_clocks([]).clusters == ()
    assert same_clocks(miners(np.random.default_rng(5), "a", 1)).pairs == 0
    assert same_clocks([("x", push_flow([]))]).clusters == ()


def test_a_message_of_two_jobs_does_not_part_a_flow_from_its_like() -> None:
    rng = np.random.default_rng(9)
    (first, whole), (second, other) = miners(rng, "a", 2)
    times = other.classes[0].times_us
    sizes = np.where(np.arange(len(times)) == 3, 760, 380)
    crowded = crowd(rng, 30)
    found = same_clocks([(first, whole), (second, push_flow(times, sizes)), *crowded])
    assert [cluster.members for cluster in found.clusters] == [(first, second)]


def test_the_order_of_the_flows_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    flows = [*miners(rng, "a", 5), *crowd(rng, 5)]
    assert [c.members for c in same_clocks(flows).clusters] == [c.members for c in same_clocks(flows[::-1]).clusters]


def test_proposals_grow_with_the_flows_and_not_with_their_pairs() -> None:
    rng = np.random.default_rng(7)
    rows = [np.sort(micro(np.sort(rng.random(60)) * 2 * HOUR)) for _ in range(2000)]
    proposed = candidates(rows, [95] * 2000)
    assert len(proposed.pairs) < 4 * 2000
    assert proposed.left_out == 0


def test_irregular_enough_to_be_compared() -> None:
    rng = np.random.default_rng(8)
    assert sum(comparable(micro(chain(rng, 120, 2 * HOUR))) for _ in range(100)) >= 85
    assert not comparable(micro(np.arange(20) * 3600.0 + rng.random(20)))
    assert not comparable(micro(rng.random(5) * HOUR))


def test_a_confirmed_member_makes_the_others_probable() -> None:
    pairs = (Pair("a", "b", 1e-20, 1e-12, 0, 2, 9, 9, 0.01), Pair("b", "c", 1e-15, 1e-8, 0, 2, 9, 9, 0.01))
    clusters = (Cluster(("a", "b", "c"), pairs), Cluster(("x", "y"), (Pair("x", "y", 1e-15, 1e-8, 0, 2, 9, 9, 0.01),)))
    assert list(probable(clusters, ["a"])) == ["b", "c"]
    assert probable(clusters, ["a"])["c"].first == "b"
    assert probable(clusters, ["elsewhere"]) == {}
