"""What detection over a day of logs costs, and how it grows: an invented day of conn and dns rows, 100 000 listed names
and 50 000 listed addresses; and up to as many rows as are asked for.

    python -m bench.day [--sizes 1000000 3000000 10000000 20000000] [--memory 512MiB ...] [--times 3] [--keep DIR]

20 000 hosts; destinations, their ports and the names asked for are drawn by Zipf's law; one connection in ten goes to
sixty servers inside, one in fifty lasts up to two hours, and some go to listed pools. The day is written straight into
a lake by DuckDB, and thrown away. Writes the section "A day of detection" of bench/RESULTS.md.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.measure import run
from bench.results import machine, table, write_section
from minewarden.detect.detector import Context, Detector
from minewarden.intel.watchset import WatchSet
from minewarden.plugins import DETECTORS
from minewarden.telemetry import lake as lakes
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.indicator import Indicator, Kind, Role

NAMES, ADDRESSES = 100_000, 50_000
START_US = 1_795_000_000_000_000
DAY_US = 86_400_000_000
_FILES = 4

_CONN = """
SELECT ({start} + hash(i, 1) % {day})::BIGINT AS ts,
       '10.' || (hash(i, 2) % 20) || '.' || (hash(i, 2) // 20 % 20) || '.' || (hash(i, 2) // 400 % 50 + 1) AS src,
       (32768 + hash(i, 3) % 28000)::INTEGER AS src_port,
       CASE WHEN hash(i, 4) % 100000 < 2 THEN '192.88.' || (hash(i, 5) % 196) || '.' || (hash(i, 6) % 255)
            WHEN hash(i, 15) % 10 = 0 THEN '10.0.0.' || (d % 60 + 60)
            ELSE '198.' || (d % 64 + 16) || '.' || (d // 64 % 250) || '.' || (d // 16000 % 250 + 1) END AS dst,
       [443, 80, 443, 53, 8443, 443, 22, 3333][(d % 8 + 1)::BIGINT]::INTEGER AS dst_port,
       ts + (CASE WHEN hash(i, 7) % 50 = 0 THEN hash(i, 8) % 7200000000 ELSE hash(i, 8) % 20000000 END)::BIGINT AS until,
       'tcp' AS proto, (hash(i, 9) % 90000)::BIGINT AS bytes_up, (hash(i, 10) % 900000)::BIGINT AS bytes_down,
       (4 + hash(i, 11) % 60)::BIGINT AS packets_up, (4 + hash(i, 12) % 600)::BIGINT AS packets_down,
       hash(i, 13) % 20 > 0 AS established, 'ssl' AS service, 1::INTEGER AS origin, (i + 1)::BIGINT AS row
FROM (SELECT i, (exp(ln(2000000) * (hash(i, 14) % 1000003) / 1000003.0))::BIGINT AS d FROM range({begin}, {end}) t(i))
"""
_DNS = """
SELECT ({start} + hash(i, 21) % {day})::BIGINT AS ts,
       '10.' || (hash(i, 22) % 20) || '.' || (hash(i, 22) // 20 % 20) || '.' || (hash(i, 22) // 400 % 50 + 1) AS src,
       '10.0.0.53' AS dst,
       CASE WHEN hash(i, 23) % 100000 < 2 THEN 'eu' || (hash(i, 24) % 9) || '.pool' || (hash(i, 25) % {names}) || '.example'
            ELSE 'h' || d || '.site' || (d % 9973) || '.test' END AS query,
       'A' AS qtype, 'NOERROR' AS rcode,
       ['198.' || (d % 64 + 16) || '.' || (d // 64 % 250) || '.' || (d // 16000 % 250 + 1)] AS answers,
       2::INTEGER AS origin, (i + 1)::BIGINT AS row
FROM (SELECT i, (exp(ln(2000000) * (hash(i, 26) % 1000003) / 1000003.0))::BIGINT AS d FROM range({begin}, {end}) t(i))
"""


def generate(folder: Path, rows: int) -> Lake:
    """A lake of so many rows of conn, and as many of dns."""
    lake = Lake(folder)
    with duckdb.connect(config={"memory_limit": "2GiB", "threads": 2}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for origin, (name, query) in enumerate((("conn", _CONN), ("dns", _DNS)), 1):
            (folder / name).mkdir(exist_ok=True)
            for number in range(_FILES):
                begin, end = rows * number // _FILES, rows * (number + 1) // _FILES
                select = query.format(start=START_US, day=DAY_US, names=NAMES, begin=begin, end=end)
                path = folder / name / f"{origin:06d}-{number}.parquet"
                columns = ", ".join(f'"{column}"' for column in TABLES[name].names)
                connection.execute(f"COPY (SELECT {columns} FROM ({select})) TO '{path}' (COMPRESSION zstd)")
            lake.remember(SourceRecord(origin, f"{name}.log", "zeek", rows={name: rows}, first_us=START_US))
    return lake


def watchset() -> WatchSet:
    """The catalogue and as many listed names and addresses as a busy day's feeds hold."""
    common = {"role": Role.POOL_ENDPOINT, "operator": "Bench", "coins": ("XMR",), "confidence": 80, "source": "bench"}
    span = {"valid_from": datetime(2026, 1, 1, tzinfo=UTC), "valid_until": datetime(2027, 1, 1, tzinfo=UTC)}
    names = (Indicator(Kind.DOMAIN, f"pool{n}.example", **common, **span) for n in range(NAMES))  # type: ignore[arg-type]
    addresses = (
        Indicator(Kind.IP, f"192.88.{n // 255}.{n % 255}", **common, **span)  # type: ignore[arg-type]
        for n in range(ADDRESSES)
    )
    return WatchSet.from_catalogue((*names, *addresses))


def detect(folder: Path, names: Sequence[str], memory: str, out: Path) -> None:
    """Ask detectors in this process, and write the seconds and the sightings of each."""
    Lake.connect.__wrapped__.__defaults__ = (memory,)  # type: ignore[attr-defined]
    begun = time.perf_counter()
    listed = watchset()
    told: dict[str, list[float | None]] = {"the lists are loaded": [time.perf_counter() - begun, NAMES + ADDRESSES]}
    for name in names:
        begun = time.perf_counter()
        detector: Detector = DETECTORS.load(name)()
        context = Context(Lake(folder), listed, datetime.fromtimestamp((START_US + DAY_US) / 1e6, UTC), {})
        try:
            found: int | None = sum(1 for _ in detector.detect(context))
        except duckdb.OutOfMemoryException:
            found = None
        told[name] = [time.perf_counter() - begun, found]
    out.write_text(json.dumps(told), encoding="utf-8")


def _found(count: int | None) -> str:
    return "**ended by the bound of memory**" if count is None else f"{count:,}"


def measured(lake: Path, rows: int, memory: str, times: int) -> list[tuple[str, ...]]:
    """A row for all detectors in one process, by the run with the median of processor seconds, and what each took."""
    names = [name for name in DETECTORS if DETECTORS.load(name)().reads & {"conn", "dns"}]
    runs = []
    for number in range(times):
        out = lake / f"told{number}.json"
        command = [sys.executable, "-m", "bench.day", "--inside", "--lake", str(lake), "--memory", memory]
        runs.append((run([*command, "--out", str(out), "--only", *names]), json.loads(out.read_text())))
        out.unlink()
    cost, told = sorted(runs, key=lambda one: one[0].cpu_s)[times // 2]
    each = "; ".join(f"{name} {seconds:.1f} s ({_found(found)})" for name, (seconds, found) in told.items())
    size, day = f"{rows:,}", f"{1e6 * cost.cpu_s / rows:.2f}"
    figures = f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_mib:.0f}", f"{cost.others:.1f}"
    return [(size, memory, *figures, day, each)]


def main() -> None:
    """Generate, detect, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000, 20_000_000])
    parser.add_argument("--memory", nargs="+", default=[lakes.MEMORY_LIMIT])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the lakes, used again where they stand")
    parser.add_argument("--only", nargs="*", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        detect(args.lake, args.only, args.memory[0], args.out)
        return
    rows: list[tuple[str, ...]] = []
    for size in args.sizes:
        with ExitStack() as stack:
            folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minewarden-bench-")))
            lake = folder / str(size)
            if not (lake / "sources.jsonl").exists():
                generate(lake, size)
            for memory in args.memory:
                rows += measured(lake, size, memory, args.times)
    sizes = " ".join(map(str, args.sizes))
    lines = [
        f"Made by `python -m bench.day --sizes {sizes} --memory {' '.join(args.memory)} --times {args.times}`; so many rows of "
        f"conn and as many of dns, {NAMES:,} listed names, {ADDRESSES:,} listed addresses; all detectors that read these "
        f"tables in one process, start-up included. The memory is the bound beyond which DuckDB spills. {machine()}.",
        "",
        *table(
            (
                "rows of each",
                "bound",
                "wall s",
                "CPU s",
                "peak MiB",
                "cores of other work",
                "CPU s per million",
                "each (found)",
            ),
            rows,
        ),
    ]
    write_section("A day of detection", lines)


if __name__ == "__main__":
    main()
