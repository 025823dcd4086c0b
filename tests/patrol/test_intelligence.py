"""What stands between strangers' lists and the library of a unit."""

import ipaddress
from pathlib import Path

import pytest

from minewarden.intel.feeds.entry import Entry
from minewarden.intel.library import Library
from minewarden.intel.record import Type
from minewarden.patrol.intelligence import gate
from minewarden.vocab.blockrule import Site
from tests.intel.lists import NOW

SITE = Site(
    own=(ipaddress.ip_network("203.0.113.0/24"),),
    protected_names=frozenset({"school.example"}),
    resolvers=frozenset({"198.51.100.53"}),
)


@pytest.mark.parametrize(
    ("kind", "value", "stopped"),
    [
        (Type.IP, "203.0.113.9", True), (Type.HOST, "www.school.example", True), (Type.IP, "198.51.100.53", True),
        (Type.IP, "104.16.0.1", True), (Type.IP, "8.8.8.8", True), (Type.HOST, "xmr.example.net", False),
        (Type.IP_PORT, "192.0.2.9:3333", False),
    ],
)  # fmt: skip
def test_the_unit_s_own_and_what_many_share_wait(kind: Type, value: str, stopped: bool, tmp_path: Path) -> None:
    found = gate(Library(tmp_path / "l"), SITE).stops(Entry(1, kind, value), NOW)
    assert (found is not None) is stopped
