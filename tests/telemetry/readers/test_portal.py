"""Login records of portals as CSV."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.portal import PortalCsvReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read

CITY = "Asia/Shanghai"


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=ZoneInfo(CITY)))


def test_sample(read: Read, samples: Path) -> None:
    rows, rejects = read(PortalCsvReader(), samples / "portal.csv", zone=CITY)
    assert rejects == []
    came, still, went = rows["session"]
    assert (came["event"], came["ts"], came["login"], came["ip"], came["mac"]) == (
        "start", us("20:00:05"), "zhangz", "10.12.9.14", "02:00:00:00:00:0a",
    )  # fmt: skip
    assert (came["nas"], came["nas_port"], came["duration_us"], came["row"]) == ("BRAS-01", "GE1/0/17", None, 2)
    assert (went["event"], went["ts"], went["row"]) == ("stop", us("22:30:10"), 2)
    assert went["duration_us"] == went["ts"] - came["ts"]
    assert went["session"] == came["session"] != still["session"]
    assert (still["event"], still["ts"], still["login"], still["mac"]) == (
        "start", us("08:05:00"), "liy", "02:00:00:00:00:0b",
    )  # fmt: skip


def test_local_times_ask_for_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(PortalCsvReader(), samples / "portal.csv")


def test_damaged_rows_are_named_once_and_the_others_read(read: Read) -> None:
    data = (
        "login_time,logout_time,account,ip,mac,session_id\n"
        "2026-03-12T12:00:00Z,2026-03-12T11:00:00Z,a,10.1.1.1,,s1\n"
        "2026-03-12T12:00:00Z,,,10.1.1.1,,s2\n"
        "2026-03-12T12:00:00Z,,a,10.1.1,,s3\n"
        "2026-03-12T12:00:00Z,,a,,0200,s4\n"
        "2026-03-12T12:00:00Z,,a,,,s5\n"
        "2026-03-12T12:00:00Z,2026-03-12T13:00:00Z,a,,0200.0000.000a,s6\n"
    )
    rows, rejects = read(PortalCsvReader(), data.encode())
    assert [reject.line for reject in rejects] == [2, 3, 4, 5, 6]
    assert [(row["event"], row["session"], row["ts"]) for row in rows["session"]] == [
        ("start", "s6", us("20:00:00")), ("stop", "s6", us("21:00:00")),
    ]  # fmt: skip


def test_recognition() -> None:
    assert PortalCsvReader().recognises(head_of("上线时间,账号,终端MAC\n".encode("gb18030")))
    assert not PortalCsvReader().recognises(head_of("上线时间,账号,姓名\n".encode()))
