"""Records of one connection come together, whichever way round, in whatever order, however often; a scan stays
small."""

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.detect.flow.pieces import flows
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.engine import LocalEngine
from minewarden.telemetry.lake import Lake, SourceRecord
from tests.detect.flow.records import CLIENT, SERVER, Row, miner, one_way
from tests.detect.lake_rows import at, context_of


def seen(folder: Path, rows: list[Row], form: str = "nfdump_csv") -> list[dict[str, Any]]:
    lake: Lake = context_of(folder, WatchSet([]), conn=rows).lake
    with lake.engine() as engine:
        return [row for batch in flows(engine, [SourceRecord(1, "a", form)]) for row in batch.to_pylist()]


def without_place(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in ("origin", "row")} for row in found]


def test_pieces_of_both_directions_make_one_connection(tmp_path: Path) -> None:
    rows = miner(2)
    (found,) = seen(tmp_path, rows)
    assert (found["host"], found["host_port"], found["server"], found["port"]) == (*CLIENT, *SERVER)
    assert found["records"] == len(rows)
    down = [row for row in rows if row["src"] == SERVER[0]]
    assert found["pd"] == sum(row["packets_up"] for row in down)
    assert found["bd"] == sum(row["bytes_up"] - 52 * row["packets_up"] for row in down)
    assert found["span"] == pytest.approx(7200, rel=0.05)


def test_silence_between_records_is_added_up_each_way(tmp_path: Path) -> None:
    rows = [one_way(start, start + 290, 9, 900, True) for start in (0, 300, 600, 1000, 1500)]
    # The last two overlap by a second, as a router's clock may have it: no silence, but a pause.
    rows += [one_way(start, end, 9, 900, False) for start, end in ((0, 280), (400, 690), (700, 1990), (1989, 2200))]
    (found,) = seen(tmp_path, rows)
    assert (found["silent_up"], found["pauses_up"]) == (10 + 10 + 110 + 210, 4)
    assert (found["silent_down"], found["pauses_down"]) == (120 + 10, 3)
    assert (found["quiet_up_q"][1], found["quiet_down_q"][1]) == (210, 120)


@pytest.mark.parametrize(("form", "frame", "header"), [("zeek", 0, 0), ("suricata_eve", 14, 52), ("pcap", 0, 52)])
def test_bytes_mean_what_the_source_means(tmp_path: Path, form: str, frame: int, header: int) -> None:
    more = frame + header
    rows = [
        {
            "ts": at(300 * n), "until": at(300 * n + 290), "src": CLIENT[0], "src_port": CLIENT[1], "dst": SERVER[0],
            "dst_port": SERVER[1], "proto": "tcp", "packets_up": 12, "bytes_up": 200 + 12 * more, "packets_down": 10,
            "bytes_down": 4000 + 10 * more,
        }
        for n in range(12)
    ]  # fmt: skip
    (found,) = seen(tmp_path, rows, form)
    assert (found["pu"], found["pd"], found["bu"], found["bd"]) == (144, 120, 2400, 48000)


def test_the_smaller_port_serves_and_of_high_ones_the_one_outside(tmp_path: Path) -> None:
    low = seen(tmp_path / "a", miner(1, ends=(("10.0.0.1", 1500), ("203.0.113.9", 1024))))
    high = seen(tmp_path / "b", miner(1, ends=(("10.0.0.1", 40_000), ("203.0.113.9", 50_000))))
    assert [(row["host"], row["port"]) for row in low] == [("10.0.0.1", 1024)]
    assert [(row["host"], row["port"]) for row in high] == [("10.0.0.1", 50_000)]


class OneMark(LocalEngine):
    """An engine whose hash tells nothing apart."""

    def keep(self, name: str, query: str) -> None:
        super().keep(name, re.sub(r"hash\([^)]*\)", "(origin IS NULL)", query))


def test_connections_that_share_a_mark_are_told_apart(tmp_path: Path) -> None:
    other = (("10.20.3.18", 41_000), ("203.0.113.9", 3333))
    rows = [*miner(2), *miner(2, 2, other)]
    # Short connections lie under the same mark: of others, and of the first one's client to its server.
    for number in range(6):
        ends = (("10.20.3.19", 42_000 + number), SERVER) if number % 2 else ((CLIENT[0], 43_000 + number), SERVER)
        rows.append(one_way(900 * number, 900 * number + 30, 10, 4000, number > 2, ends))
    found = seen(tmp_path / "a", rows)
    assert [row["host"] for row in found] == [CLIENT[0], other[0][0]]
    lake = context_of(tmp_path / "b", WatchSet([]), conn=rows).lake
    with lake.connect() as connection:
        marked = flows(OneMark(connection), [SourceRecord(1, "a", "nfdump_csv")])
        assert [row for batch in marked for row in batch.to_pylist()] == found


def test_neither_order_nor_copies_nor_a_second_router_change_anything(tmp_path: Path) -> None:
    rows = miner(2)
    shuffled = rows * 2
    Random(3).shuffle(shuffled)
    # A second router on the way, half a second late.
    late = [{**row, "ts": row["ts"] + 500_000, "until": row["until"] + 500_000} for row in rows]
    once, many = seen(tmp_path / "a", rows), seen(tmp_path / "b", shuffled)
    assert without_place(once) == without_place(many)
    (twice,) = seen(tmp_path / "c", rows + late)
    assert (twice["pu"], twice["pd"], twice["bd"]) == (once[0]["pu"], once[0]["pd"], once[0]["bd"])


def test_one_impossible_record_spoils_one_slice_only(tmp_path: Path) -> None:
    rows = miner(4)
    wild = one_way(7000, 7001, 10_000_000, 9_000_000_000, False)
    jump = [{**row, "ts": row["ts"] + 86_400_000_000, "until": row["until"] + 86_400_000_000} for row in rows[-20:]]
    (clean,), (spoilt,) = seen(tmp_path / "a", rows), seen(tmp_path / "b", [*rows[:-20], wild, *jump])
    assert spoilt["pd_q"][1] == pytest.approx(clean["pd_q"][1], rel=0.1)
    assert spoilt["size_q"][1] == pytest.approx(clean["size_q"][1], rel=0.1)


def test_a_record_longer_than_a_month_is_a_connection_of_its_own(tmp_path: Path) -> None:
    long = {
        **one_way(0, 40 * 86_400, 100_000, 20_000_000, True), "packets_down": 90_000, "bytes_down": 30_000_000,
    }  # fmt: skip
    (found,) = seen(tmp_path, [long], "zeek")
    assert (found["span"], found["width"], found["slices"], found["pd_q"]) == (40 * 86_400, 0, 1, None)


def test_a_scan_of_many_servers_gives_no_rows(tmp_path: Path) -> None:
    rows = [
        one_way(n / 10, n / 10 + 1, 3, 180, True, (CLIENT, (f"203.0.{n >> 8}.{n & 255}", 80))) for n in range(30_000)
    ]
    assert seen(tmp_path, rows) == []


def test_connections_that_begin_in_one_line_are_kept_apart(tmp_path: Path) -> None:
    rows = [{**row, "row": 1} for host in ("10.0.0.1", "10.0.0.2") for row in miner(2, ends=((host, 50_000), SERVER))]
    (first,), (one, other) = seen(tmp_path / "a", miner(2)), seen(tmp_path / "b", rows)
    assert [one["host"], other["host"]] == ["10.0.0.1", "10.0.0.2"]
    assert first["pd"] == one["pd"] == other["pd"]


def test_more_bytes_than_64_bits_count_are_no_error(tmp_path: Path) -> None:
    wild = [one_way(9000, 9000, 10, 10**15 - n, False) for n in range(10_000)]
    (found,) = seen(tmp_path, miner(2) + wild)
    assert found["bd"] > 9.3e18


numbers = st.one_of(st.none(), st.integers(-5, 50), st.integers(-(2**62), 2**62))
times = st.integers(0, 20_000) | st.sampled_from([-(10**9), 0, 10**9, 200_000_000])
rows_of_any = st.lists(
    st.fixed_dictionaries({
        "ts": times.map(at), "until": times.map(at), "src": st.sampled_from(["10.0.0.1", "203.0.113.9", "2001:db8::1"]),
        "src_port": st.sampled_from([None, 0, 443, 50_000]), "dst": st.sampled_from(["10.0.0.1", "203.0.113.9"]),
        "dst_port": st.sampled_from([None, 0, 443, 50_000, 40_000]), "proto": st.sampled_from(["tcp", "udp", "tcp"]),
        "packets_up": numbers, "packets_down": numbers, "bytes_up": numbers, "bytes_down": numbers,
    }), max_size=40,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows_of_any, st.sampled_from(["zeek", "suricata_eve", "nfdump_csv"]), st.randoms(use_true_random=False))
def test_no_rows_raise_and_their_order_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], form: str, rng: Any
) -> None:
    other = list(rows)
    rng.shuffle(other)
    first = seen(tmp_path_factory.mktemp("a"), rows, form)
    second = seen(tmp_path_factory.mktemp("b"), other, form)
    assert without_place(first) == without_place(second)
