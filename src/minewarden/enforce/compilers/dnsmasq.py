"""dnsmasq: names with all below them as `local=`, names alone through a hosts file that it reads beside.

Source: dnsmasq(8), `--local` (a domain that is answered from here only: NXDOMAIN) and `--addn-hosts`. A `local=` line
always takes what lies below with it, so a rule for one name only must not become one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.hosts_lines import hosts_lines
from minewarden.enforce.plain import heading
from minewarden.enforce.within import trees, within
from minewarden.vocab.blockrule import BlockRule, Target

CONF, HOSTS = "minewarden-dnsmasq.conf", "minewarden-dnsmasq.hosts"


class DnsmasqCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "dnsmasq"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """The `conf` goes into /etc/dnsmasq.d, the `hosts` where `addn-hosts=` points. Addresses have no form."""
        everything = fold_for_network(rules)
        blocked = trees(everything)
        lines = [
            "# Beside it: addn-hosts=/etc/minewarden-dnsmasq.hosts",
            f"# {sum(r.target not in (Target.NAME, Target.SUBTREE) for r in everything)} addresses have no form here",
        ]
        for rule in everything:
            if rule.target is Target.SUBTREE:
                covered = within(rule.value, blocked)
                lines.append(f"# {heading(rule)}")
                lines.append(f"# {rule.value}: covered by a wider rule" if covered else f"local=/{rule.value}/")
        # A name that a hosts file gives an address would answer again inside a tree that is gone.
        alone = [rule for rule in everything if rule.target is Target.NAME]
        free: list[BlockRule] = []
        for rule in alone:
            if rule.value in blocked or within(rule.value, blocked):
                lines.append(f"# {rule.value}: covered by a wider rule; {heading(rule)}")
            else:
                free.append(rule)
        return {CONF: _text(lines), HOSTS: _text(hosts_lines(free))}


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
