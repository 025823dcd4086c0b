"""Ranges of addresses with a label each, asked quickly: which of them does this network touch?"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from minewarden.vocab.net import Network


class Ranges:
    """An immutable set of networks, IPv4 and IPv6 side by side.

    CIDR blocks either nest or are apart, so the widest ones alone answer every question, and they are disjoint.
    """

    def __init__(self, labelled: Iterable[tuple[Network, str]]) -> None:
        self._starts: dict[int, list[int]] = {4: [], 6: []}
        self._blocks: dict[int, list[tuple[int, Network, str]]] = {4: [], 6: []}
        ordered = sorted(labelled, key=lambda pair: (pair[0].version, int(pair[0].network_address), pair[0].prefixlen))
        for network, label in ordered:
            version, end = network.version, int(network.broadcast_address)
            blocks = self._blocks[version]
            if blocks and end <= blocks[-1][0]:
                continue
            blocks.append((end, network, label))
            self._starts[version].append(int(network.network_address))

    def touching(self, network: Network) -> tuple[Network, str] | None:
        """The first block that shares an address with `network`, with its label; None where there is none."""
        blocks = self._blocks[network.version]
        at = bisect_right(self._starts[network.version], int(network.broadcast_address)) - 1
        if at < 0 or blocks[at][0] < int(network.network_address):
            return None
        return blocks[at][1], blocks[at][2]

    def __iter__(self) -> Iterator[tuple[Network, str]]:
        """The widest blocks, each with its label, IPv4 first."""
        for version in (4, 6):
            for _, network, label in self._blocks[version]:
                yield network, label
