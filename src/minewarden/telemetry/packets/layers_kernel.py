"""Compiled: from frames to TCP and UDP segments, one packet after the other, and what each looks like the start of.

Its counterparts are `layers.decode` and `starts.start_kinds`.
"""

import numpy as np

from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.frames import Bytes, Frames
from minewarden.telemetry.packets.layers import Segments, Tally
from minewarden.telemetry.packets.starts import AFTER_BRACE, AFTER_BRACKET, BLANKS, INITIALS, METHOD_WORDS

_TCP, _UDP = 6, 17
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_MAPPED = 0xFFFF << 32
_DEEPEST = 8
_OTHER_LINK, _NOT_IP, _OTHER_TRANSPORT, _LATER_FRAGMENT, _MALFORMED, _CUT = range(6)
_ROW, _TS, _PROTO, _SPORT, _DPORT, _FLAGS, _SEQ, _SIZE, _PAYLOAD, _LENGTH, _KEPT = range(11)
_NOTHING, _JSON, _HTTP, _WEBSOCKET, _TLS, _DNS = range(6)
_LOOKED_AT = 16


@compiled
def _two(data, at):  # type: ignore[no-untyped-def]
    return np.int64(data[at]) << 8 | np.int64(data[at + 1])


@compiled
def _four(data, at):  # type: ignore[no-untyped-def]
    return _two(data, at) << 16 | _two(data, at + 2)


@compiled
def _eight(data, at):  # type: ignore[no-untyped-def]
    return np.uint64(_four(data, at)) << np.uint64(32) | np.uint64(_four(data, at + 4))


@compiled
def _network(data, at, end, link):  # type: ignore[no-untyped-def]
    """Where the network packet of a frame starts, and its EtherType; -1 for a link type that is not known."""
    if link == 1:
        kind, at = _two(data, at + 12), at + 14
    elif link == 113:
        kind, at = _two(data, at + 14), at + 16
    elif link == 276:
        kind, at = _two(data, at), at + 20
    elif link in (12, 14, 101, 228, 229, 0, 108):
        at += 4 if link in (0, 108) else 0
        version = data[at] >> 4
        return at, _IPV4 if version == 4 else _IPV6 if version == 6 else 0
    else:
        return at, -1
    for _ in range(_DEEPEST):
        if kind not in (0x8100, 0x88A8, 0x9100) or at + 4 > end:
            break
        kind = _two(data, at + 2)
        at += 4
    if kind == _PPPOE and at + 8 <= end:
        inner = _two(data, at + 6)
        kind, at = _IPV4 if inner == 0x0021 else _IPV6 if inner == 0x0057 else 0, at + 8
    return at, kind


@compiled
def _behind_extensions(data, at, end, following):  # type: ignore[no-untyped-def]
    """The transport behind the extension headers of IPv6, where it starts, and whether it is a later fragment."""
    later = False
    for _ in range(_DEEPEST):
        if following not in (0, 43, 60, 135, 139, 140, 51, 44) or at + 8 > end:
            break
        units = np.int64(data[at + 1])
        length = 8 if following == 44 else (units + 2) * 4 if following == 51 else (units + 1) * 8
        later = later or (following == 44 and _two(data, at + 2) & 0xFFF8 > 0)
        following = np.int64(data[at])
        at += length
    return following, at, later


@compiled
def _segments(data, start, captured, wire, ts, link, first_row, words, columns, counts):  # type: ignore[no-untyped-def]
    found = 0
    for number in range(len(start)):
        end = start[number] + captured[number]
        wire_end = max(end, start[number] + wire[number])
        counts[_CUT] += captured[number] < wire[number]
        at, kind = _network(data, start[number], end, link[number])
        if kind < 0:
            counts[_OTHER_LINK] += 1
            continue
        if captured[number] == 0:
            continue
        if kind == _IPV4:
            length, total = (data[at] & 15) * 4, _two(data, at + 2)
            if total == 0:
                total = wire_end - at
            if data[at] >> 4 != 4 or length < 20 or at + length > end or total < length:
                counts[_MALFORMED] += 1
                continue
            if _two(data, at + 6) & 0x1FFF:
                counts[_LATER_FRAGMENT] += 1
                continue
            proto, place = np.int64(data[at + 9]), at + length
            words[0, found], words[1, found] = 0, np.uint64(_four(data, at + 12) | _MAPPED)
            words[2, found], words[3, found] = 0, np.uint64(_four(data, at + 16) | _MAPPED)
        elif kind == _IPV6:
            total = _two(data, at + 4) + 40
            if total == 40:
                total = wire_end - at
            if data[at] >> 4 != 6 or at + 40 > end:
                counts[_MALFORMED] += 1
                continue
            proto, place, later = _behind_extensions(data, at + 40, end, np.int64(data[at + 6]))
            if later:
                counts[_LATER_FRAGMENT] += 1
                continue
            for word in range(4):
                words[word, found] = _eight(data, at + 8 + 8 * word)
        else:
            counts[_NOT_IP] += 1
            continue
        end, wire_end = min(end, at + total), at + total
        if proto not in (_TCP, _UDP):
            counts[_OTHER_TRANSPORT] += 1
            continue
        if (20 if proto == _TCP else 8) > end - place:
            counts[_MALFORMED] += 1
            continue
        if proto == _TCP:
            payload = min(place + (data[place + 12] >> 4) * 4, wire_end)
            columns[_FLAGS, found], columns[_SEQ, found] = data[place + 13], _four(data, place + 4)
        else:
            payload = min(place + 8, wire_end)
            wire_end = min(wire_end, place + max(8, _two(data, place + 4)))
            columns[_FLAGS, found] = columns[_SEQ, found] = 0
        columns[_ROW, found], columns[_TS, found], columns[_PROTO, found] = first_row + number, ts[number], proto
        columns[_SPORT, found], columns[_DPORT, found] = _two(data, place), _two(data, place + 2)
        columns[_SIZE, found], columns[_PAYLOAD, found], columns[_LENGTH, found] = total, payload, wire_end - payload
        columns[_KEPT, found] = max(0, min(end, wire_end) - payload)
        found += 1
    return found


def decode(frames: Frames, data: Bytes, tally: Tally) -> Segments:
    """The TCP and UDP packets among the frames. `data` is the padded buffer of the frames as an array."""
    count = len(frames.start)
    words, columns, counts = np.empty((4, count), np.uint64), np.empty((11, count), np.int64), np.zeros(6, np.int64)
    used = _segments(
        *(data, frames.start, frames.captured, frames.wire, frames.ts, frames.link, frames.first_row),
        *(words, columns, counts),
    )
    tally.packets += count
    tally.segments += used
    tally.other_link += int(counts[_OTHER_LINK])
    tally.not_ip += int(counts[_NOT_IP])
    tally.other_transport += int(counts[_OTHER_TRANSPORT])
    tally.later_fragments += int(counts[_LATER_FRAGMENT])
    tally.malformed += int(counts[_MALFORMED])
    tally.cut += int(counts[_CUT])
    row, ts, proto, sport, dport, flags, seq, size, payload, length, kept = columns[:, :used]
    src_hi, src_lo, dst_hi, dst_lo = words[:, :used]
    return Segments(
        *(frames.data, data, row, ts, proto, src_hi, src_lo, dst_hi, dst_lo),
        *(sport, dport, flags, seq, size, payload, length, kept),
    )


@compiled
def _kinds(data, proto, sport, dport, payload, kept, tables, kinds):  # type: ignore[no-untyped-def]
    blanks, after_brace, after_bracket, initials, methods = tables
    for number in range(len(proto)):
        at, length = payload[number], kept[number]
        kind = _NOTHING
        if proto[number] != _TCP or length == 0:
            kinds[number] = kind
            continue
        first, second = data[at], data[at + 1]
        if first == 0x7B or first == 0x5B or blanks[first]:
            place = 0
            while place < _LOOKED_AT and blanks[data[at + place]]:
                place += 1
            if place == _LOOKED_AT:
                place = 0
            opening, following, last = data[at + place], data[at + place + 1], place + 1 >= length
            if (opening == 0x7B and (last or after_brace[following])) or (
                opening == 0x5B and (last or after_bracket[following])
            ):
                kind = _JSON if place < length else _NOTHING
        if length < 4:
            if initials[first]:
                kind = _HTTP
        elif initials[first]:
            word = _four(data, at)
            for method in methods:
                if word == method:
                    kind = _HTTP
        if first == 0x81 and length > 4:
            if (second < 126 and data[at + 2] == 0x7B) or (second == 126 and data[at + 4] == 0x7B):
                kind = _WEBSOCKET
        elif first == 22 and (length == 1 or second == 3) and (length <= 5 or data[at + 5] in (1, 2, 11)):
            kind = _TLS
        if sport[number] == 53 or dport[number] == 53:
            kind = _DNS
        kinds[number] = kind


_TABLES = (BLANKS, AFTER_BRACE, AFTER_BRACKET, INITIALS, METHOD_WORDS.astype(np.int64))


def start_kinds(segments: Segments) -> Bytes:
    """For each packet what its payload looks like the start of."""
    kinds = np.empty(len(segments), np.uint8)
    said = (segments.proto, segments.sport, segments.dport, segments.payload, segments.kept)
    _kinds(segments.bytes, *said, _TABLES, kinds)
    return kinds
