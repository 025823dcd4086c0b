"""FreeRADIUS accounting detail."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.radius import RadiusDetailReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=UTC))


def test_recognition(samples: Path) -> None:
    assert RadiusDetailReader().recognises(head_of((samples / "radius_detail").read_bytes()))
    assert not RadiusDetailReader().recognises(head_of(b"Thu Mar 12 20:00:05 2026\n\tUser-Name = x\n"))


def test_start_interim_stop(read: Read, samples: Path) -> None:
    rows, rejects = read(RadiusDetailReader(), samples / "radius_detail", zone="+08:00")
    start, interim, interim_v6, stop = rows["session"]
    assert {row["session"] for row in rows["session"]} == {"5F3A01"}
    # The server's own second, less the delay that the access server admits.
    assert (start["event"], start["ts"], start["ip"], start["mac"]) == (
        "start", us("12:00:00"), None, "02:00:00:00:00:0a",
    )  # fmt: skip
    assert (start["login"], start["nas"], start["nas_port"]) == ("zhangz", "10.0.0.2", "GigabitEthernet1/0/17")
    assert (interim["event"], interim["ts"], interim["ip"], interim["duration_us"]) == (
        "interim", us("12:10:00"), "10.12.9.14", 600_000_000,
    )  # fmt: skip
    assert (interim_v6["ip"], interim_v6["mac"]) == ("2001:db8::14", "02:00:00:00:00:0a")
    # Without any attribute of time the first line's local time counts; a telephone number is no device.
    assert (stop["event"], stop["ts"], stop["mac"]) == ("stop", us("14:00:00"), None)
    assert [reject.line for reject in rejects] == [39]
    assert b"nobody" in rejects[0].raw


def test_asks_for_the_zone_where_only_local_times_are(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(RadiusDetailReader(), samples / "radius_detail")


def test_lines_out_of_place_are_rejects(read: Read) -> None:
    data = (
        b'\tUser-Name = a\nThu Mar 12 20:00:05 2026\n\tAcct-Session-Id = 1\nnonsense\n\tUser-Name = "b"\n'
        b"\tAcct-Status-Type = Start\n\tTimestamp = 1773316805\n\tFramed-IP-Address = 10.0.0.400\n"
    )
    rows, rejects = read(RadiusDetailReader(), data)
    assert rows == {}
    assert sorted(reject.line for reject in rejects) == [1, 2, 4]
