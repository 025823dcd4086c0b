"""Commands for H3C devices (Comware 7), for hand entry. Source: Comware command reference, advanced ACLs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.acl import Dialect, command_files, wildcard
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.net import Network


def _entry(number: int, network: Network, port: int) -> str:
    if network.version == 4:
        place = f"{network.network_address} {0 if network.prefixlen == 32 else wildcard(network)}"
        what = "ip"
    else:
        place, what = f"{network.network_address}/{network.prefixlen}", "ipv6"
    if port:
        return f" rule {number} deny tcp destination {place} destination-port eq {port}"
    return f" rule {number} deny {what} destination {place}"


DIALECT = Dialect(
    form="h3c",
    comment="#",
    enter=("system-view",),
    leave=("quit", "return"),
    head={4: "acl advanced name minewarden", 6: "acl ipv6 advanced name minewarden6"},
    entry=_entry,
    remark=lambda number, said: f" rule {number} comment {said}",
    remark_first=False,
    rest=lambda number, version: f" rule {number} permit {'ip' if version == 4 else 'ipv6'}",
    undo=("undo acl advanced name minewarden", "undo acl ipv6 advanced name minewarden6"),
)


class H3cCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "h3c"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """What to enter, and what takes it away."""
        return command_files(DIALECT, rules)
