"""What is compiled and its counterpart give the same rows, refusals and counts, whatever the capture."""

import io
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import blocks, classic, flows
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.vocab.errors import InputError
from tests.telemetry.packets import traffic

NEVER = 1 << 60


def read(data: bytes, compile_after: int, most_flows: int = 1 << 20) -> tuple[dict[str, Counter[str]], list[Any], str]:
    """The rows of each table in any order, what was refused, and what was counted."""
    reader = PcapReader(most_flows, compile_after)
    rows: dict[str, Counter[str]] = {}
    refused: list[Any] = []
    try:
        for item in reader.read(Source(1, "c", Path("c"), Head(data[:65_536]), io.BytesIO(data))):  # type: ignore[arg-type]
            if isinstance(item, Batch):
                rows.setdefault(item.table, Counter()).update(map(repr, item.rows.to_pylist()))
            elif isinstance(item, Reject):
                refused.append((item.line, item.reason, item.raw))
    except InputError as error:
        refused.append(error.message)
    return rows, refused, repr(reader.tally)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), size=st.sampled_from([8 << 20, 8 << 20, 4096, 700]))
@example(seed=1, size=700)
# A port that is opened again just where a piece of the file ends, behind a hello that nobody answered.
@example(seed=86, size=700)
@example(seed=707, size=700)
def test_both_ways_give_the_same(seed: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classic, "CHUNK_BYTES", size)
    monkeypatch.setattr(blocks, "CHUNK_BYTES", size)
    data = traffic.capture(seed)
    plain = read(data, NEVER)
    assert read(data, -1) == plain
    assert read(data, len(data) // 2) == plain


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), size=st.sampled_from([4096, 700]))
def test_both_ways_give_up_the_same_flows(seed: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classic, "CHUNK_BYTES", size)
    monkeypatch.setattr(blocks, "CHUNK_BYTES", size)
    monkeypatch.setattr(flows, "LEAST_CROWD", 2)
    for name, silent_us in (("AFTER_END_US", 10_000), ("SILENT_UDP_US", 1_000_000), ("SILENT_US", 3_000_000)):
        monkeypatch.setattr(flows, name, silent_us)
    data = traffic.capture(seed)
    plain = read(data, NEVER)
    assert read(data, -1) == plain
    assert read(data, len(data) // 2) == plain


def test_the_traffic_is_worth_comparing() -> None:
    found: Counter[str] = Counter()
    for seed in range(60):
        for table, rows in read(traffic.capture(seed), NEVER)[0].items():
            found[table] += rows.total()
    assert min(found[table] for table in ("conn", "dns", "tls", "http", "message", "record")) > 50


def test_a_small_capture_never_loads_the_compiler() -> None:
    code = "import sys; from minewarden.plugins import READERS; READERS.load_all(); assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_compiler_does_not_load_scipy() -> None:
    code = (
        "import sys, numpy; from minewarden.telemetry.cells_kernel import count_lines;"
        "count_lines(numpy.zeros(40, numpy.uint8), 40); assert 'scipy.linalg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_where_nothing_can_be_written_it_still_works(tmp_path: Path) -> None:
    """A package that is installed read-only for a user without a home: compiled anew, with the same results."""
    script = tmp_path / "script.py"
    script.write_text(
        "from numba.core.caching import CacheImpl\n"
        "from minewarden.telemetry.packets.compiled import compiled\n"
        "CacheImpl._locator_classes = []\n"
        "@compiled\n"
        "def twice(number): return number * 2\n"
        "print(twice(21))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stdout == "42\n", done.stderr
    assert not list(tmp_path.rglob("*.nbi"))


_KEPT = """
import numpy as np
from pathlib import Path
from minewarden.telemetry.packets import compiled

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) >> 10

begun = resident()
held = [np.ones(1 << 20, np.uint8) for _ in range(128)]
last = np.ones(1 << 20, np.uint8)
del held
kept = resident()
compiled.give_back()
print(kept - begun > 100, resident() - begun < 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of others keeps memory in another way")
def test_memory_that_is_kept_can_be_given_back() -> None:
    told = subprocess.run([sys.executable, "-c", _KEPT], capture_output=True, text=True, check=True).stdout
    assert told == "True True\n"
