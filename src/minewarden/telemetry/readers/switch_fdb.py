"""MAC and ARP tables as switches print them: `display mac-address` and `display arp` (H3C, Huawei), `show mac
address-table` and `show arp` (Cisco, Ruijie).

A file holds the text of a terminal: the prompt with the command names the switch (`<SW-3F-02>display mac-address`,
`SW-3F-02#show mac-address-table`); a clock printed before the table (`display clock`, `show clock`) says when it was
taken. Where no clock is printed, the rows carry no time. Several switches may stand in one file. For files that other
programs wrote, `# switch: SW-3F-02` and `# time: 2026-03-12T21:00:00+08:00` say the same.

An entry is a line with a MAC address, a VLAN and a port; the switch's own addresses (CPU, self, Vlanif) are no devices
and are passed over. A line with an IP address and a MAC address is an entry of the ARP table; of it a port is not
needed. Incomplete entries and a router's own addresses (age `-`, type `I`) are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.stamps import local_us
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac

_PROMPT = re.compile(r"^\s*(?:<([\w.\-]+)>|\[~?\*?([\w.\-]+)\]|([\w.\-]+)[#>])\s*(\S.*?)?\s*$")
_COMMAND = re.compile(r"^(?:dis\w*|sho?w?)\s+(?:mac[- ]addr?\w*|(?:ip\s+)?arp\b)", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*[#!]\s*(switch|time|交换机|时间)\s*[:：]\s*(.*?)\s*$", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![\w.:-])(?:[0-9A-Fa-f]{4}[-.]){2}[0-9A-Fa-f]{4}(?![\w.:-])"
    r"|(?<![\w.:-])(?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}(?![\w.:-])"
)
_HEADING = re.compile(r"(?=.*(?:mac[- ]?addr|hardware))(?=.*(?:vlan|ip ?addr|\baddress\b))", re.IGNORECASE)
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_NOT_LEARNT = re.compile(r"\bincomplete\b|(?<!\S)(?:I|I\s*-|--?)(?!\S)", re.IGNORECASE)
_ARP_VLAN = re.compile(r"\bvlan\s*(\d{1,4})\b", re.IGNORECASE)
_PORT = re.compile(
    r"(?<!\S)((?:[A-Za-z-]*(?:Ethernet|GigE|Aggregat\w*|Aggregation)|GE|XGE|FGE|HGE|WGE|Gi|Te|Fa|Fo|Hu|Tw|Twe|Eth|Po|BAGG|RAGG|Ag"
    r"|Eth-Trunk|Port-channel|AggregatePort|MEth)\s?\d+(?:/\d+)*(?:\.\d+)?)(?!\S)",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:CPU|self|Vlanif\d*|Switch|drop|blackhole)\b", re.IGNORECASE)
_VLAN = re.compile(r"(?<!\S)(\d{1,4})(?:/\S*)?(?!\S)")
# 21:00:00.123 UTC+8 Thu 03/12/2026 · *21:00:00.123 CST Thu Mar 12 2026 · 2026-03-12 21:00:00+08:00
_CLOCKS = (
    re.compile(
        r"^\s*[*.]?(?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)?\s+(?P<zone>\S+)\s+[A-Z][a-z]{2},?\s+(?P<us>\d\d/\d\d/\d{4})\s*$"
    ),
    re.compile(
        r"^\s*[*.]?(?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)?\s+(?P<zone>\S+)\s+[A-Z][a-z]{2},?\s+(?P<day>[A-Z][a-z]{2}\s+\d{1,2},?\s+\d{4})\s*$"
    ),
    re.compile(r"^\s*(?P<iso>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[+-]\d\d:\d\d)?)\s*$"),
)
_NUMBERED_ZONE = re.compile(r"^(?:UTC|GMT)([+-])(\d{1,2})(?::?(\d\d))?$")


@dataclass(slots=True)
class _Place:
    """What was said so far: whose table follows, and when it was taken."""

    switch: str = ""
    time: int | None = None
    in_table: bool = False


class SwitchMacReader:
    """MAC tables of one or several switches."""

    form = "switch_mac"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By the command after a prompt, or by a table's heading above entries with a MAC address and a port."""
        headings = 0
        for line in head.lines:
            if (prompt := _PROMPT.match(line)) and _COMMAND.match(prompt[4] or ""):
                return True
            if _HEADING.search(line):
                headings += "," not in line
            elif headings and _MAC.search(line) and (_PORT.search(line) or _IP.search(line)):
                return True
        return False

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of tables `fdb` and `arp`. Raises InputError where no line says which switch it is."""
        rows = RowBuilder(source)
        place = _Place()
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if self._said(source, number, line, place):
                continue
            if mac := _MAC.search(line):
                if not place.switch:
                    raise InputError(source.name, number, message("tracelog.switch_unknown"))
                ip = _IP.search(line)
                if ip is not None:
                    yield from _neighbour(rows, place, number, line, ip[0], mac[0])
                else:
                    yield from _entry(rows, place, number, line, mac[0])
        yield from rows.finish()

    def _said(self, source: Source, number: int, line: str, place: _Place) -> bool:
        """Take in a line that is no entry: a comment, a prompt, a clock."""
        if comment := _COMMENT.match(line):
            if comment[1].lower() in ("switch", "交换机"):
                place.switch, place.time = comment[2], None
            else:
                place.time = local_us(comment[2], source, number)
            return True
        for form in _CLOCKS:
            if clock := form.match(line):
                place.time = local_us(_spelled(clock.groupdict()), source, number)
                return True
        if (prompt := _PROMPT.match(line)) and not _MAC.search(line):
            name = prompt[1] or prompt[2] or prompt[3]
            if name != place.switch:
                place.switch, place.time = name, None
            return True
        return False


def _spelled(clock: dict[str, str | None]) -> str:
    """A printed clock in a spelling that stamps understand; a zone's name is no zone."""
    if iso := clock.get("iso"):
        return iso
    zone = ""
    if numbered := _NUMBERED_ZONE.match(clock["zone"] or ""):
        zone = f"{numbered[1]}{int(numbered[2]):02d}:{numbered[3] or '00'}"
    if american := clock.get("us"):
        month, day, year = american.split("/")
        return f"{year}-{month}-{day} {clock['clock']}{zone}"
    month, day, year = (clock["day"] or "").replace(",", " ").split()
    return f"{month} {day} {year} {clock['clock']}{zone}"


def _neighbour(rows: RowBuilder, place: _Place, number: int, line: str, ip: str, mac: str) -> Iterator[Batch | Reject]:
    rest = line.replace(ip, " ", 1).replace(mac, " ", 1)
    if _NOT_LEARNT.search(rest):
        return
    try:
        address = canonical_ip(ip)
    except ValueError:
        yield Reject(number, message("tracelog.mac_line"), kept(line.encode()))
        return
    port, named = _PORT.search(rest), _ARP_VLAN.search(rest)
    vlan = named or (None if port is None else _VLAN.search(line.partition(mac)[2].replace(port[0], " ")))
    yield from rows.add(
        "arp",
        number,
        ts=place.time,
        ip=address,
        mac=canonical_mac(mac),
        device=place.switch,
        port="".join(port[1].split()) if port else None,
        vlan=int(vlan[1]) if vlan else None,
    )


def _entry(rows: RowBuilder, place: _Place, number: int, line: str, mac: str) -> Iterator[Batch | Reject]:
    port = _PORT.search(line)
    if port is None:
        if not _OWN.search(line):
            yield Reject(number, message("tracelog.mac_line"), kept(line.encode()))
        return
    before, _, after = line.partition(mac)
    vlan = _VLAN.search(before) or _VLAN.search(after)
    yield from rows.add(
        "fdb",
        number,
        ts=place.time,
        switch=place.switch,
        port="".join(port[1].split()),
        mac=canonical_mac(mac),
        vlan=int(vlan[1]) if vlan else None,
    )
