"""The audit log of the Windows DHCP server: DhcpSrvLog-Mon.log to -Sun.log in %windir%\\System32\\dhcp.

Explanations in the language of the server, then a header and one event per line:
`ID,Date,Time,Description,IP Address,Host Name,MAC Address,...`; used are ID, Date (MM/DD/YY; the year first where it
has four digits, or two that are no month), Time, IP Address, Host Name and MAC Address, under their English or Chinese
names. The times are local, without a zone. Events: 10 assigned, 11 renewed, 12 released, 16 deleted, 17 and 18 expired,
20 and 21 assigned by BOOTP; all others (start and stop, DNS updates, refusals, events of authorisation) concern no
device's address and are counted and passed over.

The log does not say how long a lease lasts: an assignment or renewal (state `assigned`) holds until the next event of
the same address, and without one it is sure only as long as the log goes on. Each weekday's file is a source of its
own; put together in order they tell more. Format: Microsoft, "Analyze DHCP server log files".
"""

import csv
import re
from collections.abc import Iterator, Sequence

from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.stamps import local_us
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac, canonical_name

_COLUMNS = {
    "id": ("id", "事件id"),
    "date": ("date", "日期"),
    "time": ("time", "时间"),
    "ip": ("ipaddress", "ip地址"),
    "host": ("hostname", "主机名", "主机名称"),
    "mac": ("macaddress", "mac地址"),
}
_GIVEN, _ENDED = frozenset({10, 11, 20, 21}), {12: "released", 16: "expired", 17: "expired", 18: "expired"}
_EVENT = re.compile(r"^\s*(\d{1,5})\s*,\s*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\s*,", re.ASCII)
_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)


class WindowsDhcpReader:
    """Windows' DHCP audit log."""

    form = "windows_dhcp"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By its header, which stands below the explanations."""
        return any(_columns(line) is not None for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `lease`. Raises ZoneNeeded where no zone is declared."""
        rows = RowBuilder(source)
        columns: dict[str, int] | None = None
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if (found := _columns(line)) is not None:
                columns = found
            elif columns is None or not _EVENT.match(line):
                # Only below the header does a line that is no event need a word.
                if columns is not None and line.strip():
                    yield Reject(number, message("tracelog.windows_dhcp_line", what="ID"), kept(line.encode()))
            else:
                yield from _event(rows, source, number, line, columns)
        yield from rows.finish()


def _event(
    rows: RowBuilder, source: Source, number: int, line: str, columns: dict[str, int]
) -> Iterator[Batch | Reject]:
    cells = _cells(line)
    told = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    event = int(told["id"]) if told["id"].isascii() and told["id"].isdigit() else -1
    if event not in _GIVEN and event not in _ENDED:
        source.pass_over(f"ID {told['id'][:5]}")
        return
    what = "Date"
    try:
        when = local_us(f"{_iso(told['date'])} {told['time']}", source, number)
        if when is None:
            raise ValueError("no time")
        what = "IP Address"
        address = canonical_ip(told["ip"])
        what = "MAC Address"
        mac = canonical_mac(told["mac"])
        what = "Time"
        made = rows.add(
            "lease",
            number,
            ts=when,
            until=when if event in _ENDED else None,
            ip=address,
            mac=mac,
            hostname=_name(told.get("host", "")),
            state=_ENDED.get(event, "assigned"),
        )
    except ValueError:
        yield Reject(number, message("tracelog.windows_dhcp_line", what=what), kept(line.encode()))
        return
    yield from made


def _columns(line: str) -> dict[str, int] | None:
    """Where each column stands, if this is the header."""
    if "," not in line or len(line) > 4096:
        return None
    spelled = ["".join(cell.lower().split()) for cell in _cells(line)]
    found: dict[str, int] = {}
    for place, cell in enumerate(spelled):
        name = next((name for name, headings in _COLUMNS.items() if cell in headings), None)
        if name is not None:
            found.setdefault(name, place)
    return found if set(_COLUMNS) - {"host"} <= found.keys() and found["id"] == 0 else None


def _cells(line: str) -> Sequence[str]:
    try:
        return next(csv.reader([line.replace("\r", " ")]), [])
    except csv.Error:
        return []


def _iso(text: str) -> str:
    """2026-03-12 from 03/12/26, 26/03/12 (where no month can be 26), 2026/3/12. Raises ValueError."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"no date: {text!r:.40}")
    first, second, third = match.groups()
    if len(first) == 4 or int(first) > 12:
        year, month, day = first, second, third
    else:
        year, month, day = third, first, second
    full = int(year) + (2000 if len(year) <= 2 else 0)
    return f"{full:04d}-{int(month):02d}-{int(day):02d}"


def _name(text: str) -> str | None:
    try:
        return canonical_name(text)
    except ValueError:
        return text.strip().lower() or None
