"""Text that people wrote, made safe to stand in a configuration file: it can end no comment, line or quotation."""

from datetime import UTC, datetime
from functools import lru_cache

from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import Endpoint

KEPT = 200
"""Characters of a reason that are kept; some servers read lines of bounded length only."""


def one_line(text: str) -> str:
    """The text on one line: control characters and line separators become spaces, and length is bounded."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    clean = " ".join(text.split())
    return clean if len(clean) <= KEPT else clean[: KEPT - 1] + "…"


@lru_cache(maxsize=4096)
def instant(at: datetime) -> str:
    """An instant to the second, as configuration files carry it: 2026-12-24T00:00:00Z."""
    whole = at.astimezone(UTC)
    return whole.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def heading(rule: BlockRule) -> str:
    """What is said above a group of rules: until when, why, and on what legal basis."""
    basis = f" | basis: {one_line(rule.basis)}" if rule.basis else ""
    return f"until {instant(rule.expires_at)} | reason: {one_line(rule.reason)}{basis}"


def shown(rule: BlockRule) -> str:
    """What a rule names, as people write it: *.example.net, 203.0.113.9:3333."""
    if rule.target is Target.SUBTREE:
        return f"*.{rule.value}"
    return str(Endpoint(rule.value, rule.port)) if rule.target is Target.IP_PORT else rule.value
