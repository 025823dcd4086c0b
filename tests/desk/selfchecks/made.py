"""Answers to sheets and reports of hosts, for the tests of the self-checks."""

import json
from typing import Any

from minewarden.desk.selfchecks.actions import Seen
from minewarden.desk.selfchecks.codes import items_of

SAID = {"zh": "句子", "en": "a sentence"}


def seen(kind: str, **problems: str) -> dict[str, Seen]:
    """All lines of a kind of place as fine, but for the problems named: line=what is wrong."""
    found = {item.code: Seen("fine") for item in items_of(kind)}
    return found | {code: Seen("problem", note) for code, note in problems.items()}


def host_report(host: str = "JF-07", result: str = "confirmed", **given: Any) -> dict[str, Any]:
    """A report as the self-check writes it."""
    pool = {
        "check": "pool_connection".replace("_", "-"), "family": "network", "severity": "high",
        "subject": "socket:203.0.113.9:3333", "evidence": {"pid": 4711, "remote": "203.0.113.9:3333"}, "weak": False,
        "related": ["pid:4711"], "title": SAID, "harmless": SAID, "next": SAID,
    }  # fmt: skip
    return {
        "schema": "minewarden/selfcheck/1", "program": "0.1.0", "front_end": "python", "mode": "full",
        "at": "2026-03-13T10:05:00Z", "host": {"name": host, "system": "Linux", "release": "6.1"}, "result": result,
        "result_text": SAID, "findings": [pool] if result in ("confirmed", "likely") else [],
        "coverage": {"checks": ["cmdline"], "gaps": []}, **given,
    }  # fmt: skip


def report_bytes(*args: Any, **given: Any) -> bytes:
    """The same as a file."""
    return json.dumps(host_report(*args, **given), ensure_ascii=False).encode()
