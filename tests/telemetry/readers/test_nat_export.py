"""Gateways' session and NAT logs exported as CSV."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.nat_export import NatExportReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read, source_of

CITY = "Asia/Shanghai"


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=ZoneInfo(CITY)))


def test_sample(read: Read, samples: Path) -> None:
    rows, rejects = read(NatExportReader(), samples / "nat_export.csv", zone=CITY)
    assert rejects == []
    whole, opened, closed = rows["nat"]
    assert (whole["event"], whole["ts"], whole["until"]) == ("session", us("21:12:58"), us("21:21:48"))
    assert (whole["inside"], whole["inside_port"], whole["outside"], whole["outside_port"]) == (
        "10.12.9.14", 51022, "203.0.113.10", 40213,
    )  # fmt: skip
    assert (whole["dst"], whole["dst_port"], whole["proto"], whole["row"]) == ("198.51.100.77", 3333, "tcp", 2)
    assert (opened["event"], opened["ts"], opened["until"]) == ("create", us("21:13:05"), None)
    assert (closed["event"], closed["ts"], closed["until"]) == ("delete", us("21:15:09"), None)


def test_sessions_that_are_not_translated_are_counted(samples: Path) -> None:
    source = source_of((samples / "nat_export.csv").read_bytes(), zone=CITY)
    list(NatExportReader().read(source))
    assert source.passed == {"untranslated": 1}


def test_english_header_and_a_zone_in_the_time(read: Read) -> None:
    data = (
        b"action;protocol;src_ip;src_port;nat_src_ip;nat_src_port;dst_ip;dst_port;start_time;end_time\n"
        b"close;UDP;10.1.1.1;1;203.0.113.1;2;198.51.100.1;3;2026-03-12T13:00:00Z;\n"
    )
    rows, rejects = read(NatExportReader(), data)
    assert rejects == []
    assert [(row["event"], row["ts"], row["proto"]) for row in rows["nat"]] == [("delete", us("21:00:00"), "udp")]


def test_local_times_ask_for_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(NatExportReader(), samples / "nat_export.csv")


def test_damaged_fields_are_named(read: Read) -> None:
    head = "时间,源IP,源端口,转换后IP,转换后端口\n"
    data = head + (
        "昨天,10.1.1.1,1,203.0.113.1,2\n2026-03-12 21:00:00,10.1.1,1,203.0.113.1,2\n"
        "2026-03-12 21:00:00,10.1.1.1,1,203.0.113.1,70000\n"
    )
    rows, rejects = read(NatExportReader(), data.encode(), zone=CITY)
    assert rows == {}
    assert [(reject.line, reject.reason.params["column"]) for reject in rejects] == [
        (2, "start"),
        (3, "src"),
        (4, "nat_port"),
    ]


def test_recognition() -> None:
    assert NatExportReader().recognises(head_of("时间,源IP,NAT IP\n".encode()))
    assert not NatExportReader().recognises(head_of("时间,源IP,目的IP\n".encode()))
