"""MAC and ARP tables asked of a switch by SNMP, and written as the CSV that `switch_csv` reads.

Only switches that a person names by address are asked, and only to read: BRIDGE-MIB (RFC 4188 dot1dTpFdbPort,
dot1dBasePortIfIndex), Q-BRIDGE-MIB (RFC 4363 dot1qTpFdbPort), IF-MIB (ifName, else ifDescr), IP-MIB
(ipNetToMediaPhysAddress) and SNMPv2-MIB (sysName).
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
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

Value = int | bytes | None
"""Of a cell: a number, octets, or None for whatever is neither."""
Column = Mapping[tuple[int, ...], Value]
"""A column of a table by what its rows' OIDs end in."""

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
    """What one switch said, and when it was asked. `odd`: rows that were left out, being no address, number or port."""

    switch: str
    at: datetime
    entries: tuple[Entry, ...]
    odd: int = 0


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

    async def column(root: str) -> Column:
        return {index: _plain(value) async for index, value in walk(root)}

    try:
        said = {root: await column(root) for root in (_SYS_NAME, _IF_NAME, _BASE_PORT, _Q_FDB_PORT, _Q_FDB_STATUS)}
        # What newer switches say better is asked of the older ones only; some have the newer table with nothing of use.
        if not said[_IF_NAME]:
            said[_IF_DESCR] = await column(_IF_DESCR)
        if not tables(host, now, said).entries:
            said |= {root: await column(root) for root in (_FDB_PORT, _FDB_STATUS)}
        said |= {root: await column(root) for root in (_ARP_MAC, _ARP_TYPE)}
    finally:
        engine.close_dispatcher()
    return tables(host, now, said)


def _plain(value: Any) -> Value:
    # Not `bytes(value)`: of a number it would be so many zeros.
    if hasattr(value, "asOctets"):
        return bytes(value.asOctets())
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def tables(host: str, now: datetime, said: Mapping[str, Column]) -> Tables:
    """What a switch said of each column, by its OID, as its tables; what can be no row is left out and counted."""
    names = said.get(_IF_NAME) or said.get(_IF_DESCR, {})
    interfaces = {index[0]: _text(name) for index, name in names.items() if index}
    bridge = {index[0]: port for index, port in said.get(_BASE_PORT, {}).items() if index and isinstance(port, int)}
    rows = [
        *_macs(said.get(_Q_FDB_PORT, {}), said.get(_Q_FDB_STATUS, {}), 7, bridge, interfaces),
        *_macs(said.get(_FDB_PORT, {}), said.get(_FDB_STATUS, {}), 6, bridge, interfaces),
        *_neighbours(said.get(_ARP_MAC, {}), said.get(_ARP_TYPE, {}), interfaces),
    ]
    entries = sorted((row for row in rows if row is not None), key=lambda e: (e.ip, e.vlan, e.mac))
    name = next(map(_text, said.get(_SYS_NAME, {}).values()), "")
    return Tables(name or host, now, tuple(entries), rows.count(None))


def _macs(
    ports: Column, status: Column, depth: int, bridge: Mapping[int, int], interfaces: Mapping[int, str]
) -> Iterator[Entry | None]:
    """Of the MAC table: the index ends in the address, with the VLAN in front where the table has it."""
    for index, number in ports.items():
        if number == 0 or status.get(index) == _SELF:  # Port 0: learnt, but not known where.
            continue
        if len(index) != depth or max(index[-6:]) > 255 or not isinstance(number, int) or number < 0:
            yield None
            continue
        place = bridge.get(number, number)
        yield Entry(_mac(index[-6:]), interfaces.get(place) or str(place), index[0] if depth == 7 else 0)


def _neighbours(macs: Column, kinds: Column, interfaces: Mapping[int, str]) -> Iterator[Entry | None]:
    """Of the ARP table: the index is the interface and the address."""
    for index, mac in macs.items():
        if kinds.get(index) == _INVALID:
            continue
        if len(index) != 5 or max(index[1:]) > 255 or not isinstance(mac, bytes) or len(mac) != 6:
            yield None
            continue
        place = index[0]
        yield Entry(_mac(mac), interfaces.get(place) or str(place), 0, ".".join(map(str, index[1:])))


def _mac(octets: Iterable[int]) -> str:
    return canonical_mac(":".join(f"{octet:02x}" for octet in octets))


def _text(value: Value) -> str:
    """A name as a switch gives it, without what would move the cursor of a terminal."""
    raw = value if isinstance(value, bytes) else b""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return "".join(char for char in text if char.isprintable()).strip()
