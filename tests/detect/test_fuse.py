"""What evidence adds up to, and what it may never add up to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.fuse import fuse
from minewarden.detect.weigh import Fusion
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting, State
from minewarden.vocab.message import message

T = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)


def evidence(family: str, grade: Grade, weight: float, at: datetime = T, row: int = 1) -> Evidence:
    rows = (RowRef("x.pcap", row),)
    return Evidence("d", family, grade, weight, message("patrol.skipped", detector="d", tables="t"), at, at, rows)


def sighting(item: Evidence, server: str = "192.0.2.1", port: int = 3333, name: str = "", **more: object) -> Sighting:
    return Sighting("10.1.2.3", server, port, item, server_name=name, **more)  # type: ignore[arg-type]


def test_sightings_of_one_server_become_one_finding() -> None:
    early = sighting(evidence("intel-flow", Grade.CONNECTED, 8, T - timedelta(hours=1)), name="pool.example.net")
    late = sighting(
        evidence("protocol", Grade.WORK, 20, T, 7), protocol="stratum-v1", coins=frozenset({"BTC"}), shares=3
    )
    (finding,) = fuse([early, late])
    assert (finding.state, finding.server_name, finding.protocol) == (State.CONFIRMED, "pool.example.net", "stratum-v1")
    assert (finding.first_seen, finding.last_seen, finding.shares) == (T - timedelta(hours=1), T, 3)
    assert finding.evidence[0].family == "protocol"


def test_a_name_that_was_used_belongs_to_its_use() -> None:
    name = sighting(evidence("intel-dns", Grade.LOOKED_UP, 3), server="", port=0, name="pool.example.net")
    use = sighting(evidence("intel-flow", Grade.CONNECTED, 10), name="pool.example.net")
    (finding,) = fuse([name, use])
    assert len(finding.evidence) == 2


def test_a_name_that_was_not_used_stands_alone() -> None:
    name = sighting(evidence("intel-dns", Grade.LOOKED_UP, 3), server="", port=0, name="pool.example.net")
    (finding,) = fuse([name])
    assert (finding.server, finding.port, finding.server_name) == ("", 0, "pool.example.net")


def test_what_the_messages_say_beats_what_a_list_says_of_the_coin() -> None:
    listed = sighting(evidence("intel-flow", Grade.CONNECTED, 10), coins=frozenset({"BTC", "LTC", "XMR"}))
    spoken = sighting(evidence("protocol", Grade.WORK, 20), coins=frozenset({"XMR"}))
    (finding,) = fuse([listed, spoken])
    assert finding.coins == ("XMR",)


@given(st.permutations(range(10)))
def test_the_order_of_sightings_does_not_matter(order: list[int]) -> None:
    sightings = [
        sighting(evidence("protocol", Grade.WORK, 20, T), server="192.0.2.1", account="a1"),
        sighting(evidence("intel-flow", Grade.CONNECTED, 9, T), server="192.0.2.1", name="pool.example.net"),
        sighting(evidence("intel-dns", Grade.LOOKED_UP, 3, T), server="", port=0, name="pool.example.net"),
        sighting(evidence("intel-dns", Grade.LOOKED_UP, 3, T), server="", port=0, name="other.example.net"),
        sighting(evidence("intel-flow", Grade.CONNECTED, 9, T), server="192.0.2.2"),
        sighting(evidence("sensor", Grade.BEHAVED, 9, T), server="192.0.2.2"),
        sighting(evidence("visitors", Grade.CONNECTED, -0.7, T), server="192.0.2.2"),
        sighting(evidence("shape", Grade.BEHAVED, 0.3, T), server="192.0.2.2"),
        sighting(evidence("shape", Grade.BEHAVED, 1.1, T, 2), server="192.0.2.2"),
        replace(sighting(evidence("proxy", Grade.BEHAVED, 2), beyond=("192.0.2.2", 3333)), server="10.1.2.3", host="x"),
    ]
    assert fuse(sightings[i] for i in order) == fuse(sightings)


def test_weak_shape_is_no_finding_unless_another_reason_stands_beside_it() -> None:
    weak = sighting(evidence("shape", Grade.BEHAVED, 3))
    assert fuse([weak]) == []
    (finding,) = fuse([weak, sighting(evidence("intel-flow", Grade.CONNECTED, 2))])
    assert len(finding.evidence) == 2


@pytest.mark.parametrize(("p_value", "stated"), [(1e-4, False), (1e-6, True), (None, False)])
def test_a_block_clock_alone_is_stated_where_chance_is_out_of_the_question(p_value: float | None, stated: bool) -> None:
    tested = replace(evidence("block-clock", Grade.BEHAVED, 12), p_value=p_value)
    assert [finding.state for finding in fuse([sighting(tested)])] == [State.SUSPECTED] * stated


def test_doubt_takes_a_ranked_finding_away_and_leaves_a_listed_one() -> None:
    shape = sighting(evidence("shape", Grade.BEHAVED, 5.5))
    doubt = sighting(evidence("visitors", Grade.CONNECTED, -3.5, T - timedelta(days=1)))
    assert len(fuse([shape])) == 1
    assert fuse([shape, doubt]) == []
    assert fuse([doubt]) == []
    (listed,) = fuse([shape, doubt, sighting(evidence("intel-flow", Grade.CONNECTED, 6))])
    assert {item.family for item in listed.evidence} == {"shape", "visitors", "intel-flow"}
    assert listed.first_seen == T, "other visitors' times are not this host's"


def test_a_finding_says_how_likely_and_why() -> None:
    (finding,) = fuse([sighting(evidence("intel-flow", Grade.CONNECTED, 10))])
    assert finding.probability == pytest.approx(0.688, abs=0.001)
    assert [said.id for said in finding.explanation] == [
        "explain.sum_likely",
        "explain.ground_sum",
        "explain.family_intel_flow",
    ]


def test_the_clients_of_an_inside_proxy_gain_by_what_is_known_of_its_upstream() -> None:
    client = sighting(evidence("proxy", Grade.BEHAVED, 2), server="10.1.0.9", beyond=("192.0.2.1", 443))
    proxy = replace(sighting(evidence("intel-flow", Grade.CONNECTED, 10), port=443), host="10.1.0.9")
    assert fuse([client]) == []
    found = {finding.host: finding for finding in fuse([client, proxy])}
    assert found["10.1.2.3"].state is State.PROBABLE
    assert found["10.1.0.9"].state is State.PROBABLE


def test_from_which_weight_on_ranks_are_stated_can_be_set() -> None:
    seen = [sighting(evidence("shape", Grade.BEHAVED, 5.5))]
    assert len(fuse(seen)) == 1
    assert fuse(seen, Fusion(least_stated=6.0)) == []
