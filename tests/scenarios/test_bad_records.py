"""Broken, doubled, disordered and endless records: no finding is invented, and none is lost."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from minewarden.detect.detector import Context
from minewarden.detect.doubts import doubts
from minewarden.detect.fuse import fuse
from minewarden.detect.tuning import Tuning
from minewarden.intel.watchset import WatchSet
from minewarden.plugins import DETECTORS
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.finding import Finding
from tests.detect.lake_rows import at, context_of
from tests.detect.shapes import rows_of
from tests.detect.talks import CONVERSATIONS, conversation
from tests.detect.talks import rows_of as said_in

Rows = list[dict[str, Any]]
DAY, MONTH = 86_400, 31 * 86_400
ROOT = Path(__file__).parents[2]


def found(context: Context) -> list[Finding]:
    """What all detectors together find, as a scan asks them."""
    present = context.lake.tables()
    asked = [Tuning().detector(name) for name in DETECTORS]
    sightings = [seen for one in asked if one.reads & present for seen in one.detect(context)]
    return fuse([*sightings, *doubts(context, sightings)])


def lake(folder: Path, **tables: Rows) -> Context:
    return context_of(folder, WatchSet([]), **tables)


def flow(seconds: float, lasted: float, dst: str, port: int = 443, **more: Any) -> dict[str, Any]:
    row = {"ts": at(seconds), "until": at(seconds + lasted), "src": "10.20.3.17", "src_port": 50_000, "dst": dst}
    return {**row, "dst_port": port, "proto": "tcp", "established": True, **more}


def mined(seed: int = 3, minutes: int = 40) -> Rows:
    """A push on a timer that blocks restart."""
    rng, now, said = Random(seed), 0.0, []
    block = rng.expovariate(1 / 120)
    while now < 60 * minutes:
        said.append((now, "S", 400))
        now += min(30.0, max(0.2, block - now))
        if block <= now:
            block = now + rng.expovariate(1 / 120)
    return rows_of(said)


def scan(folder: Path, count: int) -> None:
    """A lake where one host tries so many servers, a moment each; some answer."""
    begun = at(0) + np.arange(count) * 10_000
    columns: dict[str, pa.Array] = {
        "ts": pa.array(begun),
        "until": pa.array(begun + 200_000),
        "dst": pa.array([f"2001:db8::{n + 1:x}" for n in range(count)]),
        "established": pa.array(np.arange(count) % 3 == 0),
        "row": pa.array(np.arange(count) + 1),
    }
    alike = {"origin": 1, "src": "10.20.3.17", "src_port": 50_000, "dst_port": 3333, "proto": "tcp"}
    columns |= {name: pa.repeat(value, count) for name, value in {**alike, "bytes_up": 60, "bytes_down": 40}.items()}
    schema = TABLES["conn"]
    told = [columns.get(one.name, pa.nulls(count)).cast(one.type) for one in schema]
    with Lake(folder).writer(SourceRecord(1, "conn.log", "test")) as writer:
        for batch in pa.Table.from_arrays(told, schema=schema).to_batches(100_000):
            writer.write("conn", batch)


SCANNED = """
import sys
from pathlib import Path
from minewarden.detect.detector import Context
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake
from tests.detect.lake_rows import NOON
from tests.scenarios.test_bad_records import found

told = found(Context(Lake(Path(sys.argv[1])), WatchSet([]), NOON, {1: "conn.log"}))
[peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(len(told), peak)
"""


def test_a_scan_of_a_million_servers_invents_nothing_in_bounded_memory(tmp_path: Path) -> None:
    """In a process of its own, whose peak is that of the detectors and of no test before."""
    scan(tmp_path, 1_000_000)
    asked = [sys.executable, "-c", SCANNED, str(tmp_path)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    # In such a process DuckDB may draw how far it is, on lines before.
    findings, peak_kib = map(int, done.stdout.splitlines()[-1].split())
    assert findings == 0
    assert peak_kib < 512 * 1024


def doubled(rows: Rows) -> Rows:
    return [row for row in rows for _ in range(2)]


def shuffled(rows: Rows) -> Rows:
    return Random(1).sample(rows, len(rows))


@pytest.mark.parametrize("spoil", [doubled, shuffled], ids=lambda spoil: spoil.__name__)
def test_doubled_and_disordered_records_change_no_state(tmp_path: Path, spoil: Callable[[Rows], Rows]) -> None:
    talk = said_in(conversation(CONVERSATIONS / "xmrig.json"), 1)
    plain = found(lake(tmp_path / "a", message=talk, record=mined()))
    spoilt = found(lake(tmp_path / "b", message=spoil(talk), record=spoil(mined())))
    assert len(plain) == 2
    assert [(f.host, f.server, f.port, f.state) for f in spoilt] == [(f.host, f.server, f.port, f.state) for f in plain]


@pytest.mark.parametrize("spoil", [doubled, shuffled], ids=lambda spoil: spoil.__name__)
def test_doubled_and_disordered_harmless_records_are_no_finding(tmp_path: Path, spoil: Callable[[Rows], Rows]) -> None:
    beats = rows_of([said for n in range(200) for said in ((30.0 * n, "S", 400), (30.0 * n + 0.05, "C", 60))])
    web = [flow(60 * n, 20, f"198.51.100.{n}", bytes_up=9000, bytes_down=90_000, packets_up=60) for n in range(60)]
    assert found(lake(tmp_path, record=spoil(beats), conn=spoil(web))) == []


@pytest.mark.parametrize("leap_s", [-MONTH, -3600, 3600, 40 * DAY])
def test_a_clock_that_jumps_in_a_source_invents_nothing_and_hides_no_parsed_mining(tmp_path: Path, leap_s: int) -> None:
    def leapt(rows: Rows) -> Rows:
        on = leap_s * 1_000_000
        return [row | {"ts": row["ts"] + on * (n > len(rows) // 2)} for n, row in enumerate(rows)]

    beats = rows_of([said for n in range(200) for said in ((30.0 * n, "S", 400), (30.0 * n + 0.05, "C", 60))])
    talk = said_in(conversation(CONVERSATIONS / "xmrig.json"), 1)
    [finding] = found(lake(tmp_path, message=leapt(talk), record=leapt(beats)))
    assert (finding.server, finding.state.value) == ("203.0.113.20", "confirmed")
    assert finding.first_seen <= finding.last_seen


def test_connections_longer_than_a_month_are_no_finding_by_their_length(tmp_path: Path) -> None:
    counted = {"bytes_up": 40_000, "bytes_down": 60_000, "packets_up": 900, "packets_down": 900}
    rows = [flow(-n * MONTH, n * MONTH, f"198.51.100.{n}", **counted) for n in range(1, 14)]
    rows += [flow(0, -50, "198.51.100.99", **counted), flow(0, 400 * MONTH, "198.51.100.98", **counted)]
    assert found(lake(tmp_path, conn=rows)) == []


@pytest.mark.parametrize("table", ["conn", "message", "record", "block", "dns", "tls"])
def test_an_empty_day_is_no_finding_and_no_error(tmp_path: Path, table: str) -> None:
    assert found(lake(tmp_path, **{table: []})) == []


@pytest.mark.parametrize("gap", [(0, 0), (6000, 12_000), (0, 18_000)], ids=["none", "in the midst", "from the start"])
def test_a_file_of_blocks_with_a_gap_invents_no_follower(tmp_path: Path, gap: tuple[int, int]) -> None:
    rng = Random(8)
    blocks, now = list[float](), 0.0
    while (now := now + rng.expovariate(1 / 120)) < 6 * 3600:
        blocks.append(now)
    kept = [{"ts": at(s), "coin": "XMR", "height": n} for n, s in enumerate(blocks) if not gap[0] <= s < gap[1]]
    said = rows_of([(s, "S", rng.randint(80, 1300)) for s in sorted(rng.uniform(0, 6 * 3600) for _ in range(600))])
    timer = rows_of([(37.0 * n, "S", 90) for n in range(580)], server=("203.0.113.77", 8443), stream=2)
    moved = at(0) - said[0]["ts"]
    records = [row | {"ts": row["ts"] + moved} for row in (*said, *timer)]
    assert [f for f in found(lake(tmp_path, block=kept, record=records)) if any(e.p_value for e in f.evidence)] == []
