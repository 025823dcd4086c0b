"""The audit log of the Windows DHCP server."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.dhcp_windows import WindowsDhcpReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read, source_of

CITY = "Asia/Shanghai"
HEADER = "ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name\r\n"
A, B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def us(text: str, day: int = 12) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-{day} {text}").replace(tzinfo=ZoneInfo(CITY)))


def test_chinese_server_in_gb18030(read: Read, samples: Path) -> None:
    raw = (samples / "dhcp_windows_zh.log").read_bytes()
    assert head_of(raw).encoding == "gb18030"
    rows, rejects = read(WindowsDhcpReader(), raw, zone=CITY)
    assert rejects == []
    assert [(r["ts"], r["until"], r["mac"], r["state"], r["row"]) for r in rows["lease"]] == [
        (us("20:10:05"), None, A, "assigned", 14),
        (us("21:10:05"), None, A, "assigned", 16),
        (us("21:14:00"), us("21:14:00"), A, "released", 17),
        (us("21:14:30"), None, B, "assigned", 18),
    ]
    assert {row["ip"] for row in rows["lease"]} == {"10.12.9.14"}
    assert [row["hostname"] for row in rows["lease"]][::3] == ["lab-07.school.example.com", None]


def test_english_server(read: Read, samples: Path) -> None:
    rows, rejects = read(WindowsDhcpReader(), samples / "dhcp_windows.log", zone=CITY, offset="-45s")
    assert rejects == []
    assert [(row["ts"], row["state"]) for row in rows["lease"]] == [
        (us("20:10:50"), "assigned"),
        (us("05:10:50", 13), "expired"),
    ]


def test_local_times_ask_for_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(WindowsDhcpReader(), samples / "dhcp_windows.log")


@pytest.mark.parametrize("date", ["03/12/26", "26/03/12", "2026/3/12", "2026-03-12", "03/12/2026"])
def test_spellings_of_the_date(read: Read, date: str) -> None:
    rows, rejects = read(
        WindowsDhcpReader(), f"{HEADER}10,{date},20:10:05,Assign,10.1.1.1,,02000000000A,\r\n".encode(), zone=CITY
    )
    assert rejects == []
    assert [row["ts"] for row in rows["lease"]] == [us("20:10:05")]


def test_damaged_lines_are_named_and_other_events_counted() -> None:
    data = (
        f"{HEADER}10,03/12/26,25:10:05,Assign,10.1.1.1,,02000000000A,\r\n"
        "10,13/32/26,20:10:05,Assign,10.1.1.1,,02000000000A,\r\n"
        "10,03/12/26,20:10:05,Assign,10.1.1.400,,02000000000A,\r\n"
        "10,03/12/26,20:10:05,Assign,10.1.1.1,,0200000A,\r\n"
        "31,03/12/26,20:10:05,DNS Update Failed,10.1.1.1,x,,\r\n"
        "torn line\r\n"
    )
    source = source_of(data.encode(), zone=CITY)
    told = [item.reason.params["what"] for item in WindowsDhcpReader().read(source)]  # type: ignore[union-attr]
    assert told == ["Date", "Date", "IP Address", "MAC Address", "ID"]
    assert source.passed == {"ID 31": 1}


def test_recognition() -> None:
    assert WindowsDhcpReader().recognises(head_of(HEADER.encode()))
    assert not WindowsDhcpReader().recognises(head_of(b"ID,Date,Time,Description\r\n"))
