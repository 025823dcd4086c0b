"""What a look at a host states: findings with their families, what could not be looked at, and one of five results.

The form is promised by `report.schema.json` beside this file. Sentences are identifiers with parameters until they are
said: `words.py` puts both languages into the report.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = "minewarden/selfcheck/1"

IDENTITY, INTENT, BEHAVIOUR, NETWORK, STEALTH, PERSISTENCE = (
    "identity", "intent", "behaviour", "network", "stealth", "persistence",
)  # fmt: skip
FAMILIES = (IDENTITY, INTENT, BEHAVIOUR, NETWORK, STEALTH, PERSISTENCE)

CONFIRMED, LIKELY, UNCLEAR, NOTHING_FOUND, NOT_ABLE_TO_TELL = (
    "confirmed", "likely", "unclear", "nothing-found", "not-able-to-tell",
)  # fmt: skip
RESULTS = (CONFIRMED, LIKELY, UNCLEAR, NOTHING_FOUND, NOT_ABLE_TO_TELL)
"""None of them says "clean": a look from inside can be lied to."""

SEVERITIES = ("info", "low", "medium", "high")


@dataclass
class Finding:
    """One sign. `subject` is what it is about: `pid:123`, `file:/path`, or `host`; signs of one subject add up.

    weak: it says something only beside others of its subject. related: other subjects that it names, such as the
    program that a scheduled task starts.
    """

    check: str
    family: str
    severity: str
    subject: str
    evidence: dict[str, Any]
    weak: bool = False
    related: tuple[str, ...] = ()


@dataclass
class Gap:
    """A check that could not look, or could look at a part only. reason: no-permission | not-there | too-long."""

    check: str
    reason: str
    count: int = 0
    needs_admin: bool = False


@dataclass
class Outcome:
    """All that was found and all that could not be looked at."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)


def as_dict(one: Any) -> dict[str, Any]:
    """A finding or gap as plain data."""
    return asdict(one)
