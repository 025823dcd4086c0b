"""Measures signatures from telephones: fifty a second for a minute, while two thousand pages of pledges are served.

    python -m bench.pledge                       # both databases, 60 s; writes PLEDGE.md
    python -m bench.pledge --on sqlite --seconds 20 --rate 80

The desk is served as `minewarden desk serve` serves it, on loopback. Signatures arrive at their times whether the desk
keeps up or not (an open loop), each over a connection of its own as from a telephone, each by a link of its own. In the
end every answer is held against the database: what a telephone was told is signed must be there, the chain must hold.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from bench.results import machine, table

HERE = Path(__file__).parent
PAGES = 2000


def main() -> None:
    """Measure on each database and write PLEDGE.md where the run is a whole one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="both, if not said")
    parser.add_argument("--rate", type=int, default=50, help="signatures a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pages", type=int, default=PAGES, help="pages opened meanwhile")
    parser.add_argument("--workers", type=int, default=1, help="processes of the desk")
    parser.add_argument("--furnish", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.furnish is not None:
        print(json.dumps(_furnished(args.furnish)))
        return
    if args.check:
        print(json.dumps(_checked()))
        return
    found = {}
    for which in args.on or ("sqlite", "postgresql"):
        with _database(which) as environment:
            found[which] = _measured(args, environment)
            print(which, json.dumps(found[which]), file=sys.stderr)
    lines = list(_section(args, found))
    whole = (args.rate, args.seconds, args.pages) == (50, 60, PAGES) and len(found) == 2
    if whole:
        (HERE / "PLEDGE.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


@contextmanager
def _database(which: str) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        environment = {**os.environ, "MINEWARDEN_DATA": folder, "MINEWARDEN_SECRET_KEY": "bench" * 12}
        if which == "sqlite":
            yield environment
            return
        from tests.real.postgresql import serving

        with serving(durable=True) as server:
            server.create("city")
            yield environment | {"MINEWARDEN_DATABASE_URL": server.url("city")}


def _measured(args: argparse.Namespace, environment: dict[str, str]) -> dict[str, Any]:
    count = args.rate * args.seconds
    tokens = json.loads(_ran(environment, "--furnish", str(count + args.pages)))
    with _served(environment, args.workers) as (port, process):
        before = _computed(process)
        answers, memory = asyncio.run(_load(args, port, tokens, process))
        computed = _computed(process) - before
    checked = json.loads(_ran(environment, "--check"))
    signed, opened = answers["sign"], answers["page"]
    return {
        "asked": count,
        "told signed": sum(status == 302 for status, _ in signed),
        "in the database": checked["signatures"],
        "chain": checked["faults"] or "holds",
        "other answers": dict(Counter(str(status) for status, _ in signed if status != 302)),
        "sign": _times([took for _, took in signed]),
        "pages": sum(status == 200 for status, _ in opened),
        "page": _times([took for _, took in opened]),
        "seconds": answers["seconds"],
        "cpu_seconds": computed,
        "load": os.getloadavg()[0],
        "memory_mb": memory,
    }


def _computed(process: psutil.Process) -> float:
    """Seconds of computing of the desk with all its processes."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in family)


def _ran(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "bench.pledge", *words]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()[
        -1
    ]


@contextmanager
def _served(environment: dict[str, str], workers: int) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "minewarden",
        "desk",
        "serve",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(workers),
    ]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port, psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


async def _load(
    args: argparse.Namespace, port: int, tokens: list[str], process: psutil.Process
) -> tuple[dict[str, Any], float]:
    """Signatures at their times, pages at theirs, memory all the while."""
    for token in tokens[-8:]:  # each thread of the desk reads its templates once
        await _asked(port, "GET", f"/p/{token}/")
    count, dice = args.rate * args.seconds, random.Random(7)
    text = int((await _body(port, f"/p/{tokens[0]}/")).split('name="text" value="')[1].split('"')[0])
    begun = time.perf_counter()
    signing = [_at(begun + n / args.rate, port, "POST", f"/p/{tokens[n]}/", _form(text, dice)) for n in range(count)]
    pages = [
        _at(begun + dice.random() * args.seconds, port, "GET", f"/p/{tokens[count + n]}/") for n in range(args.pages)
    ]
    watching = asyncio.create_task(_watched(process))
    gathered = await asyncio.gather(*signing, *pages)
    seconds = time.perf_counter() - begun
    watching.cancel()
    peak = await watching
    return {"sign": gathered[:count], "page": gathered[count:], "seconds": seconds}, peak


async def _watched(process: psutil.Process) -> float:
    peak = 0.0
    try:
        while True:
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in family) / 1e6)
            await asyncio.sleep(0.5)
    except asyncio.CancelledError:
        return peak


async def _at(moment: float, port: int, method: str, path: str, body: bytes = b"") -> tuple[int, float]:
    """(status, milliseconds from the moment at which it was due)."""
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))
    status = await _asked(port, method, path, body)
    return status, (time.perf_counter() - moment) * 1000


async def _asked(port: int, method: str, path: str, body: bytes = b"") -> int:
    head = (await _exchanged(port, method, path, body)).split(b"\r\n", 1)[0].split()
    return int(head[1]) if len(head) > 1 else 0


async def _body(port: int, path: str) -> str:
    return (await _exchanged(port, "GET", path, b"")).decode()


async def _exchanged(port: int, method: str, path: str, body: bytes) -> bytes:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "User-Agent: bench"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    try:
        return await reader.read()
    except OSError:
        return b""
    finally:
        writer.close()


def _form(text: int, dice: random.Random) -> bytes:
    """A name of three characters: some thirty strokes of fifteen points."""
    strokes = []
    for _ in range(30):
        x, y = dice.randrange(100, 800), dice.randrange(60, 380)
        strokes.append([part for n in range(15) for part in (x + n * 6, y + n * dice.randrange(0, 6))])
    return urlencode({"text": text, "agree": "on", "ink": json.dumps(strokes, separators=(",", ":"))}).encode()


def _furnished(count: int) -> list[str]:
    """A school whose staff has a link each; the tokens."""
    from minewarden.desk.start import migrate, prepare

    prepare()
    migrate()
    from datetime import timedelta

    from django.utils import timezone

    from minewarden.desk.org.actions import create_unit
    from minewarden.desk.pledges.codes import hash_of, new_salt, token_of
    from minewarden.desk.pledges.models import Link, Signer

    now = timezone.now()
    bureau = create_unit(by=None, kind="city", name="云川市教育局", region_code="419901")
    school = create_unit(by=None, kind="school", name="云川市第一中学", parent=bureau)
    signers = Signer.objects.bulk_create(
        [
            Signer(unit=school, group=f"部门{n % 40}", number=f"T{n:06}", name=f"王{n}", category="staff")
            for n in range(count)
        ],
        batch_size=500,
    )
    salts = [new_salt() for _ in signers]
    until = now + timedelta(days=7)
    Link.objects.bulk_create(
        [
            Link(
                token_hash=hash_of(token_of(salt)), salt=salt, unit=school, signer=signer, expires_at=until, made_at=now
            )
            for salt, signer in zip(salts, signers, strict=True)
        ],
        batch_size=500,
    )
    return [token_of(salt) for salt in salts]


def _checked() -> dict[str, Any]:
    from minewarden.desk.start import prepare

    prepare()
    from minewarden.desk.pledges.models import Signature, Signer
    from minewarden.desk.pledges.verify import verify

    count = Signature.objects.count()
    noted = Signer.objects.exclude(signature=None).count()
    faults = [str(fault) for fault in verify().faults]
    if noted != count:
        faults.append(f"{noted} rows of the roll know of {count} signatures")
    return {"signatures": count, "faults": faults[:5]}


def _times(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[int(len(ordered) * 0.95)],
        "p99": ordered[int(len(ordered) * 0.99)],
        "most": ordered[-1],
    }


def _section(args: argparse.Namespace, found: dict[str, Any]) -> Iterator[str]:
    yield "# Signatures from telephones"
    yield ""
    yield (
        f"Made by `python -m bench.pledge` on {machine()}: {args.rate} signatures a second for {args.seconds} s in an open loop, "
        f"{args.pages} pages of pledges opened meanwhile, desk and clients on the same machine, {args.workers} process of the desk "
        "with its background worker. A signature counts when the telephone was told so and the row is in the database; PostgreSQL "
        "runs with fsync and synchronous commit on, SQLite with synchronous=FULL. CPU s: what all processes of the desk computed; "
        "load: of the machine, which did other work as well. Times are from the moment at which a telephone sent."
    )
    yield ""
    rows = []
    for which, facts in found.items():
        rows.append(
            (
                which, f"{facts['told signed']} of {facts['asked']}", str(facts["in the database"]), str(facts["chain"]),
                *(f"{facts['sign'][key]:.0f}" for key in ("median", "p95", "p99", "most")),
                f"{facts['pages']} of {args.pages}", f"{facts['page']['median']:.0f}", f"{facts['page']['p99']:.0f}",
                f"{facts['memory_mb']:.0f}",
                f"{facts['cpu_seconds']:.0f}",
                f"{facts['load']:.1f}",
            )
        )  # fmt: skip
    yield from table(
        (
            "database",
            "signed",
            "in the database",
            "chain",
            "sign ms",
            "p95",
            "p99",
            "most",
            "pages",
            "page ms",
            "p99",
            "MB",
            "CPU s",
            "load",
        ),
        rows,
    )
    if any(facts["other answers"] for facts in found.values()):
        yield ""
        yield f"Other answers: { ({which: facts['other answers'] for which, facts in found.items()}) }."


if __name__ == "__main__":
    main()
