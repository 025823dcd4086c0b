"""Logs of Monero's node: the moment at which a block was added, and not one that the node asked for later."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.monero_node import named
from minewarden.telemetry.reader import Note, NotUsed
from minewarden.telemetry.readers.node_log import NodeLogReader
from minewarden.vocab.clock import from_us, rfc3339
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import render
from tests.telemetry.conftest import Read, read_all, source_of

NAME = "bitmonero.log"
ADDED = "+++++ BLOCK SUCCESSFULLY ADDED"


def line(at: str, said: str, thread: str = "P2P4", category: str = "blockchain") -> bytes:
    return f"2026-03-02 {at}\t{thread}\tINFO\t{category}\tsrc/cryptonote_core/blockchain.cpp:4329\t{said}\n".encode()


def block(at: str, height: int) -> bytes:
    said = (
        ADDED,
        f"id:\t<{height:064x}>",
        f"PoW:\t<{1:064x}>",
        f"HEIGHT {height}, difficulty:\t400",
        "block reward: 0.6",
    )
    return b"".join(line(at, one) for one in said)


def synced(at: str, now: int, target: int) -> bytes:
    return line(at, f"Synced {now}/{target}", category="global")


def taken(data: bytes, name: str = NAME) -> list[int]:
    rows, rejects = read_all(NodeLogReader(), data, name=name)
    assert rejects == []
    return [row["height"] for row in rows.get("block", [])]


def notes(data: bytes) -> list[Note]:
    return [item for item in NodeLogReader().read(source_of(data, name=NAME)) if isinstance(item, Note)]


def test_the_sample_gives_its_arrivals_in_utc_and_nothing_that_was_fetched(read: Read, samples: Path) -> None:
    rows, rejects = read(NodeLogReader(), samples / "node_monero.log")
    assert rejects == []
    assert [(row["height"], rfc3339(from_us(row["ts"]))) for row in rows["block"]] == [
        (3300003, "2026-03-02T08:00:12.345000Z"),
        (3300004, "2026-03-02T08:03:50.007000Z"),
        (3300005, "2026-03-02T08:04:40.500000Z"),
        (3300008, "2026-03-02T08:11:31.250000Z"),
    ]
    assert {row["coin"] for row in rows["block"]} == {"XMR"}


def test_what_is_left_out_is_counted_and_said(samples: Path) -> None:
    (note,) = notes((samples / "node_monero.log").read_bytes())
    assert note.reason.params == {"coin": "XMR", "count": 4, "late": 6, "again": 0}


@pytest.mark.parametrize(
    ("data", "heights"),
    [
        (block("08:00:00.000", 7) + synced("08:00:00.100", 8, 8), []),
        (block("08:00:00.000", 7) + synced("08:00:00.100", 9, 9), [7]),
        (block("08:00:00.000", 7) + block("08:00:01.000", 8) + synced("08:00:01.100", 9, 9), []),
        (block("08:00:00.000", 7) + block("08:00:03.000", 8) + synced("08:00:03.100", 9, 9), [7]),
        (synced("08:00:00.000", 7, 9) + block("08:00:10.000", 7) + block("08:00:20.000", 8), []),
        (synced("08:00:00.000", 7, 9) + block("08:00:20.000", 8) + block("08:01:20.000", 9), [9]),
        (block("08:00:00.000", 7) + block("08:02:00.000", 7) + block("08:02:00.100", 8), [7, 8]),
        (line("08:00:00.000", "Monero 'Fluorine Fermi' (v0.18.4.0)") + block("08:01:20.000", 9), []),
    ],
)
def test_a_block_that_the_node_asked_for_is_no_arrival(data: bytes, heights: list[int]) -> None:
    assert taken(data) == heights


def test_a_node_that_does_not_say_when_blocks_are_added_is_told_how_to() -> None:
    start = line("08:00:00.000", "Monero 'Fluorine Fermi' (v0.18.4.0-release)", category="global")
    assert taken(start) == []
    (note,) = notes(start)
    assert "blockchain:INFO" in render(note.reason, "zh")


@pytest.mark.parametrize(
    ("name", "known"),
    [(NAME, True), ("a/bitmonero.log-2026-03-02-08-00-00", True), ("xmr-node.log", True), ("node.log", False)],
)
def test_the_coin_is_that_of_the_files_name_or_of_the_program(name: str, *, known: bool) -> None:
    data = block("08:00:00.000", 7)
    if known:
        assert taken(data, name) == [7]
    else:
        with pytest.raises(InputError) as caught:
            taken(data, name)
        assert not isinstance(caught.value, NotUsed)
        assert "xmr-node.log" in caught.value.said("zh")
    assert named(name) == ("bitmonero" in name)


def test_a_cut_block_is_kept_and_the_others_are_read(read: Read) -> None:
    good = block("08:10:00.000", 9)
    parts = good.splitlines(keepends=True)
    unsaid = b"".join(block("08:00:00.000", 7).splitlines(keepends=True)[:3])
    wrong = line("08:99:00.000", ADDED)
    rows, rejects = read(NodeLogReader(), unsaid + good + wrong + ADDED.encode() + b"\n" + parts[0], name=NAME)
    assert [row["height"] for row in rows["block"]] == [9]
    assert [reject.line for reject in rejects] == [1, 9, 10, 11]


def test_recognition() -> None:
    reader = NodeLogReader()
    assert reader.recognises(head_of(b"x\n" + block("08:00:00.000", 7)))
    assert reader.recognises(head_of(synced("08:00:00.000", 7, 9)))
    assert not reader.recognises(head_of(line("08:00:00.000", "Wallet opened", category="wallet.wallet2")))
    assert not reader.recognises(head_of(ADDED.encode() + b"\n"))


@given(st.lists(st.integers(121_000_000, 900_000_000), min_size=1, max_size=30))
def test_every_block_that_came_by_itself_is_an_arrival_at_its_own_time(gaps_us: list[int]) -> None:
    times = [1_772_400_000_000_000 + sum(gaps_us[: n + 1]) // 1000 * 1000 for n in range(len(gaps_us))]
    data = b"".join(
        block("x", height).replace(b"2026-03-02 x", f"{from_us(at):%Y-%m-%d %H:%M:%S}.{at // 1000 % 1000:03}".encode())
        for height, at in enumerate(times, 10)
    )
    rows, rejects = read_all(NodeLogReader(), data, name=NAME)
    assert rejects == []
    assert [row["ts"] for row in rows["block"]] == times


@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(raw: bytes) -> None:
    rows, _ = read_all(NodeLogReader(), block("08:00:00.000", 7) + raw, name=NAME)
    assert 7 in [row["height"] for row in rows["block"]]
