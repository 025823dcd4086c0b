"""NAT logs: CSV, H3C, Huawei, conntrack."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Reject
from minewarden.telemetry.readers.nat import (
    ConntrackReader,
    H3cNatReader,
    HuaweiNatReader,
    NatCsvReader,
    SangforNatReader,
)
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError, ZoneNeeded
from minewarden.vocab.words import render
from tests.telemetry.conftest import Read
from tests.telemetry.readers.test_dns_query import read_file

CITY = "Asia/Shanghai"
READERS = [NatCsvReader(), H3cNatReader(), HuaweiNatReader(), ConntrackReader(), SangforNatReader()]
SAMPLES = {
    "nat.csv": 0,
    "nat_h3c.log": 1,
    "nat_huawei.log": 2,
    "conntrack.log": 3,
    "conntrack_list.txt": 3,
    "nat_sangfor.log": 4,
}


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=ZoneInfo(CITY)))


BEGIN, END = us("21:12:58"), us("21:21:48")


def brief(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["event"], row["ts"], row["until"], row["inside"], row["outside_port"], row["dst"], row["row"])


@pytest.mark.parametrize(("name", "index"), SAMPLES.items())
def test_each_reader_recognises_its_own_sample_only(samples: Path, name: str, index: int) -> None:
    head = head_of((samples / name).read_bytes())
    assert [reader.recognises(head) for reader in READERS] == [number == index for number in range(5)]


def test_csv(read: Read, samples: Path) -> None:
    rows, rejects = read(NatCsvReader(), samples / "nat.csv")
    assert rejects == []
    session, static, block = rows["nat"]
    assert brief(session) == ("session", BEGIN, END, "10.12.9.14", 40213, "198.51.100.77", 2)
    assert (session["proto"], session["inside_port"], session["outside"], session["dst_port"]) == (
        "tcp", 51022, "203.0.113.10", 3333,
    )  # fmt: skip
    assert (static["event"], static["until"], static["outside_port"]) == ("session", None, None)
    assert (block["event"], block["outside_port"], block["outside_port_last"]) == ("block", 10000, 10255)


def test_csv_in_chinese_with_local_times_and_a_fast_clock(read: Read) -> None:
    data = (
        "公网端口,内网IP,公网IP,开始时间,结束时间\r\n"
        "40213,10.12.9.14,203.0.113.10,2026-03-12 21:16:10,2026-03-12 21:25:00\r\n"
    )
    raw = data.encode("gb18030")
    assert NatCsvReader().recognises(head_of(raw))
    with pytest.raises(ZoneNeeded):
        read(NatCsvReader(), raw)
    rows, rejects = read(NatCsvReader(), raw, zone=CITY, offset="+192s")
    assert rejects == []
    assert brief(rows["nat"][0]) == ("session", BEGIN, END, "10.12.9.14", 40213, None, 2)


def test_csv_rejects_what_it_cannot_read_and_says_where(read: Read) -> None:
    data = (
        b"time,inside_ip,outside_ip,outside_port,event,end\n"
        b"2026-03-12T00:00:00Z,10.0.0.1,203.0.113.1,70000,,\n"
        b"2026-03-12T00:00:00Z,10.0.0.1,203.0.113.1,80,opened,\n"
        b"2026-03-12T00:00:00Z,10.0.0.300,203.0.113.1,80,,\n"
        b"2026-03-12T00:00:00Z,10.0.0.1,203.0.113.1,80,,yesterday\n"
        b"2026-03-12T00:00:00Z,10.0.0.1\n"
        b"2026-03-12T00:00:00Z,10.0.0.1,203.0.113.1,80,,\n"
    )
    rows, rejects = read(NatCsvReader(), data)
    assert sorted(reject.line for reject in rejects) == [2, 3, 4, 5, 6]
    assert [row["row"] for row in rows["nat"]] == [7]


def test_csv_without_a_needed_column_names_it(read: Read) -> None:
    with pytest.raises(InputError) as error:
        read(NatCsvReader(), b"time,inside_ip\n2026-03-12T00:00:00Z,10.0.0.1\n")
    assert "outside_ip" in error.value.said("zh")


def test_h3c(read: Read, samples: Path) -> None:
    rows, rejects = read(H3cNatReader(), samples / "nat_h3c.log", zone=CITY)
    assert [reject.line for reject in rejects] == [8]
    by_row = {row["row"]: row for row in rows["nat"]}
    assert sorted(by_row) == [1, 4, 5, 6, 7]
    assert brief(by_row[1]) == ("create", BEGIN, None, "10.12.9.14", 40213, "198.51.100.77", 1)
    assert brief(by_row[4]) == ("session", BEGIN, END, "10.12.9.14", 40213, "198.51.100.77", 4)
    assert brief(by_row[5]) == ("block", us("21:22:00"), None, "10.12.8.66", 1024, None, 5)
    assert by_row[5]["outside_port_last"] == 2047
    assert brief(by_row[6])[:2] == ("delete", us("22:22:00"))
    assert brief(by_row[7]) == ("create", us("21:23:00"), None, "10.12.8.67", 40300, None, 7)


def test_h3c_that_writes_its_session_times_locally(read: Read, samples: Path) -> None:
    data = (samples / "nat_h3c.log").read_bytes().replace(b"0312202613", b"0312202621")
    rows, _ = read(H3cNatReader(), data, zone=CITY)
    assert {row["row"]: row["ts"] for row in rows["nat"]}[1] == BEGIN
    assert {row["row"]: row["until"] for row in rows["nat"]}[4] == END


def test_h3c_asks_for_the_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(H3cNatReader(), samples / "nat_h3c.log")


def test_many_lines_at_once_read_as_one_by_one(read: Read, samples: Path) -> None:
    """Lines of one layout go another way than a mixture of them."""
    lines = (samples / "nat_h3c.log").read_bytes().splitlines(keepends=True)
    one = [read(H3cNatReader(), line, zone=CITY)[0]["nat"][0] for line in (lines[0], lines[3])]
    padded = [lines[0].replace(b"SndVPNInstance(1043)=;", b""), lines[3]]
    mixed, _ = read(H3cNatReader(), b"".join(padded), zone=CITY)
    same, _ = read(H3cNatReader(), lines[0] + lines[3], zone=CITY)
    strip = [{k: v for k, v in row.items() if k != "row"} for row in one]
    for rows in (mixed, same):
        got = sorted(({k: v for k, v in row.items() if k != "row"} for row in rows["nat"]), key=str)
        assert got == sorted(strip, key=str)


def test_huawei(read: Read, samples: Path) -> None:
    rows, rejects = read(HuaweiNatReader(), samples / "nat_huawei.log", offset="+10s")
    assert rejects == []
    second = 1_000_000
    assert [brief(row) for row in sorted(rows["nat"], key=lambda r: r["row"])] == [
        ("create", BEGIN - 10 * second, None, "10.12.9.14", 40213, "198.51.100.77", 1),
        ("session", BEGIN - 10 * second, END - 10 * second, "10.12.9.14", 40213, "198.51.100.77", 4),
    ]


MODIFIED = datetime(2026, 3, 13, tzinfo=ZoneInfo(CITY))
"""The lines name no year: it is that of the file's modification time."""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_sangfor(samples: Path, tmp_path: Path, encoding: str) -> None:
    log = tmp_path / "af.log"
    log.write_bytes((samples / "nat_sangfor.log").read_text(encoding="utf-8").encode(encoding))
    with pytest.raises(ZoneNeeded):
        read_file(SangforNatReader(), log, MODIFIED, zone=None)
    (first, second), said = read_file(SangforNatReader(), log, MODIFIED)
    assert [item.reason.id for item in said] == ["tracelog.year_taken"]
    assert brief(first) == ("create", BEGIN, None, "10.12.9.14", 40213, "198.51.100.77", 1)
    assert (first["proto"], first["inside_port"], first["outside"], first["dst_port"]) == (
        "tcp", 51022, "203.0.113.10", 3333,
    )  # fmt: skip
    assert (second["proto"], second["row"]) == ("udp", 3), "other kinds of log, and what comes in, are passed over"


def test_sangfor_says_which_lines_it_cannot_read(samples: Path, tmp_path: Path) -> None:
    text = (samples / "nat_sangfor.log").read_text(encoding="utf-8")
    log = tmp_path / "af.log"
    log.write_text(text.replace("端口:40213", "端口:").replace("10.12.9.15", "10.12.9.315"), encoding="utf-8")
    rows, said = read_file(SangforNatReader(), log, MODIFIED)
    assert rows == []
    rejects = {item.line: render(item.reason, "zh") for item in said if isinstance(item, Reject)}
    assert set(rejects) == {1, 3}
    assert "字段无法读取" in rejects[1]


def test_conntrack_events(read: Read, samples: Path) -> None:
    rows, rejects = read(ConntrackReader(), samples / "conntrack.log")
    assert rejects == []
    assert [brief(row) for row in rows["nat"]] == [
        ("create", BEGIN + 250_000, None, "10.12.9.14", 40213, "198.51.100.77", 1),
        ("delete", END + 500_000, None, "10.12.9.14", 40213, "198.51.100.77", 4),
        ("session", END + 1_000_000 - 30_000_000, END + 1_000_000, "10.12.9.16", 40500, "198.51.100.9", 5),
    ]


def test_conntrack_list_needs_times(read: Read, samples: Path) -> None:
    rows, rejects = read(ConntrackReader(), samples / "conntrack_list.txt", zone=CITY)
    assert rejects == []
    assert [brief(row) for row in rows["nat"]] == [("create", BEGIN, None, "10.12.9.14", 40213, "198.51.100.77", 1)]
    bare = (samples / "conntrack_list.txt").read_bytes().replace(b"[start=Thu Mar 12 21:12:58 2026] ", b"")
    with pytest.raises(InputError) as error:
        read(ConntrackReader(), bare, zone=CITY)
    assert "ktimestamp" in error.value.said("zh")


def test_conntrack_says_what_it_is_not(read: Read, samples: Path) -> None:
    data = (samples / "conntrack.log").read_bytes() + b"[17733217\n"
    rows, rejects = read(ConntrackReader(), data)
    assert len(rows["nat"]) == 3
    assert [(reject.line, reject.raw) for reject in rejects] == [(6, b"[17733217")]
    assert render(rejects[0].reason, "zh")
