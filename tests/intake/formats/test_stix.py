"""STIX 2.1 bundles."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intake.formats.stix import grid, is_bundle, sender
from minewarden.intake.moments import Reckoning
from minewarden.intake.rows import Taken, take_grid
from minewarden.vocab.words import DISPLAY_ZONE
from tests.intake.made import RECEIVED, utc

BUNDLE: dict[str, Any] = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [
        {"type": "identity", "id": "identity--1", "name": "省教育信息安全监测中心"},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "203.0.113.5"},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "198.51.100.7"},
        {"type": "domain-name", "id": "domain-name--1", "value": "pool.example.net"},
        {"type": "ipv6-addr", "id": "ipv6-addr--1", "value": "2001:db8::5"},
        {
            "type": "network-traffic",
            "id": "network-traffic--1",
            "src_ref": "ipv4-addr--1",
            "src_port": 40213,
            "dst_ref": "ipv4-addr--2",
            "dst_port": 3333,
            "protocols": ["ipv4", "tcp", "stratum"],
            "start": "2026-03-12T13:14:37Z",
            "end": "2026-03-12T14:00:00Z",
        },
        {
            "type": "network-traffic",
            "id": "network-traffic--2",
            "src_ref": "ipv6-addr--1",
            "dst_ref": "domain-name--1",
            "protocols": ["tcp"],
        },
        {
            "type": "observed-data",
            "id": "observed-data--1",
            "first_observed": "2026-03-12T10:00:00Z",
            "last_observed": "2026-03-12T11:00:00Z",
            "object_refs": ["network-traffic--2"],
        },
        {
            "type": "indicator",
            "id": "indicator--1",
            "pattern": "[ipv4-addr:value = '203.0.113.9' AND network-traffic:dst_port = 3333 "
            "AND domain-name:value = 'x.example']",
        },
    ],
}


def test_traffic_observations_and_indicators_are_rows() -> None:
    taken = Taken()
    take_grid(grid(BUNDLE), Reckoning(DISPLAY_ZONE, RECEIVED), taken)
    first, second, third = taken.lines
    assert ([one.ip for one in first.addresses], first.port) == (["203.0.113.5"], 40213)
    assert (first.destination, first.destination_port, first.protocol) == ("198.51.100.7", 3333, "ipv4/tcp/stratum")
    assert first.first is not None
    assert first.first.at == utc("2026-03-12 21:14:37")
    assert ([one.ip for one in second.addresses], second.domain) == (["2001:db8::5"], "pool.example.net")
    assert second.last is not None
    assert second.last.at == utc("2026-03-12 19:00")
    assert ([one.ip for one in third.addresses], third.destination_port, third.domain) == (
        ["203.0.113.9"],
        3333,
        "x.example",
    )
    assert sender(BUNDLE) == "省教育信息安全监测中心"


@pytest.mark.parametrize("document", [None, [], {}, {"type": "bundle"}, {"type": "bundle", "objects": {}}])
def test_what_is_no_bundle(document: Any) -> None:
    assert not is_bundle(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "id", "value", "src_ref", "pattern", "object_refs", "protocols"]), part, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_any_objects_are_survived(objects: list[Any]) -> None:
    assert grid({"type": "bundle", "objects": objects}).rows
