"""Logs with the lengths of first packets: what is read, and that no line can do more than be refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.first_lengths import FirstLengthsReader
from minewarden.vocab.errors import InputError, ZoneNeeded
from tests.telemetry.conftest import Read, read_all

SAMPLE = Path(__file__).parent / "samples" / "first_lengths.csv"
OWN = "src_ip,src_port,dst_ip,dst_port,time_first,ppi_pkt_lengths,ppi_pkt_times,ppi_pkt_directions"


def line(lengths: str = "[64|0|234]", times: str = "[0|5|30.5]", directions: str = "[1|-1|-1]") -> bytes:
    return f"{OWN}\n10.0.0.1,5000,203.0.113.1,3336,1767000000.25,{lengths},{times},{directions}\n".encode()


def test_a_log_of_ipfixprobe(read: Read) -> None:
    rows, rejects = read(FirstLengthsReader(), SAMPLE, zone="UTC")
    assert rejects == []
    assert [(row["src"], row["dst_port"], row["service"], row["established"]) for row in rows["conn"]] == [
        ("10.20.3.17", 443, "tls", True),
        ("10.20.3.18", 443, "tls", True),
    ]
    assert [(row["sni"], row["alpn"]) for row in rows["tls"]] == [(None, None), ("www.example.org", "h2")]
    mine = [row for row in rows["record"] if row["src"] == "10.20.3.17"]
    assert [row["length"] for row in mine[:6]] == [297, 1448, 21, 641, 158, 491]
    assert [row["number"] for row in mine[:6]] == [0, 0, 1, 1, 2, 3]
    assert [row["kind"] for row in mine[:2]] == ["handshake", "handshake"]
    assert mine[-1]["ts"] == rows["conn"][0]["until"]
    assert {row["stream"] for row in mine} == {2}


def test_empty_packets_are_left_out_and_a_log_without_tls_does_not_tell(read: Read) -> None:
    rows, rejects = read(FirstLengthsReader(), line())
    assert rejects == []
    assert [(row["length"], row["from_client"], row["kind"]) for row in rows["record"]] == [
        (64, True, "unknown"),
        (234, False, "unknown"),
    ]
    assert rows["record"][1]["ts"] - rows["record"][0]["ts"] == 30_500
    assert "tls" not in rows


@pytest.mark.parametrize(
    "more",
    [
        {"lengths": "[64|99999|234]"}, {"lengths": "64|0|234"}, {"lengths": "[64|0]"}, {"directions": "[1|0|-1]"},
        {"times": "[0|3|x]"}, {"times": "[0|5|9999999999]"}, {"lengths": f"[{'|'.join('1' * 300)}]"},
    ],
)  # fmt: skip
def test_lists_that_do_not_fit_are_refused(read: Read, more: dict[str, str]) -> None:
    rows, rejects = read(FirstLengthsReader(), line(**more))
    assert ([reject.line for reject in rejects], rows) == ([2], {})


def test_times_without_a_zone_ask_for_one_and_missing_columns_are_named() -> None:
    with pytest.raises(ZoneNeeded):
        read_all(FirstLengthsReader(), SAMPLE)
    with pytest.raises(InputError, match="PPI_PKT_TIMES"):
        read_all(FirstLengthsReader(), line().replace(b"ppi_pkt_times", b"x"))


def test_recognition() -> None:
    assert FirstLengthsReader().recognises(head_of(line()))
    assert not FirstLengthsReader().recognises(head_of(b"src_ip,dst_ip,dst_port,time_first\n"))
    assert not FirstLengthsReader().recognises(head_of(b""))


cells = st.text("0123456789[]|-.,:T\"'a\u6c49 ", max_size=30)


@given(cells, cells, cells)
def test_no_line_is_too_strange(lengths: str, times: str, directions: str) -> None:
    rows, _ = read_all(FirstLengthsReader(), line(lengths, times, directions), zone="UTC")
    assert all(0 < row["length"] <= 65_535 for row in rows.get("record", ()))
