"""Access lists of switches and gateways that are entered by hand: the same list in the dialect of each maker.

The list refuses destinations and ends with what lets all else pass; binding it to an interface is left to whoever
knows the network. Each entry has its own line above it that says until when and why, because nothing on such a device
counts the days. A second file takes the list away.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import Network

_STEP = 5
_REMARK = 100
"""Characters of a remark; makers allow 127 at most, and count Chinese ones double or triple."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a maker writes it. The functions give one line each; `number` is the number of the entry."""

    comment: str
    enter: tuple[str, ...]
    leave: tuple[str, ...]
    head: Mapping[int, str]
    """IP version -> the line that opens the list."""
    entry: Callable[[int, Network, int], str]
    """Number, destination, TCP port (0: everything) -> the line that refuses it."""
    remark: Callable[[int, str], str]
    remark_first: bool
    rest: Callable[[int, int], str]
    """Number, IP version -> the line that lets the rest pass; empty: the device does so by itself."""
    undo: tuple[str, ...]


class AccessListCompiler:
    """What compiles for a maker's devices; a class of its own says the form and the dialect.

    `now` is taken, as every compiler takes it, and leaves no trace.
    """

    form: ClassVar[str]
    dialect: ClassVar[Dialect]

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden-FORM.txt` to enter and `minewarden-FORM-undo.txt` to take it away. Names have no form here."""
        enter, undo = _commands(self.dialect, rules)
        return {f"minewarden-{self.form}.txt": _text(enter), f"minewarden-{self.form}-undo.txt": _text(undo)}


def vrp_entry(number: int, network: Network, port: int) -> str:
    """The line of Huawei's VRP that refuses a destination, or its TCP port (0: everything). H3C's Comware, which grew
    out of VRP, has the same."""
    if network.version == 4:
        place = f"{network.network_address} {0 if network.prefixlen == 32 else wildcard(network)}"
        what = "ip"
    else:
        place, what = f"{network.network_address}/{network.prefixlen}", "ipv6"
    if port:
        return f" rule {number} deny tcp destination {place} destination-port eq {port}"
    return f" rule {number} deny {what} destination {place}"


def _commands(dialect: Dialect, rules: Sequence[BlockRule]) -> tuple[list[str], list[str]]:
    folded = [rule for rule in fold_for_network(rules) if rule.target not in (Target.NAME, Target.SUBTREE)]
    lines = [f"{dialect.comment} {len(folded)} addresses; look at each line before it is entered", *dialect.enter]
    # The list is made anew each time: what was lifted must not stay.
    lines += dialect.undo
    for version in (4, 6):
        lines.append(dialect.head[version])
        number = _STEP
        for rule in folded:
            network = ipaddress.ip_network(rule.value)
            if network.version != version:
                continue
            pair = [dialect.entry(number, network, rule.port), dialect.remark(number, _remark(rule))]
            lines += reversed(pair) if dialect.remark_first else pair
            number += _STEP
        if rest := dialect.rest(number, version):
            lines.append(rest)
        lines.append(dialect.leave[0])
    lines += dialect.leave[1:]
    return lines, [*dialect.enter, *dialect.undo, *dialect.leave[1:]]


def wildcard(network: Network) -> str:
    """The inverted mask that access lists want: 0.0.0.255."""
    return str(network.hostmask)


def _remark(rule: BlockRule) -> str:
    # A question mark calls for help on a command line; quotation marks open a text.
    said = "".join("." if char in "?\"'" else char for char in heading(rule))
    return said[:_REMARK].strip()


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
