"""What evidence adds up to, and what it may never add up to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.fuse import fuse, log_odds, state_of
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting, State
from minewarden.vocab.message import message

T = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)


def evidence(family: str, grade: Grade, weight: float, at: datetime = T, row: int = 1) -> Evidence:
    rows = (RowRef("x.pcap", row),)
    return Evidence("d", family, grade, weight, message("patrol.skipped", detector="d", tables="t"), at, at, rows)


def sighting(item: Evidence, server: str = "192.0.2.1", port: int = 3333, name: str = "", **more: object) -> Sighting:
    return Sighting("10.1.2.3", server, port, item, server_name=name, **more)  # type: ignore[arg-type]


def test_only_parsed_protocol_confirms() -> None:
    assert state_of([evidence("protocol", Grade.HANDSHAKE, 20)]) is State.CONFIRMED
    assert state_of([evidence("intel-flow", Grade.CONNECTED, 1000)]) is State.PROBABLE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["intel-flow", "intel-dns", "sensor", "shape", "protocol"]),
            st.sampled_from([Grade.LOOKED_UP, Grade.CONNECTED, Grade.BEHAVED]),
            st.floats(0, 1e6),
        ),
        min_size=1,
    )
)
def test_no_amount_of_other_evidence_confirms(items: list[tuple[str, Grade, float]]) -> None:
    assert state_of([evidence(*item) for item in items]) is not State.CONFIRMED


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_name_alone_is_never_more_than_suspected(weights: list[float]) -> None:
    assert state_of([evidence("intel-dns", Grade.LOOKED_UP, weight) for weight in weights]) is State.SUSPECTED


def test_a_family_is_capped() -> None:
    one = log_odds([evidence("intel-dns", Grade.LOOKED_UP, 5)])
    ten = log_odds([evidence("intel-dns", Grade.LOOKED_UP, 5)] * 10)
    assert one == pytest.approx(ten)


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


@given(st.permutations(range(6)))
def test_the_order_of_sightings_does_not_matter(order: list[int]) -> None:
    sightings = [
        sighting(evidence("protocol", Grade.WORK, 20, T), server="192.0.2.1", account="a1"),
        sighting(evidence("intel-flow", Grade.CONNECTED, 9, T), server="192.0.2.1", name="pool.example.net"),
        sighting(evidence("intel-dns", Grade.LOOKED_UP, 3, T), server="", port=0, name="pool.example.net"),
        sighting(evidence("intel-dns", Grade.LOOKED_UP, 3, T), server="", port=0, name="other.example.net"),
        sighting(evidence("intel-flow", Grade.CONNECTED, 9, T), server="192.0.2.2"),
        sighting(evidence("sensor", Grade.BEHAVED, 9, T), server="192.0.2.2"),
    ]
    assert fuse(sightings[i] for i in order) == fuse(sightings)


@pytest.mark.parametrize("family", ["shape", "behaviour"])
def test_neither_shape_nor_behaviour_is_probable_alone(family: str) -> None:
    assert state_of([evidence(family, Grade.BEHAVED, 1000)]) is State.SUSPECTED


def test_shape_and_behaviour_together_are_probable_and_no_more() -> None:
    both = [evidence("shape", Grade.BEHAVED, 1000), evidence("behaviour", Grade.BEHAVED, 1000)]
    assert state_of(both) is State.PROBABLE


def test_weak_shape_is_no_finding_unless_another_reason_stands_beside_it() -> None:
    weak = sighting(evidence("shape", Grade.BEHAVED, 3))
    assert fuse([weak]) == []
    (finding,) = fuse([weak, sighting(evidence("intel-flow", Grade.CONNECTED, 2))])
    assert len(finding.evidence) == 2
