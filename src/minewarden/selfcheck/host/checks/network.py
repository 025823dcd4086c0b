"""Whom programs talk to: pools that a hosts file names, and connections that last to ports of pools.

Addresses are not looked up: that a name is a pool's is known from the catalogue, which address it has today is not.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from .. import facts
from ..machine import Process
from ..report import NETWORK, Finding, Gap
from .context import Context

PORTS = frozenset({3333, 4444, 5555, 7777, 14444, 14433, 45700, 10343, 20128, 10128, 18081, 3032, 9999, 6666, 13333})
"""Ports that many pools use and little else does. Weak: other programs use any of them."""

_ESTABLISHED = "01"


def connections(context: Context) -> Iterator[Finding | Gap]:
    """Open connections to a pool's usual port, or to an address that this host's own hosts file gives a pool's name."""
    named = _hosts(context)
    owners = _owners(context)
    for local, remote, port, inode in _open(context):
        process = owners.get(inode)
        subject = process.subject if process is not None else f"socket:{remote}:{port}"
        evidence = {"remote": remote, "port": port, "local_port": local, "program": process.program if process else ""}
        if remote in named:
            yield Finding("pool-connection", NETWORK, "high", subject, evidence | {"name": named[remote]})
        elif port in PORTS and not _private(remote):
            yield Finding("pool-port", NETWORK, "low", subject, evidence, weak=True)
    if any(not process.readable for process in context.programs()):
        hidden = sum(not process.readable for process in context.programs())
        yield Gap("connections", "no-permission", hidden, needs_admin=True)


def _open(context: Context) -> Iterator[tuple[int, str, int, str]]:
    for table, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        for line in context.machine.lines(table)[1:]:
            parts = line.split()
            if len(parts) >= 10 and parts[3] == _ESTABLISHED:
                _, local = _place(parts[1], family)
                remote, port = _place(parts[2], family)
                yield local, remote, port, parts[9]


def _place(text: str, family: int) -> tuple[str, int]:
    address, _, port = text.partition(":")
    raw = bytes.fromhex(address)
    raw = b"".join(struct.pack("<I", word) for word in struct.unpack(f">{len(raw) // 4}I", raw))
    shown = socket.inet_ntop(family, raw)
    return shown[7:] if shown.startswith("::ffff:") else shown, int(port, 16)


def _owners(context: Context) -> dict[str, Process]:
    owners: dict[str, Process] = {}
    for process in context.programs():
        for descriptor in context.machine.listed(f"/proc/{process.pid}/fd"):
            target = context.machine.link(f"/proc/{process.pid}/fd/{descriptor}")
            if target.startswith("socket:["):
                owners[target[8:-1]] = process
    return owners


def _hosts(context: Context) -> dict[str, str]:
    named = {}
    for line in context.machine.lines("/etc/hosts"):
        address, *names = line.partition("#")[0].split() or [""]
        pools = [name for name in names if facts.is_pool(name, context.pools)]
        if pools and not address.startswith(("0.", "127.", "::")):
            named[address] = pools[0]
    return named


def _private(address: str) -> bool:
    return address.startswith(("10.", "192.168.", "127.", "169.254.", "fe80", "fc", "fd", "::1")) or any(
        address.startswith(f"172.{second}.") for second in range(16, 32)
    )
