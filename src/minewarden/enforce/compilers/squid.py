"""Squid: lists of names and addresses that `http_access` refuses.

Source: Squid's reference of `acl` (dstdomain, dst, port). A dstdomain with a dot in front takes all below it; Squid
warns where a name stands both alone and within such a tree, so the narrower one is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading
from minewarden.enforce.within import trees, within
from minewarden.vocab.blockrule import BlockRule, Target

NAMES, ADDRESSES, CONF = "minewarden-squid-names.txt", "minewarden-squid-addresses.txt", "minewarden-squid.conf"


class SquidCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "squid"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """Two lists and what to include in squid.conf above the line that allows people."""
        everything = fold_for_network(rules)
        blocked = trees(everything)
        names: list[str] = []
        addresses: list[str] = []
        number = 0
        conf = [
            '# include /etc/squid/minewarden-squid.conf above "http_access allow localnet"',
            f'acl minewarden_names dstdomain "/etc/squid/{NAMES}"',
            f'acl minewarden_addresses dst "/etc/squid/{ADDRESSES}"',
            "http_access deny minewarden_names",
            "http_access deny minewarden_addresses",
        ]
        for rule in everything:
            said = f"# {heading(rule)}"
            if rule.target is Target.SUBTREE:
                names += [said, f"# {rule.value}" if within(rule.value, blocked) else f".{rule.value}"]
            elif rule.target is Target.NAME:
                covered = rule.value in blocked or within(rule.value, blocked)
                names += [said, f"# {rule.value}" if covered else rule.value]
            elif rule.target is Target.IP_PORT:
                number += 1
                conf += [
                    said,
                    f"acl minewarden_to_{number} dst {rule.value}",
                    f"acl minewarden_port_{number} port {rule.port}",
                    f"http_access deny minewarden_to_{number} minewarden_port_{number}",
                ]
            else:
                addresses += [said, rule.value]
        return {NAMES: _text(names), ADDRESSES: _text(addresses), CONF: _text(conf)}


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
