"""Lines of a hosts file: exactly these names, answered with an address that is nobody's."""

from collections.abc import Iterable
from itertools import groupby

from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.clock import to_us

NOWHERE = ("0.0.0.0", "::")  # noqa: S104 - an answer, not a place to listen on.


def hosts_lines(rules: Iterable[BlockRule]) -> list[str]:
    """Folded rules for names, grouped under a comment that says until when and why, the latest end first."""
    ordered = sorted((-to_us(rule.expires_at), heading(rule), rule.value) for rule in rules)
    lines: list[str] = []
    written: set[str] = set()
    for said, group in groupby(ordered, key=lambda row: row[1]):
        lines.append(f"# {said}")
        for *_, name in group:
            if name not in written:
                written.add(name)
                lines.extend(f"{nowhere} {name}" for nowhere in NOWHERE)
    return lines
