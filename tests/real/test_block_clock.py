"""Real clocks: two sessions of one chain on the wire, Bitcoin's arrivals at two nodes, and encrypted miners of 2026."""

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minewarden.detect.clock.arrivals_file import read_arrivals
from minewarden.detect.clock.messages import push_flow
from minewarden.detect.clock.reference import BlockClock, Job, from_jobs
from minewarden.detect.clock.said import said_of_blocks
from minewarden.detect.clock.same_clock import compare
from minewarden.detect.clock.test import BlockResult, block_test
from minewarden.detect.detectors.block_clock import BlockClockDetector
from minewarden.detect.detectors.same_clock import SameClockDetector
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.engine import tuples
from minewarden.telemetry.ingest import ingest
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.reader import Batch, Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.vocab.words import render
from tests.detect.clock.processes import jobs as job_times
from tests.detect.lake_rows import NOON, context_of
from tests.detect.shapes import read_captures
from tests.real.needs import shared
from tests.scenarios.silent import Silent

pytestmark = pytest.mark.real

EUROPE, CHINA, MONERO = "94.23.199.191", "116.211.167.195", "178.32.196.217"


@cache
def messages(path: Path) -> tuple[dict[str, Any], ...]:
    """The rows of the table `message` of a capture."""
    data = path.read_bytes()
    source = Source(1, path.name, path, Head(data[:65_536]), io.BufferedReader(io.BytesIO(data)))
    batches = (one for one in PcapReader().read(source) if isinstance(one, Batch) and one.table == "message")
    return tuple(row for batch in batches for row in batch.rows.to_pylist())


def sent(capture: str, server: str) -> list[dict[str, Any]]:
    return [row for row in messages(shared("captures", "mining", capture)) if row["sender"] == server]


def notifies(rows: list[dict[str, Any]]) -> Iterator[Job]:
    for row in rows:
        said = json.loads(row["body"])
        if said.get("method") == "mining.notify":
            yield Job(row["sender"], row["ts"], said["params"][2])


def test_public_records_of_arrivals_are_read_as_they_are(tmp_path: Path) -> None:
    for name, blocks in (("btc-node-a.csv.gz", 40_107), ("btc-node-b.csv.gz", 10_927)):
        lake = Lake(tmp_path / name)
        report = ingest([shared("blocktimes", name)], lake, declared=Declared(), watch=Silent())
        assert report.problems == []
        with lake.engine() as engine:
            [(count, coin)] = tuples(engine.ask("SELECT count(*) AS count, min(coin) AS coin FROM block"))
        assert (count, coin) == (blocks, "BTC")


def zcash() -> BlockClock:
    """The chain's clock as the European session keeps it."""
    rows = sent("peafowl_stratum.pcap", EUROPE)
    return from_jobs("ZEC", notifies(rows), "eu1", {EUROPE: (rows[0]["ts"], rows[-1]["ts"])})


def result_of(rows: list[dict[str, Any]], clock: BlockClock) -> BlockResult:
    result = block_test(push_flow([r["ts"] for r in rows], [len(r["body"]) for r in rows]), clock)
    assert result is not None
    return result


def test_the_chinese_session_follows_the_european_ones_blocks() -> None:
    clock = zcash()
    assert len(clock.arrivals_us) == 9
    assert clock.poisson
    result = result_of(sent("peafowl_stratum.pcap", CHINA), clock)
    assert (result.hits, result.blocks) == (9, 9)
    assert result.p0 == pytest.approx(0.14, abs=0.01)
    assert result.tests == 50, "all messages, and those of the jobs' size"
    assert result.p_corrected < 1e-6
    assert result.log_likelihood > 10
    sentence = render(said_of_blocks(result), "zh")
    assert "ZEC 有 9 个新区块" in sentence


def test_job_messages_alone_follow_more_clearly_still() -> None:
    times = [job.ts_us for job in notifies(sent("peafowl_stratum.pcap", CHINA))]
    result = block_test(push_flow(times), zcash())
    assert result is not None
    assert result.tests == 25
    assert result.p_corrected < 5e-7


def test_seven_blocks_of_a_file_are_too_few_for_the_detector_to_state_anything(tmp_path: Path) -> None:
    block = [{"ts": int(at), "coin": "ZEC", "height": n} for n, at in enumerate(zcash().arrivals_us)]
    record = [
        {
            "ts": row["ts"],
            "src": row["receiver"],
            "src_port": row["receiver_port"],
            "dst": row["sender"],
            "dst_port": row["sender_port"],
            "stream": 1,
            "from_client": False,
            "number": n,
            "kind": "raw",
            "length": len(row["body"]),
        }
        for n, row in enumerate(sent("peafowl_stratum.pcap", CHINA))
    ]
    # A file does not say when its node began to watch: its first and last arrival only bound the time, so that seven of
    # the nine blocks count, and with fewer than eight the circular shifts may veto.
    assert list(BlockClockDetector().detect(context_of(tmp_path, WatchSet([]), record=record, block=block))) == []


def test_harmless_captures_keep_no_clock(tmp_path: Path) -> None:
    context = read_captures(Lake(tmp_path), sorted(shared("captures", "benign").iterdir()), NOON)
    assert list(SameClockDetector().detect(context)) == []


def test_monero_does_not_follow_zcash() -> None:
    assert result_of(sent("peafowl_monero.pcap", MONERO), zcash()).p_corrected == 1


def test_the_two_sessions_share_a_clock_without_knowing_the_chain() -> None:
    europe, china = (
        np.array([job.ts_us for job in notifies(sent("peafowl_stratum.pcap", server))]) for server in (EUROPE, CHINA)
    )
    pair = compare("eu", europe, "cn", china, alpha=0.01)
    assert pair is not None
    assert pair.first == "eu", "China hears of the blocks later"


@pytest.mark.parametrize("node", ["btc-node-a", "btc-node-b"])
def test_arrivals_at_real_nodes_are_taken(node: str) -> None:
    clock = read_arrivals(shared("blocktimes", f"{node}.csv.gz"), "BTC", kind="node")
    assert clock.poisson
    lost = sum(gap.until_us - gap.from_us for gap in clock.gaps)
    assert lost < 0.03 * (clock.arrivals_us[-1] - clock.arrivals_us[0])


def test_miners_of_the_real_bitcoin_chain_are_found_in_the_expected_time() -> None:
    clock = read_arrivals(shared("blocktimes", "btc-node-a.csv.gz"), "BTC", kind="node")
    rng = np.random.default_rng(5)
    whole = clock.segments_us[np.diff(clock.segments_us, axis=1).argmax()]
    found: dict[float, list[float]] = {2.5: [], 4.0: []}
    for hours, values in found.items():
        for _ in range(60):
            begin = int(rng.integers(whole[0], whole[1] - 5 * 3600 * 10**6))
            blocks = (clock.arrivals_us - begin) / 1e6
            length = hours * 3600
            times = job_times(rng, blocks[(blocks > 0) & (blocks < length)], length)
            result = block_test(push_flow(begin + (times * 1e6).astype(np.int64)), clock)
            values.append(1.0 if result is None else result.p_corrected)
    assert np.mean(np.array(found[2.5]) < 1e-8) >= 0.9
    assert np.mean(np.array(found[4.0]) < 1e-8) >= 0.95


def test_encrypted_miners_of_2026_do_not_follow_a_chain_of_2023() -> None:
    # Their own chain's arrivals were not kept: what can be shown is that real job flows raise no false alarm.
    clock = read_arrivals(shared("blocktimes", "btc-node-a.csv.gz"), "BTC", kind="node")
    first, last = clock.arrivals_us[0], clock.arrivals_us[-1]
    rng = np.random.default_rng(6)
    values = []
    for path in sorted(shared("logs", "miner-packet-times").glob("*.csv")):
        for times, sizes in servers(path):
            flow = push_flow(times - times[0], sizes)
            for begin in rng.integers(first, last - 10**10, 15):
                moved = push_flow(times - times[0] + begin, sizes)
                assert len(moved.classes) == len(flow.classes)
                result = block_test(moved, clock)
                values.append(1.0 if result is None else result.p_corrected)
    assert len(values) >= 45
    assert min(values) > 1e-3


def servers(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What each server with a long flow sent: times in microseconds and payload lengths."""
    flows: dict[str, list[tuple[int, int]]] = {}
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["payload_len"].isdecimal() and int(row["payload_len"]) > 0:
                whole, _, fraction = row["timestamp"].partition(".")
                at = int(whole) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
                flows.setdefault(row["tcp_stream_name"], []).append((at, int(row["payload_len"])))
    for rows in flows.values():
        if len(rows) >= 12 and rows[-1][0] - rows[0][0] > 300_000_000:
            yield np.array([at for at, _ in rows]), np.array([size for _, size in rows])
