"""A unit's own lists: read from TOML and CSV, refused with file and line."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from minewarden.intel.faults import CatalogueError
from minewarden.intel.own import read_allow, read_indicators
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.indicator import Kind, Role

CSV = """\
kind,value,role,source,valid_until,coins,ports
host,xmr[.]pool[.]example,pool-endpoint,省通报〔2026〕15号,2027-06-30,xmr,3333 5555
ip-port,203.0.113.5:3333,proxy,本校发现,2026-12-31,,
"""
BEIJING = timezone(timedelta(hours=8))


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_list_is_read(tmp_path: Path, encoding: str) -> None:
    host, proxy = read_indicators(written(tmp_path, "own.csv", CSV, encoding))
    assert (host.kind, host.value, host.role) == (Kind.HOST, "xmr.pool.example", Role.POOL_ENDPOINT)
    assert (host.coins, host.ports, host.source) == (("XMR",), (3333, 5555), "省通报〔2026〕15号")
    assert host.valid_until == datetime(2027, 7, 1, tzinfo=BEIJING)
    assert (proxy.kind, proxy.value) == (Kind.IP_PORT, "203.0.113.5:3333")
    match = WatchSet.from_catalogue([host, proxy]).match_name("xmr.pool.example", datetime(2027, 6, 30, 15, tzinfo=UTC))
    assert match is not None
    assert match.alerts


def test_a_toml_list_is_read(tmp_path: Path) -> None:
    text = """
[[allow]]
kind = "domain"
value = "pool.example"
owner = "信息中心"
until = 2026-12-31
reason = "课程实验"
"""
    [entry] = read_allow(written(tmp_path, "allow.toml", text))
    assert (entry.value, entry.kind, entry.owner) == ("pool.example", Kind.DOMAIN, "信息中心")
    assert entry.until == datetime(2027, 1, 1, tzinfo=BEIJING)


def test_both_lists_may_stand_in_one_file(tmp_path: Path) -> None:
    text = """
[[indicator]]
kind = "host"
value = "xmr.example.net"
role = "pool-endpoint"
source = "省通报〔2026〕15号"
valid_until = 2027-06-30

[[allow]]
kind = "host"
value = "lab.example.org"
owner = "信息中心 张三"
until = 2026-12-31
reason = "课程实验，已报备"
"""
    path = written(tmp_path, "watch.toml", text)
    assert [indicator.value for indicator in read_indicators(path)] == ["xmr.example.net"]
    assert [entry.value for entry in read_allow(path)] == ["lab.example.org"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("host,pool.example,pool,通报,2027-06-30,,", "unknown_word"),
        ("guess,pool.example,proxy,通报,2027-06-30,,", "unknown_word"),
        ("host,pool example,proxy,通报,2027-06-30,,", "not_canonical"),
        ("domain,edu.cn,proxy,通报,2027-06-30,,", "shared_suffix"),
        ("cidr,0.0.0.0/0,proxy,通报,2027-06-30,,", "wide_network"),
        ("ip,127.0.0.1,proxy,通报,2027-06-30,,", "odd_address"),
        ("host,pool.example,proxy,通报,,,", "missing_column"),
        ("host,pool.example,proxy,通报,30.06.2027,,", "day"),
        ("host,pool.example,proxy,通报,2027-06-30T12:00:00,,", "day"),
        ("host,pool.example,proxy,通报,9999-12-31,,", "day"),
        ("host,pool.example,proxy,通报,2027-06-30,,70000", "ports"),
        ("host,pool.example,proxy,通报,2027-06-30,,1,extra", "extra_columns"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_used(tmp_path: Path, row: str, fault: str) -> None:
    path = written(tmp_path, "own.csv", CSV + row + "\n")
    with pytest.raises(CatalogueError) as caught:
        read_indicators(path)
    assert [(f.line, f.reason.id) for f in caught.value.faults] == [(4, f"intel.{fault}")]
    assert f"{path}:4: " in caught.value.said("zh")
    assert f"{path}:4: " in caught.value.said("en")


def test_every_wrong_entry_of_a_toml_list_is_named_at_its_heading(tmp_path: Path) -> None:
    text = '[[allow]]\nkind = "host"\n\n[[allow]]\nkind = "host"\nvalue = "a.example"\nsurprise = 1\n'
    with pytest.raises(CatalogueError) as caught:
        read_allow(written(tmp_path, "allow.toml", text))
    assert [fault.line for fault in caught.value.faults] == [1, 4]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.toml", b"[[allow"),
        ("x.toml", b"allow = 3\n"),
        ("x.toml", b'[[indicators]]\nkind = "host"\n'),
        ("x.csv", b"kind,value\n\xff\xff\xff\n"),
        ("x.csv", b'kind,value\n"open\n'),
        ("x.txt", b"pool.example\n"),
    ],
)
def test_what_is_no_list_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        read_allow(path)
    assert str(path) in caught.value.said("zh")


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError):
        read_allow(tmp_path / "none.toml")
