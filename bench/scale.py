"""What the detectors cost a row on DuckDB, on Sail and on Apache Spark, over the same lake, with the same findings.

    .venv/bin/python -m bench.scale --million 5

So many million rows each of connections and DNS queries, and a quarter as many of records: 20 000 hosts, servers and
names by Zipf's law, 100 000 watched names and 50 000 addresses. What is told is processor time of all processes of an
engine together, which other programs on the machine change little, and the wall clock beside it.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.detect.detector import Context
from minewarden.detect.doubts import doubts
from minewarden.intel.watchset import WatchSet
from minewarden.plugins import DETECTORS
from minewarden.telemetry.cluster import ClusterLake
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import to_us
from minewarden.vocab.finding import Evidence, Grade, Sighting
from minewarden.vocab.indicator import Indicator, Kind, Role
from minewarden.vocab.message import message
from tests.real.spark_servers import sail, standalone

DAY = datetime(2026, 11, 2, tzinfo=UTC)
HOSTS, SERVERS, NAMES = 20_000, 200_000, 500_000
WATCHED_NAMES, WATCHED_ADDRESSES = 100_000, 50_000
BATCH = 500_000
ASKED = ("known_pool", "internal_proxy", "push_flow")
Ints = NDArray[np.int64]


def _texts(values: list[str], chosen: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(chosen, pa.int32()), pa.array(values)).cast(pa.string())


def _zipf(rng: np.random.Generator, most: int, count: int) -> Ints:
    """Ranks below `most`, the first by far the commonest."""
    return np.asarray(np.minimum(np.exp(rng.random(count) * np.log(most)), most - 1), np.int64)


def _sightings(name: str, context: Context) -> list[Sighting]:
    return list(DETECTORS.load(name)().detect(context))


class World:
    """The lists that a lake's rows and the watch set are made of."""

    def __init__(self) -> None:
        self.hosts = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(HOSTS)]
        self.servers = [f"198.{18 + (n >> 16)}.{n >> 8 & 255}.{n & 255}" for n in range(SERVERS)]
        self.names = [f"h{n}.d{n // 7}.example" for n in range(NAMES)]
        # The commonest are watched by nobody, as on a real network; of the rare ones many.
        self.watched = WatchSet(
            [
                *(Indicator(Kind.DOMAIN, f"d{60_000 + n}.example", Role.POOL_ENDPOINT, "op") for n in range(1000)),
                *(
                    Indicator(Kind.HOST, f"pool{n}.invalid.example", Role.POOL_ENDPOINT, "op")
                    for n in range(WATCHED_NAMES - 1000)
                ),
                *(
                    Indicator(Kind.IP_PORT, f"{self.servers[-1 - n]}:3333", Role.POOL_ENDPOINT, "op")
                    for n in range(WATCHED_ADDRESSES)
                ),
            ]
        )

    def conn(self, rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
        ts = to_us(DAY) + rng.integers(0, 86_400_000_000, count)
        lasting = np.where(rng.random(count) < 0.001, 10_800_000_000, rng.integers(1000, 60_000_000, count))
        inside = rng.random(count) < 0.02
        dst = np.where(inside, _zipf(rng, 200, count), HOSTS + _zipf(rng, SERVERS, count))
        return {
            "ts": pa.array(ts), "src": _texts(self.hosts, rng.integers(0, HOSTS, count)),
            "src_port": pa.array(rng.integers(20_000, 60_000, count), pa.int32()),
            "dst": _texts(self.hosts + self.servers, dst),
            "dst_port": pa.array(rng.choice([443, 80, 3333, 8443, 22], count, p=[0.8, 0.1, 0.02, 0.05, 0.03]), pa.int32()),
            "until": pa.array(ts + lasting), "proto": pa.array(["tcp"] * count),
            "bytes_up": pa.array(rng.integers(100, 100_000, count)), "bytes_down": pa.array(rng.integers(100, 1_000_000, count)),
            "established": pa.array(rng.random(count) < 0.9),
        }  # fmt: skip

    def dns(self, rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
        asked = _zipf(rng, NAMES, count)
        offsets = pa.array(np.arange(count + 1), pa.int32())
        return {
            "ts": pa.array(to_us(DAY) + rng.integers(0, 86_400_000_000, count)),
            "src": _texts(self.hosts, rng.integers(0, HOSTS, count)), "dst": pa.array(["10.0.0.53"] * count),
            "query": _texts(self.names, asked),
            "answers": pa.ListArray.from_arrays(offsets, _texts(self.servers, asked * 7 % SERVERS)),
        }  # fmt: skip

    def record(self, rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
        stream = np.sort(rng.integers(0, max(1, count // 40), count))
        return {
            "ts": pa.array(to_us(DAY) + (stream * 9_973_000_000) % 43_200_000_000 + rng.integers(0, 3_600_000_000, count)),
            "src": _texts(self.hosts, stream % HOSTS), "src_port": pa.array(20_000 + stream % 40_000, pa.int32()),
            "dst": _texts(self.servers, stream * 31 % SERVERS), "dst_port": pa.array([443] * count, pa.int32()),
            "stream": pa.array(stream), "from_client": pa.array(rng.random(count) < 0.5),
            "number": pa.array(rng.integers(0, 400, count), pa.int32()), "kind": pa.array(["appdata"] * count),
            "length": pa.array(rng.integers(40, 16_000, count), pa.int32()),
        }  # fmt: skip


def fill(lake: Lake, world: World, million: float) -> dict[str, int]:
    """Write the lake; the rows of each table."""
    rng, counts = np.random.default_rng(1), {}
    for origin, (table, make, share) in enumerate(
        ((("conn", world.conn, 1.0)), ("dns", world.dns, 1.0), ("record", world.record, 0.25)), 1
    ):
        counts[table] = round(million * 1e6 * share)
        with lake.writer(SourceRecord(origin, table, "bench")) as writer:
            for begin in range(0, counts[table], BATCH):
                size = min(BATCH, counts[table] - begin)
                made = make(rng, size) | {
                    "origin": pa.array([origin] * size, pa.int32()),
                    "row": pa.array(np.arange(begin + 1, begin + size + 1)),
                }
                columns = [made.get(field.name, pa.nulls(size, field.type)) for field in TABLES[table]]
                writer.write(table, pa.RecordBatch.from_arrays(columns, schema=TABLES[table]))
    return counts


def visited(world: World) -> list[Sighting]:
    """A thousand servers of which somebody has to be asked who else uses them."""
    told = Evidence("push_flow", "behaviour", Grade.BEHAVED, 5.0, message("push_flow.push"), DAY, DAY.replace(hour=23))
    return [Sighting(world.hosts[n], server, 443, told) for n, server in enumerate(world.servers[:1000])]


def used() -> float:
    """Processor seconds of this process and of whatever it started."""
    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


@contextmanager
def engines(lake: Lake, names: list[str]) -> Iterator[dict[str, Lake]]:
    """The lake as each engine sees it."""
    with ExitStack() as stack:
        seen: dict[str, Lake] = {}
        if "duckdb" in names:
            seen["duckdb"] = lake
        if "sail" in names:
            seen["sail"] = ClusterLake(lake.directory, stack.enter_context(sail()))
        if "spark" in names:
            seen["spark"] = ClusterLake(lake.directory, stack.enter_context(standalone(measured=True)))
        yield seen


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", type=float, default=5.0)
    parser.add_argument("--engine", action="append", choices=["duckdb", "sail", "spark"])
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    world, rows = World(), []
    with tempfile.TemporaryDirectory(prefix="mw-scale-") as folder:
        lake = Lake(Path(folder) / "lake")
        counts = fill(lake, world, args.million)
        size = {t: sum(p.stat().st_size for p in (lake.directory / t).iterdir()) / counts[t] for t in counts}
        print(
            f"{platform.python_version()}, {os.cpu_count()} cores; rows {counts}; bytes a row "
            f"{ {t: round(b, 1) for t, b in size.items()} }",
            flush=True,
        )
        places = visited(world)
        acts: dict[str, tuple[Callable[[Context], list[Sighting]], int]] = {
            name: (partial(_sightings, name),
                   counts["record"] if name == "push_flow" else counts["conn"] + (counts["dns"] if name == "known_pool" else 0))
            for name in ASKED
        }  # fmt: skip
        acts["doubts"] = (lambda context: doubts(context, places), counts["conn"])
        expected: dict[str, list[Sighting]] = {}
        with engines(lake, args.engine or ["duckdb", "sail", "spark"]) as seen:
            for engine, each in seen.items():
                context = Context(each, world.watched, DAY)
                with each.engine() as warm:
                    list(warm.ask("SELECT count(*) FROM conn"))
                for name, (act, count) in acts.items():
                    cpu, begun = used(), time.perf_counter()
                    found = act(replace(context))
                    wall, cpu = time.perf_counter() - begun, used() - cpu
                    same = found == expected.setdefault(name, found)
                    rows.append({"engine": engine, "what": name, "rows": count, "cpu_s": round(cpu, 1), "wall_s": round(wall, 1),
                                 "us_a_row": round(1e6 * cpu / count, 3), "found": len(found), "same": same})  # fmt: skip
                    print(f"{engine:8} {name:15} {count:>12,} rows {cpu:8.1f} CPU-s {wall:8.1f} s {1e6 * cpu / count:7.3f} us/row "
                          f"{len(found):>7} found {'same' if same else 'DIFFERENT'}", flush=True)  # fmt: skip
    if args.json:
        args.json.write_text(json.dumps({"counts": counts, "bytes": size, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
