"""MAC and ARP tables asked of a switch by SNMP, and written as the CSV that `switch_csv` reads.

Only switches that a person names by address are asked, and only to read: BRIDGE-MIB (RFC 4188 dot1dTpFdbPort,
dot1dBasePortIfIndex), Q-BRIDGE-MIB (RFC 4363 dot1qTpFdbPort), IF-MIB (ifName, else ifDescr), IP-MIB
(ipNetToMediaPhysAddress) and SNMPv2-MIB (sysName).
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from minewarden.vocab.clock import rfc3339
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac

_SYS_NAME = "1.3.6.1.2.1.1.5"
_IF_NAME, _IF_DESCR = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.2"
_BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
_FDB_PORT, _FDB_STATUS = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.4.3.1.3"
_Q_FDB_PORT, _Q_FDB_STATUS = "1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.3"
_ARP_MAC, _ARP_TYPE = "1.3.6.1.2.1.4.22.1.2", "1.3.6.1.2.1.4.22.1.4"
_SELF, _INVALID = 4, 2
"""dot1dTpFdbStatus self(4): the switch's own; ipNetToMediaType invalid(2)."""

MOST_ENTRIES = 200_000
HEADER = ("switch", "time", "ip", "mac", "vlan", "port")


@dataclass(frozen=True, slots=True)
class Login:
    """How a switch lets itself be asked: a community (version 2c), or a user of version 3 (SHA, AES-128), where the
    `context` names a table of several (Cisco: vlan-12)."""

    community: str = field(default="", repr=False)
    user: str = ""
    auth: str = field(default="", repr=False)
    privacy: str = field(default="", repr=False)
    context: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table. `ip` empty: of the MAC table; else of the ARP table. `vlan` 0: not told."""

    mac: str
    port: str
    vlan: int = 0
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """What one switch said, and when it was asked."""

    switch: str
    at: datetime
    entries: tuple[Entry, ...]


def ask(host: str, login: Login, now: datetime, *, port: int = 161, timeout: float = 3.0) -> Tables:
    """The tables of one switch. `host` is an address: names are not resolved. `timeout` in seconds for each question.

    Raises MinewardenError where the switch does not answer, refuses, or says more than a table holds.
    """
    try:
        host = canonical_ip(host)
    except ValueError as error:
        raise MinewardenError(message("snmp.bad_host", host=host[:80])) from error
    # In a thread of its own: whoever calls may have a loop running already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_ask(host, port, login, timeout, now))).result()


def write(tables: Iterable[Tables], out: TextIO) -> int:
    """Write the CSV; how many rows."""
    writer = csv.writer(out)
    writer.writerow(HEADER)
    rows = 0
    for one in tables:
        for entry in one.entries:
            writer.writerow((one.switch, rfc3339(one.at), entry.ip, entry.mac, entry.vlan or "", entry.port))
            rows += 1
    return rows


async def _ask(host: str, port: int, login: Login, timeout: float, now: datetime) -> Tables:
    from pysnmp.hlapi.v3arch import asyncio as snmp

    engine = snmp.SnmpEngine()
    family = snmp.Udp6TransportTarget if ":" in host else snmp.UdpTransportTarget
    target = await family.create((host, port), timeout=timeout, retries=1)
    # Many school switches know nothing newer; the manual says to restrict who may ask.
    who: Any = snmp.CommunityData(login.community, mpModel=1)  # noqa: S508
    if login.user:
        protocols = {
            "authKey": login.auth or None,
            "privKey": login.privacy or None,
            "authProtocol": snmp.usmHMACSHAAuthProtocol if login.auth else snmp.usmNoAuthProtocol,
            "privProtocol": snmp.usmAesCfb128Protocol if login.privacy else snmp.usmNoPrivProtocol,
        }
        who = snmp.UsmUserData(login.user, **protocols)  # noqa: S509 - as the switch is set up

    async def walk(root: str) -> AsyncIterator[tuple[tuple[int, ...], Any]]:
        depth, count = root.count(".") + 1, 0
        question = snmp.ObjectType(snmp.ObjectIdentity(root))
        more = snmp.bulk_walk_cmd(
            engine,
            who,
            target,
            snmp.ContextData(contextName=login.context),
            0,
            40,
            question,
            lexicographicMode=False,
            lookupMib=False,
        )
        async for failure, status, _, bindings in more:
            if failure or status:
                raise MinewardenError(message("snmp.no_answer", host=host, reason=str(failure or status)[:120]))
            for name, value in bindings:
                count += 1
                if count > MOST_ENTRIES:
                    raise MinewardenError(message("snmp.too_much", host=host, most=MOST_ENTRIES))
                yield tuple(name)[depth:], value

    async def column(root: str) -> dict[tuple[int, ...], Any]:
        return {index: value async for index, value in walk(root)}

    try:
        name = next((str(value) for value in (await column(_SYS_NAME)).values()), "").strip() or host
        interfaces = {index[0]: str(value) for index, value in (await column(_IF_NAME)).items()}
        interfaces = interfaces or {index[0]: str(value) for index, value in (await column(_IF_DESCR)).items()}
        bridge = {index[0]: int(value) for index, value in (await column(_BASE_PORT)).items()}
        entries = [*_macs(await column(_Q_FDB_PORT), await column(_Q_FDB_STATUS), bridge, interfaces)]
        if not entries:
            entries = [*_macs(await column(_FDB_PORT), await column(_FDB_STATUS), bridge, interfaces)]
        entries += _neighbours(await column(_ARP_MAC), await column(_ARP_TYPE), interfaces)
    finally:
        engine.close_dispatcher()
    return Tables(name, now, tuple(sorted(entries, key=lambda e: (e.ip, e.vlan, e.mac))))


def _macs(
    ports: dict[tuple[int, ...], Any],
    status: dict[tuple[int, ...], Any],
    bridge: dict[int, int],
    interfaces: dict[int, str],
) -> Iterator[Entry]:
    """Of the MAC table: the index ends in the address, with the VLAN in front where the table has it."""
    for index, value in ports.items():
        number = int(value)
        # Port 0: learnt, but not known where.
        if number and len(index) in (6, 7) and int(status.get(index, 3)) != _SELF:
            place = bridge.get(number, number)
            yield Entry(_mac(index[-6:]), interfaces.get(place, str(place)), index[0] if len(index) == 7 else 0)


def _neighbours(
    macs: dict[tuple[int, ...], Any], kinds: dict[tuple[int, ...], Any], interfaces: dict[int, str]
) -> Iterator[Entry]:
    """Of the ARP table: the index is the interface and the address."""
    for index, value in macs.items():
        mac = bytes(value)
        if len(index) == 5 and len(mac) == 6 and int(kinds.get(index, 3)) != _INVALID:
            place = index[0]
            yield Entry(_mac(mac), interfaces.get(place, str(place)), 0, ".".join(map(str, index[1:])))


def _mac(octets: Iterable[int]) -> str:
    return canonical_mac(":".join(f"{octet:02x}" for octet in octets))
