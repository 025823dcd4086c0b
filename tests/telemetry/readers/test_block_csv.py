"""Files of block arrivals: what is read, and that times of block headers are refused whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Note
from minewarden.telemetry.readers.block_csv import BlockCsvReader
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import render
from tests.telemetry.conftest import Read, read_all, source_of

FIRST = 1_764_000_000_000
HEADER = "coin,height,arrival\n"


def made(times: list[int] | np.ndarray) -> bytes:
    return (HEADER + "".join(f"BTC,{n},{at}\n" for n, at in enumerate(times, 100))).encode()


def poisson(count: int) -> np.ndarray:
    return FIRST + (np.cumsum(np.random.default_rng(1).exponential(600, count)) * 1000).astype(np.int64)


def test_arrivals_are_read_with_a_gap_duplicates_and_out_of_order(read: Read) -> None:
    times = poisson(50)
    times[25:] += 10**9
    data = made(times) + f"btc,120,{times[20]}\nBTC,,{times[-1] + 7}\n".encode()
    rows, rejects = read(BlockCsvReader(), data)
    assert rejects == []
    assert [row["ts"] for row in rows["block"]][:50] == [int(at) * 1000 for at in times]
    assert rows["block"][-1]["height"] is None


def test_times_of_headers_are_refused_with_file_line_and_remedy() -> None:
    backwards = poisson(40)
    backwards[[5, 15, 25]] = backwards[[4, 14, 24]] - 1000
    minutes = poisson(60) // 60_000 * 60_000
    for times, line in ((backwards, 7), (minutes, 2)):
        with pytest.raises(InputError) as caught:
            read_all(BlockCsvReader(), made(times))
        assert (caught.value.file, caught.value.line) == ("sample.log", line)
        assert "节点日志" in render(caught.value.message, "zh")  # type: ignore[arg-type]


def test_wrong_lines_are_named_and_the_others_read(read: Read) -> None:
    data = (
        HEADER.encode()
        + b"BTC,1,1764000000\nBTC,x,1764000600\n?,3,1764001200\nBTC,4,2026-11-23 08:00\nBTC,5,1764001801\n"
    )
    rows, rejects = read(BlockCsvReader(), data)
    assert [reject.line for reject in rejects] == [3, 4, 5]
    assert len(rows["block"]) == 2


def test_recognition() -> None:
    assert BlockCsvReader().recognises(head_of(b"height,coin,arrival\n"))
    assert not BlockCsvReader().recognises(head_of(b"coin,height,header_time\n"))
    assert not BlockCsvReader().recognises(head_of(b""))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(raw: bytes) -> None:
    rows, _ = read_all(BlockCsvReader(), HEADER.encode() + raw)
    assert all(row["ts"] >= 0 and row["coin"] for row in rows.get("block", []))


def bare(times: list[int] | np.ndarray) -> bytes:
    return "".join(f"{n},{at}\n" for n, at in enumerate(times, 780_091)).encode()


def test_a_public_record_without_a_header_is_of_the_coin_that_its_name_begins_with(read: Read) -> None:
    times = poisson(40)
    rows, rejects = read(BlockCsvReader(), bare(times) + b"x,1764000000000\n", name="2026/btc-node-a.csv")
    assert [(row["coin"], row["height"], row["ts"]) for row in rows["block"]] == [
        ("BTC", n, int(at) * 1000) for n, at in enumerate(times, 780_091)
    ]
    assert [reject.line for reject in rejects] == [41]


@pytest.mark.parametrize("name", ["arrivals.csv", "log.csv", "btcs.csv", "btc/node.csv"])
def test_without_a_header_and_a_coin_in_the_name_nothing_is_guessed(read: Read, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read(BlockCsvReader(), bare(poisson(40)), name=name)
    assert "btc-node.csv" in render(caught.value.message, "zh")  # type: ignore[arg-type]


def test_header_times_are_refused_without_a_header_too(read: Read) -> None:
    times = poisson(40)
    times[[5, 15, 25]] = times[[4, 14, 24]] - 1000
    with pytest.raises(InputError):
        read(BlockCsvReader(), bare(times), name="btc.csv")


@pytest.mark.parametrize(
    "text",
    ["1,1764000000\n2,1764000600\n", "1,2\n3,4\n5,6\n", "1,1764000000\n900,1764000600\n3,1764001200\n", "a,b\n"],
)
def test_two_numbers_are_not_taken_for_blocks(text: str) -> None:
    assert not BlockCsvReader().recognises(head_of(text.encode()))


def test_a_record_without_a_header_is_recognised() -> None:
    assert BlockCsvReader().recognises(head_of(bare(poisson(40))))


@pytest.mark.parametrize("label", ["XMR", "monero", "ltc"])
def test_blocks_of_another_chain_than_the_label_says_are_refused_whole(label: str) -> None:
    data = made(poisson(60)).replace(b"BTC", label.encode())
    with pytest.raises(InputError) as caught:
        read_all(BlockCsvReader(), data)
    assert (caught.value.file, caught.value.line) == ("sample.log", 2)
    told = caught.value.said("zh")
    assert "BTC, BCH, XEC" in told
    assert "请核对币种" in told


def test_times_that_fit_no_chain_are_refused_with_what_may_be_wrong() -> None:
    with pytest.raises(InputError) as caught:
        read_all(BlockCsvReader(), made(FIRST + (poisson(60) - FIRST) // 1000))
    assert "单位" in caught.value.said("zh")


def test_the_name_of_a_file_is_held_against_its_blocks_too() -> None:
    with pytest.raises(InputError):
        read_all(BlockCsvReader(), bare(poisson(60)), name="xmr-node.csv")


def test_a_coin_written_out_is_known_and_an_unknown_one_is_said(read: Read) -> None:
    rows, _ = read(BlockCsvReader(), made(poisson(60)).replace(b"BTC", b"bitcoin"))
    assert {row["coin"] for row in rows["block"]} == {"BTC"}
    strange = made(poisson(60)).replace(b"BTC", b"KAS")
    (note,) = [item for item in BlockCsvReader().read(source_of(strange)) if isinstance(item, Note)]
    assert "KAS" in render(note.reason, "zh")
    assert len(read(BlockCsvReader(), strange)[0]["block"]) == 60
