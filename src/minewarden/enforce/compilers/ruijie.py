"""Commands for Ruijie devices (RGOS), for hand entry. Source: RGOS command reference, access lists."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minewarden.enforce.acl import Dialect, command_files, wildcard
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.net import Network


def _entry(number: int, network: Network, port: int) -> str:
    what = "tcp" if port else "ip" if network.version == 4 else "ipv6"
    if network.prefixlen == network.max_prefixlen:
        place = f"host {network.network_address}"
    elif network.version == 4:
        place = f"{network.network_address} {wildcard(network)}"
    else:
        place = str(network)
    return f" {number} deny {what} any {place}" + (f" eq {port}" if port else "")


DIALECT = Dialect(
    form="ruijie",
    comment="!",
    enter=("configure terminal",),
    leave=(" exit", "end"),
    head={4: "ip access-list extended minewarden", 6: "ipv6 access-list minewarden6"},
    entry=_entry,
    remark=lambda number, said: f" remark {said}",
    remark_first=True,
    rest=lambda number, version: f" {number} permit {'ip' if version == 4 else 'ipv6'} any any",
    undo=("no ip access-list extended minewarden", "no ipv6 access-list minewarden6"),
)


class RuijieCompiler:
    """`now` is taken, as every compiler takes it, and leaves no trace."""

    form = "ruijie"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """What to enter, and what takes it away."""
        return command_files(DIALECT, rules)
