"""What a list may not bring in unseen."""

import ipaddress
from datetime import timedelta

import pytest

from minewarden.intel.feeds.entry import Entry
from minewarden.intel.gate import Gate, impossible
from minewarden.intel.record import Type
from minewarden.intel.watchset import AllowEntry
from minewarden.vocab.indicator import Kind
from minewarden.vocab.message import message
from tests.intel.lists import NOW

SOON = NOW + timedelta(days=1)
GATE = Gate(
    [
        AllowEntry("lab.example.org", Kind.DOMAIN, "信息中心", SOON, "课程"),
        AllowEntry("old.example.org", Kind.HOST, "信息中心", NOW, "已结束"),
        AllowEntry("198.51.100.0/28", Kind.CIDR, "信息中心", SOON, "课程"),
    ],
    [(ipaddress.ip_network("203.0.113.0/24"), "CDN"), (ipaddress.ip_network("2001:db8::/32"), "CDN six")],
    own_names={"school.example": "own"},
    shared_names={"cloud.example": "cloud"},
)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Type.HOST, "xmr.lab.example.org", "feed.allowed"), (Type.DOMAIN, "example.org", "feed.allowed"),
        (Type.HOST, "example.org", None), (Type.HOST, "old.example.org", None),
        (Type.IP, "198.51.100.3", "feed.allowed"), (Type.CIDR, "198.51.100.0/24", "feed.allowed"),
        (Type.IP_PORT, "203.0.113.9:3333", "feed.protected"), (Type.IP, "2001:db8::9", "feed.protected"),
        (Type.CIDR, "203.0.0.0/16", "feed.protected"), (Type.IP, "192.0.2.1", None),
        (Type.URL, "http://203.0.113.9/x", "feed.protected"), (Type.HOST, "www.school.example", "feed.protected"),
        (Type.HOST_PORT, "school.example:3333", "feed.protected"), (Type.DOMAIN, "cloud.example", "feed.protected"),
        (Type.HOST, "vm1.cloud.example", None), (Type.SHA256, "ab" * 32, None),
    ],
)  # fmt: skip
def test_what_it_stops(kind: Type, value: str, reason: str | None) -> None:
    found = GATE.stops(Entry(1, kind, value), NOW)
    assert (None if found is None else found.id) == reason


def test_a_deceiving_name_is_stopped() -> None:
    found = Gate().stops(Entry(1, Type.HOST, "xn--aypal-uye.com", flags=("homograph",)), NOW)
    assert found is not None
    assert found.id == "feed.homograph"


def test_addresses_of_the_inside_are_no_indicators() -> None:
    assert impossible(Entry(1, Type.IP, "10.1.2.3")) is not None
    assert impossible(Entry(1, Type.URL, "http://192.168.1.1/x")) is not None
    assert impossible(Entry(1, Type.IP, "203.0.113.1")) is None
    assert impossible(Entry(1, Type.HOST, "a.example")) is None


def test_what_very_many_meet_waits_last_of_all_reasons() -> None:
    said = message("feed.common", clients=9, among=10, percent="90.00", days=7)
    found = Gate(
        own_names={"school.example": "own"}, common={(Type.HOST, n): said for n in ("a.example", "school.example")}
    )
    assert found.stops(Entry(1, Type.HOST, "a.example"), NOW) == said
    assert found.stops(Entry(1, Type.DOMAIN, "a.example"), NOW) is None
    own = found.stops(Entry(1, Type.HOST, "school.example"), NOW)
    assert own is not None
    assert own.id == "feed.protected"
