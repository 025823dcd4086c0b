"""nfdump's CSV: the columns of its versions, its local times, its summary."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.netflow import NfdumpCsvReader
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read, read_all

READER = NfdumpCsvReader()
EIGHT = 1772409600_000000


def test_records(read: Read, samples: Path) -> None:
    rows, rejects = read(READER, samples / "nfdump.csv", zone="Asia/Shanghai")
    assert rejects == []
    both, refused, ping = rows["conn"]
    assert both == {
        "ts": EIGHT,
        "src": "10.20.1.5",
        "src_port": 50122,
        "dst": "198.51.100.9",
        "dst_port": 3333,
        "until": EIGHT + 9_000000,
        "proto": "tcp",
        "bytes_up": 1000,
        "bytes_down": 5000,
        "packets_up": 10,
        "packets_down": 12,
        "established": True,
        "service": None,
        "origin": 1,
        "row": 2,
    }
    assert refused["established"] is False
    assert (ping["proto"], ping["dst_port"], ping["established"]) == ("icmp", None, None)


def test_the_short_form(read: Read, samples: Path) -> None:
    (row,) = read(READER, samples / "nfdump-short.csv", zone="UTC")[0]["conn"]
    assert (row["ts"], row["until"]) == (EIGHT + 8 * 3600_000000 + 123000, EIGHT + 8 * 3600_000000 + 1_623000)
    assert (row["bytes_up"], row["packets_up"], row["bytes_down"]) == (600, 5, None)


def test_local_times_ask_for_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded) as caught:
        read(READER, samples / "nfdump.csv")
    assert caught.value.line == 2


def test_winter_and_summer_have_their_own_offset(read: Read, samples: Path) -> None:
    text = (samples / "nfdump-short.csv").read_bytes()
    summer = text.replace(b"2026-03-02", b"2026-07-02")
    winter_row = read(READER, text, zone="Europe/Berlin")[0]["conn"][0]
    summer_row = read(READER, summer, zone="Europe/Berlin")[0]["conn"][0]
    assert winter_row["ts"] == EIGHT + 7 * 3600_000000 + 123000
    assert summer_row["ts"] - winter_row["ts"] == 122 * 86400_000000 - 3600_000000


def test_files_one_after_another_and_what_is_no_record(read: Read, samples: Path) -> None:
    text = (samples / "nfdump.csv").read_bytes()
    rows, rejects = read(READER, text + b"\n" + text.replace(b"ICMP,", b"ICMP,x,", 1) + b"", zone="UTC")
    assert [row["row"] for row in rows["conn"]] == [2, 3, 4, 10, 11]
    assert [(reject.line, reject.reason.id) for reject in rejects] == [(12, "input.columns")]
    torn = text.split(b"\n", 2)
    rows, rejects = read(READER, torn[0] + b"\nkilled\n" + torn[1] + b"\n" + torn[2], zone="UTC")
    assert [(reject.line, reject.reason.id) for reject in rejects] == [(2, "netflow.no_record")]
    assert [row["row"] for row in rows["conn"]] == [3, 4, 5]


def test_recognised_by_content(samples: Path) -> None:
    for sample in samples.iterdir():
        assert READER.recognises(head_of(sample.read_bytes())) is sample.name.startswith("nfdump"), sample.name


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 1300), st.integers(0, 1300))
def test_no_damage_raises(junk: bytes, start: int, end: int) -> None:
    whole = (Path(__file__).parent / "samples" / "nfdump.csv").read_bytes()
    _, rejects = read_all(READER, whole[:start] + junk + whole[end:], zone="UTC")
    assert all(reject.line >= 1 for reject in rejects)
