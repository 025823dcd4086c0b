"""Logs of nodes: the head of the line is the arrival, never the header's time, and what was fetched late is none."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Note
from minewarden.telemetry.readers import node_log
from minewarden.telemetry.readers.node_log import NodeLogReader
from minewarden.vocab.clock import from_us, rfc3339
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import render
from tests.telemetry.conftest import Read, read_all, source_of

STARTED = b"2026-03-02T07:58:00Z Bitcoin Core version v26.0.0 (release build)\n"
GOLDEN = [
    (11, 900005, "2026-03-02T08:03:18Z"),
    (12, 900006, "2026-03-02T08:14:40.125000Z"),
    (15, 900007, "2026-03-02T08:21:03Z"),
    (17, 900008, "2026-03-02T08:41:55Z"),
]


def tip(head: str, height: int, header: str, progress: str = "1.000000", before: str = "") -> bytes:
    line = f"{head} {before}UpdateTip: new best={height:064x} height={height} version=0x20000000 log2_work=95.1 tx=1 "
    return (line + f"date='{header}' progress={progress} cache=1.0MiB(1txo)\n").encode()


def taken(data: bytes, name: str = "btc.log", offset: str | None = None) -> list[tuple[int, str]]:
    rows, rejects = read_all(NodeLogReader(), data, name=name, offset=offset)
    assert rejects == []
    return [(row["height"], rfc3339(from_us(row["ts"]))) for row in rows.get("block", [])]


def test_the_sample_gives_its_arrivals_and_nothing_else(read: Read, samples: Path) -> None:
    rows, rejects = read(NodeLogReader(), samples / "node_debug.log")
    assert rejects == []
    assert list(rows) == ["block"]
    assert [(row["row"], row["height"], rfc3339(from_us(row["ts"]))) for row in rows["block"]] == GOLDEN
    assert {row["coin"] for row in rows["block"]} == {"BTC"}


def test_what_is_left_out_is_counted_and_said(samples: Path) -> None:
    source = source_of((samples / "node_debug.log").read_bytes())
    (note,) = [item for item in NodeLogReader().read(source) if isinstance(item, Note)]
    assert note.reason.params == {"coin": "BTC", "count": 4, "late": 5, "again": 2}
    assert "5 blocks were fetched late" in render(note.reason, "en")
    # The other six lines are of the same log, and none that could not be read; one of them is not quite empty.
    assert source.passed == {"node_log": 6}


@pytest.mark.parametrize(
    ("header", "progress", "arrived"),
    [
        ("2026-03-02T06:00:00Z", "0.999990", True),
        ("2026-03-02T05:59:59Z", "1.000000", False),
        ("2026-03-02T10:00:00Z", "1.000000", True),
        ("2026-03-02T10:00:01Z", "1.000000", False),
        ("2026-03-02T08:00:00Z", "0.999000", True),
        ("2026-03-02T08:00:00Z", "0.998999", False),
    ],
)
def test_a_block_long_known_when_the_node_took_it_is_no_arrival(header: str, progress: str, *, arrived: bool) -> None:
    expected = [(7, "2026-03-02T08:00:00Z")] if arrived else []
    assert taken(tip("2026-03-02T08:00:00Z", 7, header, progress)) == expected


def test_a_clock_that_is_hours_fast_is_put_right_before_the_header_is_looked_at() -> None:
    line = tip("2026-03-02T11:00:00Z", 7, "2026-03-02T08:00:00Z")
    assert taken(line) == []
    assert taken(line, offset="+3h") == [(7, "2026-03-02T08:00:00Z")]


@pytest.mark.parametrize(("seconds", "count"), [((0, 2), 2), ((0, 2, 4), 0), ((0, 3, 6), 3), ((0, 2, 5, 7), 4)])
def test_blocks_fetched_together_are_left_out_whole(seconds: tuple[int, ...], count: int) -> None:
    data = b"".join(tip(f"2026-03-02T08:00:0{s}Z", 10 + n, "2026-03-02T07:30:00Z") for n, s in enumerate(seconds))
    last = tip("2026-03-02T08:10:00Z", 99, "2026-03-02T08:10:00Z")
    assert len(taken(data + last)) == count + 1
    assert len(taken(data)) == count


def test_the_old_form_without_zone_and_quotes_is_utc() -> None:
    old = (
        f"2019-01-02 03:04:05 UpdateTip: new best={1:064x}  height=9  log2_work=90.1  tx=5  date=2019-01-02 03:03:00 "
        "progress=1.000000  cache=0.1MiB(1tx)\n"
    )
    assert taken(old.encode()) == [(9, "2019-01-02T03:04:05Z")]


def test_what_stands_between_time_and_message_does_not_matter() -> None:
    line = tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z", before="[msghand] [validation.cpp:2] [UpdateTipLog] ")
    assert taken(line) == [(7, "2026-03-02T08:00:00Z")]


@pytest.mark.parametrize(
    ("name", "program", "coin"),
    [
        ("node/ltc-debug.log", "", "LTC"),
        ("debug.log", "Litecoin Core version v0.21.2.2", "LTC"),
        ("debug.log", "Bitcoin version v0.13.2", "BTC"),
        ("debug.log", "Bitcoin Cash Node version v26.1.0", "BCH"),
        ("debug.log", "Dogecoin Core version v1.14.6", "DOGE"),
        ("debug.log", "Zcash version v3.1.0", "ZEC"),
        ("debug.log", "[init] Bitcoin Knots version v25.1.knots20231115", "BTC"),
        ("doge.log", "Bitcoin Core version v26.0.0", "DOGE"),
    ],
)
def test_the_coin_is_that_of_the_name_else_of_the_program(read: Read, name: str, program: str, coin: str) -> None:
    data = f"2026-03-02T07:00:00Z {program}\n".encode() + tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z")
    rows, _ = read(NodeLogReader(), data, name=name)
    assert [row["coin"] for row in rows["block"]] == [coin]


@pytest.mark.parametrize("program", ["", "Bitcoin ABC version v0.22.0", "receive version message: Bitcoin version v1"])
def test_without_a_coin_nothing_is_guessed(read: Read, program: str) -> None:
    data = f"2026-03-02T07:00:00Z {program}\n".encode() + tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z")
    with pytest.raises(InputError) as caught:
        read(NodeLogReader(), data, name="debug.log")
    assert "btc-debug.log" in caught.value.said("zh")


def test_a_damaged_line_of_a_new_block_is_kept_and_the_others_are_read(read: Read) -> None:
    good = tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z")
    broken = [
        good.replace(b"2026-03-02T08:00:00Z U", b"2026-13-02T08:00:00Z U"),
        good.replace(b"new best=0", b"new best="),
        good.replace(b"height=7", b"height=x"),
        good.replace(b" date=", b" "),
    ]
    rows, rejects = read(NodeLogReader(), b"".join([*broken, good]), name="btc.log")
    assert [(reject.line, reject.raw) for reject in rejects] == [(n, raw[:-1]) for n, raw in enumerate(broken, 1)]
    assert [row["row"] for row in rows["block"]] == [5]


def test_more_blocks_than_can_be_held_are_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_log, "MOST_ROWS", 2)
    data = b"".join(tip(f"2026-03-02T08:{n}0:00Z", n, "2026-03-02T08:20:00Z") for n in range(1, 4))
    assert len(taken(data[: data.rindex(b"2026-03-02T08:30:00Z U")])) == 2
    with pytest.raises(InputError) as caught:
        read(NodeLogReader(), data, name="btc.log")
    assert caught.value.line == 3


def test_a_name_that_does_not_fit_its_blocks_is_refused(read: Read) -> None:
    gaps = np.random.default_rng(1).exponential(600, 60)
    times = [1_772_438_400_000_000 + int(at) * 1_000_000 for at in np.cumsum(gaps)]
    log = b"".join(tip(rfc3339(from_us(at)), n, rfc3339(from_us(at))) for n, at in enumerate(times, 7))
    assert len(taken(log, "btc.log")) >= 58, "a few that came within two seconds may be missing"
    with pytest.raises(InputError) as caught:
        read(NodeLogReader(), log, name="doge.log")
    assert caught.value.line == 1
    assert "文件名开头" in caught.value.said("zh")


def test_recognition() -> None:
    reader = NodeLogReader()
    assert reader.recognises(head_of(b"x\n" + tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z")))
    assert reader.recognises(head_of(STARTED))
    assert not reader.recognises(head_of(b"2026-03-02T07:58:00Z Bitcoin Corner version v26\n"))
    assert not reader.recognises(head_of(b"I saw UpdateTip: new best=1 height=2 once\n"))
    assert not reader.recognises(head_of(b""))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(raw: bytes) -> None:
    good = tip("2026-03-02T08:00:00Z", 7, "2026-03-02T08:00:00Z")
    rows, _ = read_all(NodeLogReader(), STARTED + good + raw)
    assert [row["height"] for row in rows["block"]] == [7]
