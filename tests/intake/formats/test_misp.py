"""MISP events."""

from typing import Any

import pytest

from minewarden.intake.formats.misp import grid, is_event, sender
from minewarden.intake.moments import Reckoning
from minewarden.intake.rows import Taken, take_grid
from minewarden.vocab.words import DISPLAY_ZONE
from tests.intake.made import RECEIVED, utc

EVENT: dict[str, Any] = {
    "Event": {
        "uuid": "e",
        "Orgc": {"name": "省教育信息安全监测中心"},
        "Attribute": [
            {
                "uuid": "a1",
                "type": "ip-src|port",
                "value": "203.0.113.5|40213",
                "first_seen": "2026-03-12T13:14:37+00:00",
            },
            {"uuid": "a2", "type": "domain", "value": "pool.example.net"},
            {"uuid": "a3", "type": "text", "value": "203.0.113.99"},
        ],
        "Object": [
            {
                "uuid": "o1",
                "name": "network-connection",
                "Attribute": [
                    {"type": "ip-src", "object_relation": "ip-src", "value": "203.0.113.6"},
                    {"type": "port", "object_relation": "src-port", "value": "40214"},
                    {"type": "ip-dst", "object_relation": "ip-dst", "value": "198.51.100.7"},
                    {"type": "port", "object_relation": "dst-port", "value": "3333"},
                    {"type": "datetime", "object_relation": "first-packet-seen", "value": "2026-03-12T10:00:00Z"},
                ],
            }
        ],
    }
}


@pytest.mark.parametrize("document", [EVENT, EVENT["Event"], {"response": [EVENT]}, [EVENT]])
def test_attributes_and_objects_are_rows(document: Any) -> None:
    assert is_event(document)
    assert sender(document) == "省教育信息安全监测中心"
    taken = Taken()
    take_grid(grid(document), Reckoning(DISPLAY_ZONE, RECEIVED), taken)
    first, second, third = taken.lines
    assert ([one.ip for one in first.addresses], first.port) == (["203.0.113.5"], 40213)
    assert first.first is not None
    assert first.first.at == utc("2026-03-12 21:14:37")
    assert (second.addresses, second.domain) == ((), "pool.example.net")
    assert ([one.ip for one in third.addresses], third.port) == (["203.0.113.6"], 40214)
    assert (third.destination, third.destination_port) == ("198.51.100.7", 3333)
    assert third.first is not None
    assert third.first.at == utc("2026-03-12 18:00")


@pytest.mark.parametrize("document", [None, [], {}, {"Event": {}}, {"response": 1}, {"Event": {"Attribute": "x"}}])
def test_what_is_no_event(document: Any) -> None:
    assert not is_event(document)
