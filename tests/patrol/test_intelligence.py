"""What stands between strangers' lists and the library of a unit."""

import ipaddress
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.intel.feeds.entry import Entry
from minewarden.intel.library import Library
from minewarden.intel.record import Type
from minewarden.patrol.intelligence import block_rules, gate, read_notice, replace_file, replayed
from minewarden.vocab.blockrule import Site, Target
from minewarden.vocab.indicator import Role
from tests.intel.lists import NOW, listed, record, source, taken
from tests.patrol.test_replay import campus

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


def test_block_rules_cite_their_record_and_end_with_it() -> None:
    soon, late = NOW + timedelta(days=3), NOW + timedelta(days=30)
    records = [
        record("xmr.example.net"),
        record("203.0.113.9:3333", Type.IP_PORT, valid_until=soon),
        record("pool.example", Type.DOMAIN, Role.POOL_WEBSITE),
        record("ab" * 32, Type.SHA256),
        record("over.example", valid_until=NOW),
    ]
    name, endpoint = block_rules(records, NOW, late, "2026.1")
    assert (name.target, name.value, name.expires_at) == (Target.NAME, "xmr.example.net", late)
    assert (endpoint.target, endpoint.value, endpoint.port, endpoint.expires_at) == (
        Target.IP_PORT,
        "203.0.113.9",
        3333,
        soon,
    )
    assert name.reason == f"library 2026.1: {records[0].id}"


def test_the_pools_of_a_notice_are_read_in_a_bounded_process(tmp_path: Path) -> None:
    path = tmp_path / "notice.csv"
    path.write_text(
        "IP地址,发现时间,目的IP,目的端口,矿池域名\n"
        "198.51.100.20,2026-03-12 21:14:37,203.0.113.9,3333,xmr.example.net\n",
        encoding="utf-8",
    )
    found = read_notice(path, source("notice"), NOW)
    assert taken(found) == ["host xmr.example.net", "ip-port 203.0.113.9:3333"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_many_local_clients_met_waits_until_a_person_lets_it_in(tmp_path: Path) -> None:
    library, lake = Library(tmp_path / "l"), campus(pool_example_net=3)
    found = listed("www.example.org\npool.example.net\n")
    report = library.load(
        source(), found, NOW, gate(library, None, replayed(library, found.entries, lake, NOW).common())
    )
    assert report.added == ("host pool.example.net",)
    assert [(name, said.id) for name, said in report.waiting] == [("host www.example.org", "feed.common")]
    library.decide(library.waiting()[0].number, accept=True, by="李", why="核对过", at=NOW)
    assert replayed(library, found.entries, lake, NOW).common() == {}, "held now"
