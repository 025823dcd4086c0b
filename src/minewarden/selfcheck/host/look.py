"""One look at a host: run the checks, count what could not be looked at, say the result."""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any

from . import facts, report, score
from .checks import behaviour, identity, intent, network, persistence, stealth
from .checks.context import Context
from .machine import Machine, steady
from .report import Finding, Gap, Outcome, as_dict

Say = Callable[[str], dict[str, str]]
"""An identifier such as `check_cmdline` -> its sentence in zh and en."""

CHECKS = {
    "name": identity.names,
    "disguise": identity.disguise,
    "cmdline": intent.command_lines,
    "config": intent.configurations,
    "cpu": behaviour.load,
    "huge-pages": behaviour.huge_pages,
    "msr": behaviour.registers,
    "gpu": behaviour.graphics,
    "connections": network.connections,
    "places": stealth.places,
    "ld-preload": stealth.preload,
    "proc-mount": stealth.mounts,
    "hidden": stealth.hidden,
    "hidden-module": stealth.modules,
    "startup": persistence.startups,
}
SLOW = frozenset({"hidden"})
"""Left out of a quick look."""

LIMIT_S = {"quick": 10.0, "full": 120.0, "watch": 660.0}


def look(machine: Machine, *, mode: str = "quick", pools: dict[str, list[str]] | None = None) -> Outcome:
    """Run every check once; a check that fails or comes too late is a gap, never the end of the look."""
    outcome = Outcome()
    begun = steady()
    context = Context(machine, machine.processes(), facts.pools(pools), full=mode != "quick")
    if not context.processes:
        outcome.gaps.append(Gap("cmdline", "not-there"))
    for name, check in CHECKS.items():
        if mode == "quick" and name in SLOW:
            outcome.gaps.append(Gap(name, "left-out"))
            continue
        if steady() - begun > LIMIT_S[mode]:
            outcome.gaps.append(Gap(name, "too-long"))
            continue
        outcome.checks.append(name)
        try:
            for stated in check(context):
                (outcome.gaps if isinstance(stated, Gap) else outcome.findings).append(stated)  # type: ignore[arg-type]
        except (OSError, ValueError, IndexError, KeyError) as error:
            outcome.gaps.append(Gap(name, f"failed: {type(error).__name__}"))
    return outcome


def watch(
    machine: Machine, seconds: float, *, pools: dict[str, list[str]] | None = None, pause: float = 60.0
) -> Outcome:
    """Look again and again for some time: what pauses while somebody looks is seen when nobody does."""
    until = steady() + seconds
    outcome = look(machine, mode="full", pools=pools)
    seen = {_key(finding) for finding in outcome.findings}
    while steady() + pause <= until:
        time.sleep(pause)
        for finding in look(machine, mode="quick", pools=pools).findings:
            if _key(finding) not in seen:
                seen.add(_key(finding))
                outcome.findings.append(finding)
    return outcome


def document(
    outcome: Outcome, say: Say, *, mode: str, now: datetime | None = None, version: str = ""
) -> dict[str, Any]:
    """The report as a JSON object, every finding with its sentences."""
    moment = now or datetime.now(timezone.utc)
    result = score.result(outcome.findings, outcome.gaps)
    return {
        "schema": report.SCHEMA,
        "program": f"minewarden selfcheck {version}".strip(),
        "front_end": "python",
        "mode": mode,
        "at": moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "host": {"name": socket.gethostname(), "system": platform.system(), "release": platform.release()},
        "result": result,
        "result_text": say(f"result_{result.replace('-', '_')}"),
        "findings": [_finding(one, say) for one in sorted(outcome.findings, key=_order)],
        "coverage": {
            "checks": outcome.checks,
            "gaps": [as_dict(gap) | {"text": say(_gap(gap))} for gap in outcome.gaps],
        },
    }


def _finding(one: Finding, say: Say) -> dict[str, Any]:
    key = one.check.replace("-", "_")
    return as_dict(one) | {
        "related": list(one.related),
        "title": say(f"check_{key}"),
        "harmless": say(f"harmless_{one.family}"),
        "next": say(f"next_{one.family}"),
    }


def _gap(gap: Gap) -> str:
    return "gap_failed" if gap.reason.startswith("failed") else f"gap_{gap.reason.replace('-', '_')}"


def _order(one: Finding) -> tuple[int, str, str]:
    return (-report.SEVERITIES.index(one.severity), one.subject, one.check)


def _key(one: Finding) -> tuple[str, str]:
    return one.check, one.subject


def strongest(findings: Iterable[Finding]) -> list[str]:
    """The subjects that show most, for a summary."""
    return [subject for subject, families in score.by_subject(findings).items() if any(families.values())]
