"""Measures tracing on a generated day against a linear scan in Python that answers from the same rows, and writes
bench/TRACE.md.

    python -m bench.trace [--nat 2000000] [--others 200000] [--questions 100] [--keep DIR]

The day is made from fixed numbers: sessions behind 16 exits, leases of an hour, logins of two. Questions are drawn from
the rows and asked three ways: with the port, with the peer only, and with the address only. Each way is measured in a
process of its own, so that its peak memory is its own. Reading the logs is not measured here; bench/scan.py does.
"""
# ruff: noqa: A005 - named like the command that it measures.

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import LakeDirectory
from minewarden.vocab.clock import from_us
from minewarden.vocab.net import Endpoint

HERE = Path(__file__).resolve().parent
DAY, SECOND, HOUR = 1_773_244_800_000_000, 1_000_000, 3_600_000_000
WAYS = ("port", "peer", "address")
_TOLERANCE = 60 * SECOND
_AT_ONCE = 100_000
_INSIDE = np.array([f"10.{a}.{b}.{c}" for a in range(4) for b in range(50) for c in range(1, 251)])
_OUTSIDE = np.array([f"203.0.113.{n}" for n in range(16)])
_PEERS = np.array([f"198.51.100.{n}" for n in range(250)])


def main() -> None:
    """Generate, measure each way in its own process, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nat", type=int, default=2_000_000)
    parser.add_argument("--others", type=int, default=200_000, help="leases, and sessions, of that day")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", nargs=2, metavar=("WHO", "WAY"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(_measure(Lake(args.keep), args.questions, *args.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        folder = args.keep or Path(made)
        if not (folder / "sources.jsonl").exists():
            generate(Lake(folder), args.nat, args.others)
        found = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-m", "bench.trace", "--keep", str(folder), "--questions", str(args.questions),
                     "--measure", who, way],
                    check=True, capture_output=True, text=True, cwd=HERE.parent,
                ).stdout
            )
            for way in WAYS
            for who in ("ours", "linear")
        ]  # fmt: skip
    text = "\n".join([*_heading(args), *map(_line, found), ""])
    (HERE / "TRACE.md").write_text(text, encoding="utf-8")
    print(text)


def generate(lake: Lake, nat: int, others: int) -> None:
    """Write a day's rows straight into the lake."""
    chance = np.random.default_rng(20260312)
    for number, (table, rows, columns) in enumerate(
        (("nat", nat, _nat), ("lease", others, _leases), ("session", others, _sessions)), 1
    ):
        with lake.writer(SourceRecord(number, f"{table}.log", "bench", zone="Asia/Shanghai", offset_s=0.0)) as writer:
            for first in range(0, rows, _AT_ONCE):
                count = min(_AT_ONCE, rows - first)
                made = {"origin": np.full(count, number), "row": np.arange(first + 1, first + count + 1)}
                made |= columns(chance, count, first)
                arrays = [
                    pa.nulls(count, field.type)
                    if field.name not in made
                    else pa.array(made[field.name]).cast(field.type)
                    for field in TABLES[table]
                ]
                writer.write(table, pa.RecordBatch.from_arrays(arrays, schema=TABLES[table]))


def _nat(chance: np.random.Generator, count: int, first: int) -> dict[str, Any]:
    begun = DAY + np.sort(chance.integers(0, 24 * HOUR, count))
    return {
        "ts": begun,
        "until": begun + chance.exponential(90 * SECOND, count).astype(np.int64) + 1,
        "event": np.full(count, "session"),
        "proto": np.full(count, "tcp"),
        "inside": _INSIDE[chance.integers(0, len(_INSIDE), count)],
        "inside_port": chance.integers(1024, 65536, count),
        "outside": _OUTSIDE[chance.integers(0, len(_OUTSIDE), count)],
        "outside_port": chance.integers(1024, 65536, count),
        "dst": _PEERS[chance.integers(0, len(_PEERS), count)],
        "dst_port": chance.choice([443, 80, 3333], count),
    }


def _leases(chance: np.random.Generator, count: int, first: int) -> dict[str, Any]:
    who = np.arange(first, first + count) % len(_INSIDE)
    begun = DAY + chance.integers(0, 24 * HOUR, count)
    return {
        "ts": begun,
        "until": begun + HOUR,
        "ip": _INSIDE[who],
        "mac": _macs(who),
        "state": np.full(count, "active"),
    }


def _sessions(chance: np.random.Generator, count: int, first: int) -> dict[str, Any]:
    numbers = np.arange(first, first + count)
    who, pair = (numbers // 2) % len(_INSIDE), numbers // 2
    begun = DAY + (pair * 7919 % (22 * 3600)) * SECOND
    return {
        "ts": begun + (numbers % 2) * 2 * HOUR,
        "event": np.where(numbers % 2, "stop", "start"),
        "session": np.char.add("S", pair.astype(str)),
        "login": np.char.add("u", who.astype(str)),
        "ip": _INSIDE[who],
        "mac": _macs(who),
        "nas": np.full(count, "10.0.0.2"),
    }


def _macs(who: np.ndarray[Any, Any]) -> list[str]:
    return [f"02:00:00:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}" for n in who.tolist()]


def asked(lake: Lake, count: int, way: str) -> list[Question]:
    """Questions whose answers are in the rows, spread over the day."""
    rows = list(_rows(lake, "nat", ("ts", "outside", "outside_port", "dst", "dst_port")))
    questions = []
    for ts, outside, port, dst, dst_port in random.Random(1).sample(rows, count):
        peer = Endpoint(dst, dst_port) if way == "peer" else None
        questions.append(Question(outside, port if way == "port" else 0, from_us(ts + 1), peer=peer))
    return questions


def _measure(lake: Lake, count: int, who: str, way: str) -> dict[str, Any]:
    child = os.fork()
    # The rows that the questions are drawn from must not count as memory of the answer: they are held by the child only.
    path = lake.directory / f"questions-{way}-{count}.json"
    if child == 0:
        if not path.exists():
            told = [(q.ip, q.port, str(q.at), q.peer and [q.peer.ip, q.peer.port]) for q in asked(lake, count, way)]
            path.write_text(json.dumps(told), encoding="utf-8")
        os._exit(0)
    os.waitpid(child, 0)
    questions = [
        Question(ip, port, datetime.fromisoformat(at), peer=Endpoint(*peer) if peer else None)
        for ip, port, at, peer in json.loads(path.read_text(encoding="utf-8"))
    ]
    begun, used = time.perf_counter(), time.process_time()
    if who == "ours":
        answers = trace(lake, questions, LakeDirectory(lake))
        found = sum(len(answer.candidates) for answer in answers)
        inside = [{candidate.internal_ip for candidate in answer.candidates} for answer in answers]
    else:
        inside = linear(lake, questions)
        found = sum(map(len, inside))
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    return {
        "who": who, "way": way, "wall": wall, "cpu": cpu, "found": found, "inside": sum(map(len, inside)),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def linear(lake: Lake, questions: list[Question]) -> list[set[str]]:
    """What a script does: for each row of each log, look whether it fits any question."""
    slack = _TOLERANCE + 2 * SECOND
    windows: dict[str, list[tuple[int, int, int, int, str, int]]] = {}
    for number, question in enumerate(questions):
        one = question.known()
        entry = (one.at - slack, one.at + slack, number, one.port, one.peer_ip, one.peer_port)
        windows.setdefault(one.ip, []).append(entry)
    inside: list[set[str]] = [set() for _ in questions]
    for ts, until, ip, outside, port, dst, dst_port in _rows(
        lake, "nat", ("ts", "until", "inside", "outside", "outside_port", "dst", "dst_port")
    ):
        for start, end, number, own_port, peer_ip, peer_port in windows.get(outside, ()):
            if (
                ts <= end
                and until >= start
                and own_port in (0, port)
                and (not peer_ip or (dst, dst_port) == (peer_ip, peer_port))
            ):
                inside[number].add(ip)
    wanted: dict[str, list[tuple[int, int]]] = {}
    for number, group in enumerate(inside):
        at = questions[number].known().at
        for ip in group:
            wanted.setdefault(ip, []).append((at - slack, at + slack))
    macs: dict[str, set[str]] = {}
    for ts, until, ip, mac in _rows(lake, "lease", ("ts", "until", "ip", "mac")):
        if any(ts <= end and until >= start for start, end in wanted.get(ip, ())):
            macs.setdefault(ip, set()).add(mac)
    logins: dict[str, set[str]] = {}
    begun: dict[str, int] = {}
    for ts, event, session, login, ip in _rows(lake, "session", ("ts", "event", "session", "login", "ip")):
        if event == "start":
            begun[session] = ts
        elif any(begun.get(session, 0) <= end and ts >= start for start, end in wanted.get(ip, ())):
            logins.setdefault(ip, set()).add(login)
    return inside


def _rows(lake: Lake, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    for path in sorted((lake.directory / table).glob("[0-9]*.parquet")):
        for part in pq.ParquetFile(path).iter_batches(50_000, columns=list(columns)):
            yield from zip(*(part.column(name).to_pylist() for name in columns), strict=True)


def _heading(args: argparse.Namespace) -> list[str]:
    cores = len(os.sched_getaffinity(0))
    return [
        "# What a trace costs",
        "",
        f"Made by `python -m bench.trace --nat {args.nat} --others {args.others} --questions {args.questions}`: "
        f"{args.questions} questions in one pass over a generated day of {args.nat:,} NAT rows, {args.others:,} leases and "
        f"{args.others:,} login records, ± 60 s, after reading. One run of each; {cores} cores, Python "
        f"{platform.python_version()}, {platform.system()}. The machine is shared: trust the ratios.",
        "",
        "Linear: one Python loop over the same rows that keeps what fits any question, without certainty, validity or rows "
        "cited. The inside addresses found are counted for both, and must agree.",
        "",
        "| question names | answered by | wall s | cpu s | peak MiB | candidates | inside addresses |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]


def _line(one: dict[str, Any]) -> str:
    way = {"port": "address and port", "peer": "address and peer", "address": "address only"}[one["way"]]
    who = {"ours": "trace", "linear": "linear scan"}[one["who"]]
    return f"| {way} | {who} | {one['wall']:.1f} | {one['cpu']:.1f} | {one['peak']:.0f} | {one['found']:,} | {one['inside']:,} |"


if __name__ == "__main__":
    main()
