"""What stands between strangers' lists and the library of a unit."""

import ipaddress
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from minewarden.intel.feeds.entry import Entry
from minewarden.intel.library import Library
from minewarden.intel.record import Type
from minewarden.patrol.intelligence import block_rules, fetched, gate, read_notice, replace_file, replayed
from minewarden.vocab.blockrule import Site, Target
from minewarden.vocab.errors import ConfigError, InputError
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


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


EVENT = "5f1b6d2e-1111-4222-8333-444455556666"


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with a feed of MISP of one event, and the address at which a server holds it."""
    folder = tmp_path / "feed"
    folder.mkdir()
    said = {"type": "hostname", "value": "xmr.example.net", "to_ids": True, "timestamp": "1795500000"}
    (folder / f"{EVENT}.json").write_text(json.dumps({"Event": {"info": "x", "Attribute": [said]}}))
    (folder / "manifest.json").write_text(json.dumps({EVENT: {"info": "x"}}))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("end", ["", "manifest.json"])
def test_a_feed_of_misp_is_fetched_event_by_event(feed: tuple[Path, str], tmp_path: Path, end: str) -> None:
    found = fetched(Library(tmp_path / "l"), source("misp", url=f"{feed[1]}{end}"))
    assert taken(found) == ["host xmr.example.net"]


def test_half_a_feed_of_misp_is_nothing(feed: tuple[Path, str], tmp_path: Path) -> None:
    other = "6f1b6d2e-1111-4222-8333-444455556666"
    (feed[0] / "manifest.json").write_text(json.dumps({EVENT: {}, other: {}}))
    with pytest.raises(InputError) as caught:
        fetched(Library(tmp_path / "l"), source("misp", url=feed[1]))
    assert other in caught.value.file
    (feed[0] / "manifest.json").write_text(json.dumps({"../../etc/passwd": {}}))
    with pytest.raises(InputError) as caught:
        fetched(Library(tmp_path / "l"), source("misp", url=feed[1]))
    assert caught.value.message.id == "feed.half"


@pytest.mark.parametrize("host", ["xmr.f2pool.com", "xmr.example.net"])
def test_a_list_is_never_fetched_from_a_pool(host: str, tmp_path: Path) -> None:
    library = Library(tmp_path / "l")
    library.load(source(), listed("xmr.example.net\n"), NOW, gate(library))
    with pytest.raises(ConfigError) as caught:
        fetched(library, source(url=f"https://{host}/list.txt"))
    assert caught.value.message.id == "fetch.listed", "also where nobody loaded the catalogue"
