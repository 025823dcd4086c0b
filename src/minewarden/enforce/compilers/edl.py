"""Plain lists that firewalls fetch over HTTP (external dynamic lists): one entry a line and nothing else.

Source: the list formats of PAN-OS (External Dynamic List), FortiOS (External Block List) and Sangfor. Many of them
choke on a comment, so ends and reasons stand beside the lists in `index.json`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import instant, one_line
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import Endpoint

SCHEMA = "minewarden/edl-index/1"
_LISTS = {
    Target.NAME: "domains.txt",
    Target.SUBTREE: "domains.txt",
    Target.IP: "ips.txt",
    Target.CIDR: "ips.txt",
    Target.IP_PORT: "ip-ports.txt",
}


class EdlCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace: an unchanged list keeps its bytes (and ETag)."""

    form = "edl"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`domains.txt`, `ips.txt`, `ip-ports.txt` and `index.json`. A subtree stands as `name` and `*.name`."""
        folded = fold_for_network(rules)
        entries: dict[str, set[str]] = {file: set() for file in _LISTS.values()}
        for rule in folded:
            entries[_LISTS[rule.target]].update(_entries(rule))
        index = {
            "schema": SCHEMA,
            "rules": [
                {
                    "list": _LISTS[rule.target],
                    "entries": _entries(rule),
                    "target": rule.target.value,
                    "expires_at": instant(rule.expires_at),
                    "reason": one_line(rule.reason),
                    "basis": one_line(rule.basis),
                }
                for rule in folded
            ],
        }
        compiled = {file: "".join(f"{entry}\n" for entry in sorted(lines)).encode() for file, lines in entries.items()}
        compiled["index.json"] = (json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
        return compiled


def _entries(rule: BlockRule) -> list[str]:
    """The lines of one rule."""
    if rule.target is Target.SUBTREE:
        return [rule.value, f"*.{rule.value}"]
    if rule.target is Target.IP_PORT:
        return [str(Endpoint(rule.value, rule.port))]
    return [rule.value]
