"""nfdump's CSV and JSON: the columns of its versions, its local times, its summary, its sampling."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Note
from minewarden.telemetry.readers.netflow import NfdumpCsvReader, NfdumpJsonReader
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read, read_all, source_of

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
        assert READER.recognises(head_of(sample.read_bytes())) is (
            sample.name.startswith("nfdump") and sample.suffix == ".csv"
        ), sample.name
        assert JSON.recognises(head_of(sample.read_bytes())) is (sample.name == "nfdump.json"), sample.name


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 1300), st.integers(0, 1300))
def test_no_damage_raises(junk: bytes, start: int, end: int) -> None:
    whole = (Path(__file__).parent / "samples" / "nfdump.csv").read_bytes()
    _, rejects = read_all(READER, whole[:start] + junk + whole[end:], zone="UTC")
    assert all(reject.line >= 1 for reject in rejects)


JSON = NfdumpJsonReader()


def test_json_records(read: Read, samples: Path) -> None:
    rows, rejects = read(JSON, samples / "nfdump.json", zone="Asia/Shanghai")
    assert rejects == []
    first, second, sixth = rows["conn"]
    assert (first["src"], first["src_port"], first["dst"], first["dst_port"]) == (
        "10.20.1.5",
        50122,
        "198.51.100.9",
        3333,
    )
    assert (first["ts"], first["until"]) == (EIGHT + 123000, EIGHT + 59_123000)
    assert (first["proto"], first["packets_up"], first["bytes_up"], first["packets_down"]) == ("tcp", 30, 4210, None)
    assert first["established"] is True
    assert (second["packets_up"], sixth["src"], sixth["dst"]) == (31, "2001:db8::5", "2001:db8::9")
    assert [row["row"] for row in rows["conn"]] == [2, 30, 49]


def test_json_with_an_object_a_line(read: Read, samples: Path) -> None:
    flows = json.loads((samples / "nfdump.json").read_text(encoding="utf-8"))
    lines = "".join(json.dumps(flow) + "\n" for flow in flows)
    assert JSON.recognises(head_of(lines.encode()))
    rows, rejects = read(JSON, lines.encode(), zone="UTC")
    assert ([row["row"] for row in rows["conn"]], rejects) == ([1, 2, 3], [])


def test_json_that_is_cut_keeps_what_is_whole(read: Read, samples: Path) -> None:
    whole = (samples / "nfdump.json").read_bytes()
    rows, rejects = read(JSON, whole[: whole.rindex(b'"proto"')], zone="UTC")
    assert [row["row"] for row in rows["conn"]] == [2, 30]
    assert {reject.reason.id for reject in rejects} == {"netflow.no_object"}
    assert rejects[0].line == 49


def test_json_wants_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded) as caught:
        read(JSON, samples / "nfdump.json")
    assert caught.value.line == 2


@pytest.mark.parametrize(("count", "declared", "expected"), [(60, 0, 100), (3, 0, 0), (60, 1, 1), (60, 7, 7)])
def test_multiplied_counts_tell_the_sampling(samples: Path, count: int, declared: int, expected: int) -> None:
    header, first = (samples / "nfdump.csv").read_text(encoding="utf-8").splitlines()[:2]
    lines = [first.replace(",10,1000,", f",{100 * (n % 7 + 1)},{9000 * (n + 1)},") for n in range(count)]
    source = source_of("\n".join([header, *lines, ""]).encode(), zone="UTC")
    source.sampling = declared
    notes = [item.reason.id for item in READER.read(source) if isinstance(item, Note)]
    assert (source.sampling, notes) == (expected, ["netflow.sampled"] if expected == 100 else [])


def test_json_that_says_sampled_and_not_how(samples: Path) -> None:
    text = (samples / "nfdump.json").read_bytes().replace(b'"sampled": 0', b'"sampled": 1')
    text = text.replace(b'"sampled" : 0', b'"sampled" : 1')
    source = source_of(text, zone="UTC")
    notes = [item.reason.id for item in JSON.read(source) if isinstance(item, Note)]
    assert (source.sampling, notes) == (-1, ["netflow.sampled_unknown"])


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 2000))
def test_no_damage_to_json_raises(junk: bytes, start: int, end: int) -> None:
    whole = (Path(__file__).parent / "samples" / "nfdump.json").read_bytes()
    _, rejects = read_all(JSON, whole[:start] + junk + whole[end:], zone="UTC")
    assert all(reject.line >= 1 for reject in rejects)


def test_deep_nesting_and_no_end_are_refused(read: Read) -> None:
    deep = b'{"type" : ' + b"[" * 100_000 + b"}\n"
    rows, rejects = read(JSON, b"[\n" + deep + b'{\n"src4_addr" : "' + b"x" * 3_000_000 + b"\n", zone="UTC")
    assert rows == {}
    assert rejects
