"""Commands for Ruijie devices (RGOS), for hand entry. Source: RGOS command reference, access lists."""

from minewarden.enforce.acl import AccessListCompiler, Dialect, wildcard
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


class RuijieCompiler(AccessListCompiler):
    """Access lists of RGOS."""

    form = "ruijie"
    dialect = Dialect(
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
