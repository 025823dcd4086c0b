"""What a program was told to do: its command line, its configuration. Names are changed, these are not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence

from .. import facts
from ..mask import line, path, wallet
from ..report import INTENT, Finding, Gap
from .context import Context

_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_CONFIG_NAMES = re.compile(
    r"(?i)^(?:\.?config(?:[-_.]\w+)*|pools?|xmrig|\.?cfg|settings|miner)\.(?:json|txt|conf)$|^\.xmrig\.json$"
)
_MOST = 262_144


def command_lines(context: Context) -> Iterator[Finding | Gap]:
    """At least two parts of a miner's command line, one of which no other program has."""
    hidden = 0
    for process in context.programs():
        if not process.cmdline:
            hidden += not process.kernel and not process.readable
            continue
        if process.program.lower() in facts.OTHERS:
            continue
        parts = told(process.cmdline, context.pools)
        if len(parts) >= 2 and parts.keys() & {"scheme", "wallet", "flag", "pool", "algorithm"}:
            shown = line(" ".join(process.cmdline))
            evidence = {"pid": process.pid, "program": process.program, "parts": parts, "line": shown}
            yield Finding("cmdline", INTENT, "high", process.subject, evidence)
    if hidden:
        yield Gap("cmdline", "no-permission", hidden, needs_admin=True)


def told(arguments: Sequence[str], pools: tuple[frozenset[str], tuple[str, ...]]) -> dict[str, str]:
    """The parts of a miner's command line among arguments: part -> what it was, masked."""
    found: dict[str, str] = {}
    whole = " ".join(arguments)
    if match := facts.SCHEME.search(whole):
        found["scheme"] = line(match[0])
    for name, value in _pairs(arguments):
        if name in facts.FLAGS:
            found.setdefault("flag", name)
        if name in facts.OPTIONS["url"] and (match := facts.ENDPOINT.match(value)):
            found.setdefault("endpoint", line(value))
            if facts.is_pool(match[1], pools):
                found["pool"] = match[1]
        if name in facts.OPTIONS["user"] and facts.is_wallet(value):
            found["wallet"] = wallet(value)
        if name in facts.OPTIONS["algorithm"] and facts.ALGORITHMS.match(value):
            found["algorithm"] = value[:40]
    return found


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with their values: `-o X`, `--url=X`, `--nicehash`."""
    for position, argument in enumerate(arguments):
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.partition("=")
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        yield name, value if equals else following


def configurations(context: Context) -> Iterator[Finding | Gap]:
    """A miner's configuration: JSON with pools and what only miners set. Looked for where programs are started."""
    seen: set[str] = set()
    for process in context.programs():
        for file in _of_process(context, process.cmdline, process.exe, process.cwd):
            if file not in seen:
                seen.add(file)
                yield from _configuration(context, file, (process.subject,))
    for folder in _folders(context):
        for file in context.machine.files(folder, depth=2 if context.full else 1):
            if file not in seen and _CONFIG_NAMES.match(os.path.basename(file)):
                seen.add(file)
                yield from _configuration(context, file, ())


def _of_process(context: Context, cmdline: Sequence[str], exe: str, cwd: str) -> Iterator[str]:
    for name, value in _pairs(cmdline):
        if name in ("-c", "--config") and value:
            yield value if value.startswith("/") else os.path.join(cwd or "/", value)
    for folder in {os.path.dirname(exe.replace(" (deleted)", "")), cwd} - {"", "/", "/usr/bin", "/bin", "/usr/sbin"}:
        for name in context.machine.listed(folder)[:200]:
            if _CONFIG_NAMES.match(name):
                yield os.path.join(folder, name)


def _folders(context: Context) -> Iterator[str]:
    yield from ("/tmp", "/var/tmp", "/dev/shm", "/opt")  # noqa: S108 - looked into, never written
    for home in context.homes():
        yield home
        for name in context.machine.listed(home)[:300]:
            if name.startswith("."):
                yield f"{home}/{name}"


def _configuration(context: Context, file: str, related: tuple[str, ...]) -> Iterator[Finding | Gap]:
    text = context.machine.text(file, _MOST)
    marks = marks_of(text) if text else ()
    if marks:
        yield Finding(
            "config", INTENT, "high", f"file:{path(file)}", {"path": path(file), "marks": list(marks)}, related=related
        )


def marks_of(text: str) -> tuple[str, ...]:
    """What makes a text a miner's configuration; empty where it is none."""
    if '"pools"' not in text and '"pool_list"' not in text:
        return ()
    try:
        data = json.loads(_COMMENTS.sub(lambda match: match[1] or "", text))
    except ValueError:
        return ()
    pools = (data.get("pools") or data.get("pool_list")) if isinstance(data, dict) else None
    if not isinstance(pools, list):
        return ()
    entries = [pool for pool in pools if isinstance(pool, dict)]
    if not any(
        (pool.get("url") or pool.get("pool_address")) and ("user" in pool or "wallet_address" in pool)
        for pool in entries
    ):
        return ()
    cpu = data.get("cpu")
    marks = [name for name in ("donate-level", "randomx", "opencl", "cuda", "autosave", "rig-id") if name in data]
    marks += ["cpu.huge-pages"] if isinstance(cpu, dict) and "huge-pages" in cpu else []
    return ("pools", *marks) if marks else ()
