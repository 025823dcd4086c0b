"""Flow logs that carry the lengths, times and directions of a connection's first packets, as CSV: what ipfixprobe's
`pstats` (with `tls`) exports through a NEMEA logger, and any exporter whose columns are named alike.

Source: the field names of ipfixprobe (github.com/CESNET/ipfixprobe, README): PPI_PKT_LENGTHS, PPI_PKT_TIMES and
PPI_PKT_DIRECTIONS (1: from the client, -1: from the server), lists as `[297|1448|21]`. Lengths are of payload.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from minewarden.telemetry.columns import LAST_US, RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError, ZoneNeeded
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_name

MOST_PACKETS = 256
"""Of one list; exporters keep 30 to 100."""
_NEEDED = ("src_ip", "dst_ip", "dst_port", "time_first", "ppi_pkt_lengths", "ppi_pkt_times", "ppi_pkt_directions")
_TLS = ("tls_sni", "tls_ja3", "tls_ja4", "tls_alpn", "tls_version")
_EPOCH = re.compile(r"(\d{9,16})(?:\.(\d{1,9}))?", re.ASCII)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}
_MOST_LENGTH, _MOST_SPAN_US = 65_535, 32 * 86_400_000_000


class FirstLengthsReader:
    """One line a connection: a row of conn, one of record for each packet, one of tls where the log tells of TLS."""

    form = "first_lengths"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By the three lists in its header."""
        return bool(head.lines) and set(_NEEDED) <= set(_header(head.lines[0]))

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Batches of conn, record and tls. Raises ZoneNeeded where times name no zone and none was declared."""
        columns: list[str] = []
        rows = RowBuilder(source)
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if not columns:
                columns = _header(line)
                if missing := [name for name in _NEEDED if name not in columns]:
                    wanted = ", ".join(name.upper() for name in missing)
                    raise InputError(source.name, number, message("first_lengths.columns", wanted=wanted))
                continue
            cells = _cells(line)
            told = dict(zip(columns, cells, strict=False))
            try:
                if len(cells) != len(columns):
                    raise _Unreadable("columns", f"{len(cells)}")
                for table, values in _rows(told, columns, source, number):
                    yield from rows.add(table, number, **values)
            except _Unreadable as fault:
                reason = message("first_lengths.line", column=fault.column.upper(), value=fault.value[:40])
                yield Reject(number, reason, kept(line.encode()))
        yield from rows.finish()


class _Unreadable(ValueError):
    def __init__(self, column: str, value: str) -> None:
        super().__init__(column)
        self.column, self.value = column, value


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.rstrip("\r").replace("\r", " ")]), [])]
    except csv.Error:
        return []


def _header(line: str) -> list[str]:
    """Names in lower case; a NEMEA logger puts the type in front (`uint16* PPI_PKT_LENGTHS`)."""
    return [(cell.split() or [""])[-1].lower() for cell in _cells(line.removeprefix("\ufeff"))]


def _rows(
    told: dict[str, str], columns: list[str], source: Source, number: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    proto = _PROTOCOLS.get(told.get("protocol", "6"), told.get("protocol", "tcp").lower()) or "tcp"
    first = _time(told, "time_first", source, number)
    last = _time(told, "time_last", source, number) if told.get("time_last") else first
    flow = {
        "src": _address(told, "src_ip"), "src_port": _whole(told, "src_port", 65_535),
        "dst": _address(told, "dst_ip"), "dst_port": _whole(told, "dst_port", 65_535),
    }  # fmt: skip
    packets = list(_packets(told, first, source, number))
    until = max([last, *(packet[0] for packet in packets)])
    counts = {
        "bytes_up": _whole(told, "bytes", 2**62), "bytes_down": _whole(told, "bytes_rev", 2**62),
        "packets_up": _whole(told, "packets", 2**62), "packets_down": _whole(told, "packets_rev", 2**62),
    }  # fmt: skip
    encrypted = any(told.get(name, "") not in ("", "0") for name in _TLS)
    both = len({up for _, up, _ in packets}) == 2
    service = "tls" if encrypted else None
    own = {"ts": first, "until": until, "proto": proto, "established": both or None, "service": service}
    yield "conn", {**flow, **own, **counts}
    if proto != "tcp":
        return
    seen = {True: 0, False: 0}
    for at, up, length in packets:
        place = seen[up]
        seen[up] += 1
        yield "record", {
            **flow, "ts": at, "stream": number, "from_client": up, "number": place, "length": length,
            "kind": _kind(place, encrypted, columns),
        }  # fmt: skip
    if encrypted:
        yield "tls", {**flow, "ts": first, "has_hello": True, **_hello(told)}


def _kind(place: int, encrypted: bool, columns: list[str]) -> str:
    """What a length may be. A log without any column on TLS does not tell: `unknown`."""
    if encrypted:
        return "appdata" if place else "handshake"
    return "raw" if set(_TLS) & set(columns) else "unknown"


def _hello(told: dict[str, str]) -> dict[str, Any]:
    sni = told.get("tls_sni", "")
    try:
        name = canonical_name(sni) if sni else None
    except ValueError:
        raise _Unreadable("tls_sni", sni) from None
    hello: dict[str, Any] = {name: told.get(f"tls_{name}") or None for name in ("alpn", "ja3", "ja4", "version")}
    return {**hello, "sni": name}


def _packets(told: dict[str, str], first: int, source: Source, number: int) -> Iterator[tuple[int, bool, int]]:
    """Time, whether the client sent it, and length; in the order of time, without empty ones."""
    lists = [_list(told, name) for name in ("ppi_pkt_lengths", "ppi_pkt_directions", "ppi_pkt_times")]
    if len({len(one) for one in lists}) != 1:
        raise _Unreadable("ppi_pkt_lengths", "/".join(str(len(one)) for one in lists))
    out = []
    for length, direction, time in zip(*lists, strict=True):
        if direction not in ("1", "-1"):
            raise _Unreadable("ppi_pkt_directions", direction)
        size = _whole({"ppi_pkt_lengths": length}, "ppi_pkt_lengths", _MOST_LENGTH)
        if size:
            out.append((_packet_time(time, first, source, number), direction == "1", size))
    yield from sorted(out, key=lambda one: one[0])


def _packet_time(text: str, first: int, source: Source, number: int) -> int:
    """An instant, or milliseconds from the first packet on."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII):
        at = first + round(float(text) * 1000)
    else:
        at = _time({"ppi_pkt_times": text}, "ppi_pkt_times", source, number)
    if not 0 <= at - first <= _MOST_SPAN_US:
        raise _Unreadable("ppi_pkt_times", text)
    return at


def _list(told: dict[str, str], name: str) -> list[str]:
    text = told.get(name, "")
    if not (text.startswith("[") and text.endswith("]")):
        raise _Unreadable(name, text)
    found = [part.strip() for part in text[1:-1].split("|")] if len(text) > 2 else []
    if len(found) > MOST_PACKETS:
        raise _Unreadable(name, f"{len(found)}")
    return found


def _time(told: dict[str, str], name: str, source: Source, number: int) -> int:
    """Microseconds as the exporter wrote them; whole numbers are seconds, milliseconds or microseconds, by size."""
    text = told.get(name, "")
    if match := _EPOCH.fullmatch(text):
        whole, parts = match[1], (match[2] or "").ljust(6, "0")[:6]
        scale = 1_000_000 if len(whole) < 11 else 1000 if len(whole) < 14 else 1
        at = int(whole) * scale + (int(parts) if scale == 1_000_000 else 0)
    else:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise _Unreadable(name, text) from None
        if instant.tzinfo is None:
            if source.clock.zone is None:
                raise ZoneNeeded(source.name, number)
            instant = instant.replace(tzinfo=source.clock.zone)
        try:
            at = to_us(instant)
        except (ValueError, OverflowError):
            raise _Unreadable(name, text) from None
    if not 0 <= at < LAST_US:
        raise _Unreadable(name, text)
    return at


def _address(told: dict[str, str], name: str) -> str:
    try:
        return canonical_ip(told.get(name, ""))
    except ValueError:
        raise _Unreadable(name, told.get(name, "")) from None


def _whole(told: dict[str, str], name: str, most: int) -> int | None:
    text = told.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII) or int(text) > most:
        raise _Unreadable(name, text)
    return int(text)
