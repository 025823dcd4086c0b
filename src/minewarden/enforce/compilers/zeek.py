"""Zeek's intelligence framework: Zeek reports what it meets, and blocks nothing.

Source: the Zeek book, "Intelligence Framework" (fields of Intel::Item; parted by one tab, `-` for none). An address and
port become the address, because an indicator has no port; the port stands in the description.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule, Target

FILE = "minewarden-intel.dat"
_TYPES = {
    Target.NAME: "Intel::DOMAIN",
    Target.SUBTREE: "Intel::DOMAIN",
    Target.IP: "Intel::ADDR",
    Target.CIDR: "Intel::SUBNET",
    Target.IP_PORT: "Intel::ADDR",
}


class ZeekCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "zeek"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden-intel.dat`, for `Intel::read_files`. One line an indicator; what is said of it is joined."""
        said: dict[tuple[str, str], list[str]] = {}
        for rule in fold_for_network(rules):
            about = f"{heading(rule)} | port {rule.port}" if rule.port else heading(rule)
            said.setdefault((rule.value, _TYPES[rule.target]), []).append(about)
        lines = ["#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.do_notice"]
        lines += [
            f"{value}\t{kind}\tminewarden\t{' ; '.join(texts)}\tT" for (value, kind), texts in sorted(said.items())
        ]
        return {FILE: ("\n".join(lines) + "\n").encode()}
