"""Compiled: plain DNS messages of a piece of the file, many at once.

Its counterpart is `dns_wire.parse_dns`, to which whatever is not quite plain is left: names with strange bytes in them,
aliases, and addresses of IPv6.
"""

import socket

import numpy as np

from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.dns_wire import CODES, LONGEST_NAME, MOST_RECORDS, SHOWN, TYPES, DnsMessage, parse_dns
from minewarden.telemetry.packets.frames import Bytes, Ints

_NONE, _READ, _ODD = range(3)
_PLAIN = np.zeros(256, np.uint8)
"""What a byte of a name is spelled as; 0 where that takes more than one character."""
for _byte in SHOWN:
    _PLAIN[_byte] = ord(chr(_byte).lower())
_LEAST_RECORD = 15
"""An owner of one byte, ten of type, class, time to live and length, and an address."""


@compiled
def _two(data, at):  # type: ignore[no-untyped-def]
    return np.int64(data[at]) << 8 | data[at + 1]


@compiled
def _question(data, at, end, plain, names, used):  # type: ignore[no-untyped-def]
    """Spell the name that stands here. Returns where the next field stands, or -1, and how much of `names` is used."""
    begin = at
    while True:
        if at >= end:
            return -1, used
        size = np.int64(data[at])
        if size == 0:
            return at + 1, used
        if size > 63 or at + 1 + size >= end or at + 1 + size - begin > LONGEST_NAME:
            return -1, used
        if at > begin:
            names[used] = 46
            used += 1
        for place in range(at + 1, at + 1 + size):
            spelled = plain[data[place]]
            if spelled == 0:
                return -1, used
            names[used] = spelled
            used += 1
        at += 1 + size


@compiled
def _answers(data, at, end, count, addresses, filled):  # type: ignore[no-untyped-def]
    """Note the addresses among the records here. Returns how many addresses there are now, or -1 where the counterpart
    has to look. Damage ends the records; what came before it stays."""
    for _ in range(min(count, MOST_RECORDS)):
        while at < end and data[at] and data[at] < 0xC0:
            at += np.int64(data[at]) + 1
        at += 1 if at < end and data[at] == 0 else 2
        if at + 10 > end:
            break
        kind, size = _two(data, at), _two(data, at + 8)
        at += 10
        if at + size > end:
            break
        if kind == 5 or kind == 28:
            return -1
        if kind == 1 and size == 4:
            addresses[filled] = _two(data, at) << 16 | _two(data, at + 2)
            filled += 1
        at += size
    return filled


@compiled
def _messages(data, begins, lengths, plain, told, names, addresses):  # type: ignore[no-untyped-def]
    """`told`: by message (what became of it, number, flags, type, the name's place and end, the place and end of its
    answers). Returns how much of `names` and of `addresses` is used."""
    used = filled = 0
    for message in range(len(begins)):
        at = begins[message]
        end = at + lengths[message]
        told[message, 0] = _NONE
        if lengths[message] < 17:
            continue
        flags = _two(data, at + 2)
        if _two(data, at + 4) != 1 or flags & 0x7800:
            continue
        told[message, 0] = _ODD
        after, name_end = _question(data, at + 12, end, plain, names, used)
        if after < 0 or name_end == used or after + 4 > end:
            continue
        last = filled
        if flags & 0x8000:
            last = _answers(data, after + 4, end, _two(data, at + 6), addresses, filled)
            if last < 0:
                continue
        told[message, 0], told[message, 1], told[message, 2] = _READ, _two(data, at), flags
        told[message, 3], told[message, 4], told[message, 5] = _two(data, after), used, name_end
        told[message, 6], told[message, 7] = filled, last
        used, filled = name_end, last
    return used, filled


def messages(data: Bytes, at: Ints, length: Ints) -> list[DnsMessage | None]:
    """What `parse_dns` says of each message, given by its place and its length."""
    told, room = np.empty((len(at), 8), np.int64), int(length.sum())
    names, addresses = np.empty(room, np.uint8), np.empty(room // _LEAST_RECORD + 1, np.int64)
    used, filled = _messages(data, at, length, _PLAIN, told, names, addresses)
    text, raw = names[:used].tobytes().decode("ascii"), addresses[:filled].astype(">u4").tobytes()
    spelled = [socket.inet_ntoa(raw[place : place + 4]) for place in range(0, len(raw), 4)]
    found: list[DnsMessage | None] = []
    for number, (what, mark, flags, kind, name, name_end, first, last) in enumerate(told.tolist()):
        if what == _READ:
            code = flags & 15
            found.append(
                DnsMessage(
                    mark,
                    flags & 0x8000 > 0,
                    CODES[code] if code < len(CODES) else f"RCODE{code}",
                    text[name:name_end],
                    TYPES.get(kind) or f"TYPE{kind}",
                    tuple(spelled[first:last]),
                )
            )
        elif what == _ODD:
            begin = int(at[number])
            found.append(parse_dns(data[begin : begin + int(length[number])].tobytes()))
        else:
            found.append(None)
    return found
