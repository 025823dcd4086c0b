"""What a hundred thousand blocked names cost: compiled into every form, and carried to a real BIND by signed updates.

    .venv/bin/python -m bench.block [--names 100000]    (writes bench/BLOCK.md; ends with 1 where a limit is missed)

BIND runs on loopback with an empty policy zone that takes updates from whoever has the key (TSIG, hmac-sha256). Timed
are the steps of `minewarden block`: plan (with a transfer of the zone), apply (update, and the transfer that proves
it), verify, an update of a thousandth part, and the lift of everything. Then a listed name is asked for, and one that
is not listed. Compilation is bounded by processor seconds, which a busy machine does not change. Processor seconds are
those of this process; memory is the largest resident size of each of the two processes.
"""

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from minewarden.enforce.apply import apply_plan, verify
from minewarden.enforce.book import Book
from minewarden.enforce.compilers.rpz import RpzCompiler
from minewarden.enforce.guard import guard
from minewarden.enforce.lift import lift
from minewarden.enforce.plan import plan_for
from minewarden.enforce.publish.bind import BindPublisher
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule, Site, Target
from tests.real.name_servers import HOSTS, ask, authority, free_port, named_options, running, wait_for

SECRET = "bG9vcGJhY2stb25seS1sb29wYmFjay1vbmx5ISE="
COMPILE_S = 5.0
"""The limit that issue and users set for the compilation of a hundred thousand names."""
APPLY_S, MEMORY_MIB = 120.0, 1024.0
"""So long may a signed update of a hundred thousand names take, with the proof that the server holds them."""


def rules_of(count: int, now: datetime) -> tuple[BlockRule, ...]:
    """Names that hardly repeat a label, as lists have them; each tenth with all below it."""
    ends = now + timedelta(days=30)
    targets = [Target.SUBTREE if n % 10 == 0 else Target.NAME for n in range(count)]
    asked = (
        BlockRule(target, f"p{n}.pool{n % 997}.example", ends, "library 2026.12") for n, target in enumerate(targets)
    )
    return guard(asked, Site(), now=now).accepted


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def peak(pid: int) -> float:
    """The largest resident size of a process until now, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def at_bind(folder: Path, rules: Sequence[BlockRule], now: datetime) -> tuple[list[tuple[str, float, float]], float]:
    """The steps with their seconds, and BIND's memory. Raises AssertionError where what is answered is wrong."""
    steps: list[tuple[str, float, float]] = []
    with authority(folder / "upstream") as upstream:
        named = folder / "named"
        named.mkdir()
        for name, data in RpzCompiler(now=now).compile([]).items():
            (named / name).write_bytes(data)
        port = free_port()
        more = (
            f"recursion yes; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; "
            'response-policy { zone "minewarden.rpz" min-update-interval 0; } qname-wait-recurse no break-dnssec yes;'
        )
        zone = (
            f'key "mw" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
            'zone "minewarden.rpz" { type primary; file "minewarden.rpz"; allow-query { localhost; }; '
            "allow-transfer { key mw; }; allow-update { key mw; }; };\n"
        )
        (named / "named.conf").write_text(named_options(named, port, more) + zone)
        with running("named", "-g", "-n", "1", "-c", str(named / "named.conf"), log=named / "log") as process:
            wait_for(port, "school.example.net", HOSTS["school.example.net"], process, seconds=30)
            devices = {"resolver": BindPublisher("resolver", "127.0.0.1", "mw", SECRET, port=port)}
            book = Book(folder / "book")

            def applied(wanted: Sequence[BlockRule]) -> None:
                plan = plan_for(wanted, devices, book, now=now)
                (receipt,) = apply_plan(plan, devices, book, by="bench", now=now, size=plan.size)
                assert receipt.state == "confirmed", receipt.state

            steps.append(("plan, nothing there yet", *timed(lambda: plan_for(rules, devices, book, now=now))))
            steps.append((f"plan and apply {len(rules):,}", *timed(lambda: applied(rules))))
            last = f"{rules[-1].value}"
            wait_for(port, last, "NXDOMAIN", process)
            assert ask(port, "school.example.net") == HOSTS["school.example.net"]
            steps.append(("verify", *timed(lambda: verify(devices, book, by="bench", now=now))))
            fewer = rules[: -len(rules) // 1000 or None]
            steps.append((f"plan and apply {len(rules) - len(fewer):,} changes", *timed(lambda: applied(fewer))))
            off = timed(lambda: lift(lambda rule: True, devices, book, by="bench", reason="bench", now=now))
            steps.append(("lift all", *off))
            assert devices["resolver"].held() == frozenset()
            assert ask(port, "school.example.net") == HOSTS["school.example.net"]
            return steps, peak(process.pid)


def main() -> int:
    """Measure, write, and say whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", type=int, default=100_000)
    names = parser.parse_args().names
    now = datetime.now(UTC)
    started = time.perf_counter()
    rules = rules_of(names, now)
    guarded_s = time.perf_counter() - started
    compiled = []
    for form in COMPILERS:
        sizes: list[int] = []
        compiler = COMPILERS.load(form)(now=now)
        wall, cpu = timed(lambda: sizes.extend(map(len, compiler.compile(rules).values())))  # noqa: B023 - called at once
        compiled.append((form, wall, cpu, sum(sizes)))
    folder = Path(tempfile.mkdtemp())
    try:
        steps, bind_mib = at_bind(folder, rules, now)
    finally:
        shutil.rmtree(folder)
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        "# What many blocked names cost",
        "",
        f"`python -m bench.block --names {names}`, {now:%Y-%m-%d}. {names:,} names, each tenth with all below it; the guard",
        f"judged them in {guarded_s:.1f} s. Limits: {COMPILE_S:g} s to compile, {APPLY_S:g} s to apply by signed update with its proof,",
        f"{MEMORY_MIB:g} MiB of memory.",
        "",
        "| compiled | s | of it the processor's | MB |",
        "|---|---:|---:|---:|",
        *(f"| {form} | {wall:.2f} | {cpu:.2f} | {size / 1e6:.1f} |" for form, wall, cpu, size in compiled),
        "",
        "| BIND 9.18 by RFC 2136 with TSIG | s | of it this process's |",
        "|---|---:|---:|",
        *(f"| {step} | {wall:.1f} | {cpu:.1f} |" for step, wall, cpu in steps),
        "",
        f"Memory: {own_mib:.0f} MiB here, {bind_mib:.0f} MiB in BIND.",
    ]
    (Path(__file__).parent / "BLOCK.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    missed = [form for form, _, cpu, _ in compiled if cpu > COMPILE_S]
    missed += [step for step, wall, _ in steps if wall > APPLY_S]
    missed += ["memory"] * (max(own_mib, bind_mib) > MEMORY_MIB)
    if missed:
        print(f"over the limit: {', '.join(missed)}")
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
