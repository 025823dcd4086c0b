"""Flows in step with a miner that speaks openly are probable; in step with each other only, they rank."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from minewarden.detect.clock.grouping import FlowKey
from minewarden.detect.clock.spoken import spoken
from minewarden.detect.detectors.same_clock import KNOWN_NATS, UNKNOWN_NATS, SameClockDetector
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.finding import Sighting, State
from tests.detect.clock.processes import chain, harmless, jobs
from tests.detect.lake_rows import context_of
from tests.detect.shapes import START_US, rows_of

LENGTH = 3 * 3600.0
POOL = ("198.51.100.9", 3333)


def hidden(times: np.ndarray, number: int) -> list[dict[str, Any]]:
    said = [(0.0, "C", 200), *((float(at), "S", 380) for at in times)]
    return rows_of(said, server=(f"203.0.113.{number}", 443), stream=10_000 * number)


def openly(times: np.ndarray) -> list[dict[str, Any]]:
    """A pool's jobs as texts."""
    ends = {"sender": POOL[0], "sender_port": POOL[1], "receiver": "10.20.3.99", "receiver_port": 50_000}
    rows = []
    for number, at in enumerate(times):
        params = [f"{number:04x}", f"{number:064x}", "00" * 40, "00" * 40, [], "20000000", "1a0ffff0", "65000000", True]
        body = json.dumps({"id": None, "method": "mining.notify", "params": params}).encode()
        rows.append({**ends, "ts": START_US + round(float(at) * 1e6), "stream": 1, "carrier": "tcp", "body": body})
    return [{**row, "cut": False} for row in rows]


def seen(folder: Path, **tables: Any) -> list[Sighting]:
    return list(SameClockDetector().detect(context_of(folder, WatchSet([]), **tables)))


def test_one_known_member_makes_the_cluster_probable_and_never_more(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    blocks = chain(rng, 120, LENGTH)
    rows = hidden(jobs(rng, blocks, LENGTH), 1)
    for number, times in enumerate(harmless(rng, LENGTH).values(), 2):
        rows = rows + hidden(times, number)
    text = openly(jobs(rng, blocks, LENGTH))
    (one,) = seen(tmp_path / "known", record=rows, message=text)
    assert (one.server, one.port, one.evidence.weight, one.evidence.p_value) == ("203.0.113.1", 443, KNOWN_NATS, None)
    assert [finding.state for finding in fuse([one])] == [State.PROBABLE]
    with context_of(tmp_path / "spoken", WatchSet([]), message=text).lake.engine() as engine:
        assert list(spoken(engine)) == [FlowKey("10.20.3.99", *POOL)]


def test_without_a_known_member_it_only_ranks(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    blocks = chain(rng, 120, LENGTH)
    rows = hidden(jobs(rng, blocks, LENGTH), 1) + hidden(jobs(rng, blocks, LENGTH), 2)
    found = seen(tmp_path, record=rows)
    assert [one.evidence.weight for one in found] == [UNKNOWN_NATS] * 2
    assert fuse(found) == []


def test_harmless_flows_share_no_clock_with_a_miner(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [row for n, times in enumerate(harmless(rng, LENGTH).values(), 2) for row in hidden(times, n)]
    assert seen(tmp_path, record=rows, message=openly(jobs(rng, chain(rng, 120, LENGTH), LENGTH))) == []
