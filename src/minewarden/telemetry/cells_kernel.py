"""Compiled: the cells of a column, noted by their places in the bytes of a block, as a column of Arrow.

A place is kept as one more than where the cell begins, so that 0 says that there is none.
"""

import threading
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.lanes import (
    LANES,
    below_within,
    beyond_ascii,
    count,
    first,
    others_within,
    put,
    same,
    same_within,
    unsigned,
)
from minewarden.telemetry.lines import Seen
from minewarden.telemetry.packets.compiled import compiled, inlined, lean

Places = NDArray[np.int32]

DOT, NINE, ZERO, NEWLINE = ord("."), ord("9"), ord("0"), ord("\n")
_ONE, _TWO, _FIVE = ord("1"), ord("2"), ord("5")
_HASH, _BACKSLASH, _RETURN = ord("#"), ord("\\"), ord("\r")
_SEEN_BEYOND, _SEEN_RETURN, _SEEN_BACKSLASH, _SEEN_HASH = (
    *(int(Seen.BEYOND_ASCII), int(Seen.RETURN)),
    *(int(Seen.BACKSLASH), int(Seen.HASH)),
)
_LAST_SECOND = 1e11
_NO_BITS = np.zeros(0, np.uint8)
LARGEST_EXACT = 1 << 53
"""Below it a whole number is a double exactly: one division by a power of ten rounds as a reader of texts does."""


def bytes_of(data: bytes) -> NDArray[np.uint8]:
    """The bytes as an array that is long enough to be looked at; what is put behind them are newlines."""
    return np.frombuffer(data if len(data) >= LANES else data.ljust(LANES, b"\n"), np.uint8)


@compiled
def count_lines(data, end):  # type: ignore[no-untyped-def]
    """How many lines end in the first `end` bytes."""
    lines, at = 0, 0
    while at < end - LANES:
        lines += count(same(data, at, NEWLINE))
        at += LANES
    for place in range(at, end):
        lines += data[place] == NEWLINE
    return lines


@inlined
def odd_within(data, at):  # type: ignore[no-untyped-def]
    """Whether there is anything of `lines.Seen`, or might be, in 32 bytes."""
    odd = same_within(data, at, _HASH) | same_within(data, at, _RETURN) | same_within(data, at, _BACKSLASH)
    return (odd | beyond_ascii(data, at)) != 0


@compiled
def surveyed(data, end):  # type: ignore[no-untyped-def]
    """How many lines end in the first `end` bytes, and what of `lines.Seen` stands in them."""
    lines, at, begun = 0, 0, 1
    beyond, returns, backslashes, hashes = 0, 0, 0, 0
    while at <= end - LANES:
        newlines = same_within(data, at, NEWLINE)
        lines += count(newlines)
        # Most of a log has none of these.
        if odd_within(data, at):
            hashes |= same_within(data, at, _HASH) & (newlines << 1 | begun)
            beyond |= beyond_ascii(data, at)
            returns |= same_within(data, at, _RETURN)
            backslashes |= same_within(data, at, _BACKSLASH)
        begun = newlines >> (LANES - 1)
        at += LANES
    for place in range(at, end):
        byte = data[place]
        hashes |= begun and byte == _HASH
        begun = byte == NEWLINE
        lines += begun
        beyond |= byte > 127
        returns |= byte == _RETURN
        backslashes |= byte == _BACKSLASH
    seen = _SEEN_BEYOND if beyond else 0
    seen |= _SEEN_RETURN if returns else 0
    seen |= _SEEN_BACKSLASH if backslashes else 0
    seen |= _SEEN_HASH if hashes else 0
    return lines, seen


@compiled
def _begun(lengths, begins):  # type: ignore[no-untyped-def]
    """Put down where each column's texts begin, behind one another and each with room for 32 bytes more; where all
    end."""
    at = 0
    for column in range(len(lengths)):
        begins[column] = at
        for number in range(lengths.shape[1]):
            at += lengths[column, number]
        at += LANES
    return at


@lean
def _copied_slowly(data, at, end, escapes, out, to):  # type: ignore[no-untyped-def]
    """Copy a text that is long, has escapes, or stands near the end; where its copy ends."""
    while at < end:
        left = end - at
        if at <= len(data) - LANES:
            plain = LANES
            if len(escapes):
                plain = first(same_within(data, at, 92))
            plain = min(plain, left)
            put(out, to, data, at)
            to += plain
            at += plain
            if plain in (left, LANES):
                continue
        byte = data[unsigned(at)]
        if byte == 92 and len(escapes):
            at += 1
            byte = escapes[data[at]]
        out[to] = byte
        to += 1
        at += 1
    return to


@compiled
def _copied(data, places, lengths, escapes, out, begins, offsets, absent):  # type: ignore[no-untyped-def]
    """Put the texts of each column behind one another: row by row, as they stand in the bytes, which are thus gone
    through once. `escapes`: what a character behind a backslash stands for, empty for none. `absent`: to be counted.
    """
    filled, inner = begins.copy(), len(data) - LANES
    for number in range(places.shape[1]):
        for column in range(len(places)):
            at, to = np.int64(places[unsigned(column), unsigned(number)]) - 1, filled[column]
            length = np.int64(lengths[unsigned(column), unsigned(number)])
            if at < 0:
                absent[column] += 1
            elif length <= LANES and at <= inner and (not len(escapes) or first(same_within(data, at, 92)) >= length):
                put(out, to, data, at)
                to += length
            else:
                to = _copied_slowly(data, at, at + length, escapes, out, to)
            filled[column] = to
            offsets[unsigned(column), unsigned(number + 1)] = to - begins[column]
    return filled


@compiled
def _plain_addresses(data, offsets):  # type: ignore[no-untyped-def]
    """How many texts are IPv4 addresses in their one spelling, up to the first that is none. `data` has 32 bytes, and
    as many behind each text but the last ones, which are looked at elsewhere."""
    tail = np.zeros(2 * LANES, np.uint8)
    for number in range(len(offsets) - 1):
        at = np.int64(offsets[unsigned(number)])
        length = np.int64(offsets[unsigned(number + 1)]) - at
        if not 7 <= length <= 15:
            return number
        if at <= len(data) - LANES:
            good = _plain_address(data, at, length)
        else:
            for place in range(length):
                tail[place] = data[at + place]
            good = _plain_address(tail, 0, length)
        if not good:
            return number
    return len(offsets) - 1


@inlined
def _plain_address(data, at, length):  # type: ignore[no-untyped-def]
    """Whether 7 to 15 bytes, of 32 that lie within the array, are an IPv4 address in its one spelling.

    Told of all four octets together: a mask shifted down by one says of each byte what the next one is.
    """
    within = (1 << length) - 1
    dots = same_within(data, at, DOT) & within
    bad = (dots ^ others_within(data, at) & within) | (count(dots) ^ 3)
    # Behind the last octet the text ends, as if with a dot.
    ends = dots | 1 << length
    begins = dots << 1 | 1
    longer = begins & ~(ends >> 1)
    three = longer & ~(ends >> 2)
    # An octet has 1 to 3 digits, and if more than one, then no zero before them.
    bad |= (begins & ends) | (three & ~(ends >> 3)) | (longer & same_within(data, at, ZERO))
    fives, less = same_within(data, at, _FIVE), below_within(data, at, _FIVE)
    up_to_55 = (less >> 1) | (fives >> 1 & (less | fives) >> 2)
    bad |= three & ~(same_within(data, at, _ONE) | (same_within(data, at, _TWO) & up_to_55))
    return bad == 0


@compiled
def _plain_names(data, offsets):  # type: ignore[no-untyped-def]
    """How many texts are empty where all others are host names in their one spelling, else -1."""
    empty = 0
    for number in range(len(offsets) - 1):
        at, end = offsets[number], offsets[number + 1]
        if at == end:
            empty += 1
            continue
        for place in range(at, end):
            byte = data[place]
            inner = byte == DOT or byte == 45
            word = ZERO <= byte <= NINE or 97 <= byte <= 122 or byte == 95
            if not word and (not inner or place == at or place == end - 1):
                return -1
    return empty


@compiled
def _microseconds(values, there, begin, end, out):  # type: ignore[no-untyped-def]
    """Whether all seconds that are there, by a bitmap that is empty where all are, are between 1970 and the year 5138;
    what is not there becomes 0."""
    for number in range(begin, end):
        if len(there) and not there[unsigned(number >> 3)] >> (number & 7) & 1:
            out[number] = 0
        elif 0.0 <= values[number] <= _LAST_SECOND:
            out[number] = np.int64(np.rint(values[number] * 1e6))
        else:
            return False
    return True


class Scratch(threading.local):
    """Memory that a thread uses again for each block: fresh pages cost more than what is done with them."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[np.uint8]] = {}

    def array(self, name: str, shape: tuple[int, int], kind: type[np.generic]) -> NDArray[Any]:
        """An array with what stood there before in it, good until the next call with this name."""
        size = shape[0] * shape[1] * np.dtype(kind).itemsize
        held = self._held.get(name)
        if held is None or len(held) < size:
            held = self._held[name] = np.empty(size, np.uint8)
        return held[:size].view(kind).reshape(shape)


def validity(there: NDArray[np.bool_]) -> pa.Buffer | None:
    """Arrow's bitmap of what is there; None where all is."""
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))


def texts(data: NDArray[np.uint8], places: Places, lengths: Places, escapes: NDArray[np.uint8]) -> list[pa.Array]:
    """Columns of texts, from a row of places and lengths for each."""
    columns, count = places.shape
    begins, absent = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
    out, offsets = np.empty(_begun(lengths, begins), np.uint8), np.zeros((columns, count + 1), np.int32)
    ends = _copied(data, places, lengths, escapes, out, begins, offsets, absent)
    made, held = [], pa.py_buffer(out)
    for column in range(columns):
        there = validity(places[column] > 0) if absent[column] else None
        begin, end = int(begins[column]), int(ends[column])
        buffers = [there, pa.py_buffer(offsets[column]), held.slice(begin, end - begin)]
        made.append(pa.Array.from_buffers(pa.string(), count, buffers))
    return made


def numbers(values: NDArray[np.int64] | NDArray[np.float64], there: NDArray[np.bool_]) -> pa.Array:
    """A column of numbers, in the memory where they stand."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [validity(there), pa.py_buffer(values)])


def microseconds(column: pa.Array) -> pa.Array | None:
    """Seconds since 1970 as whole microseconds, as `times.from_seconds` makes them in many steps; None where one is no
    such time, or is in milliseconds."""
    there, values = column.buffers()
    begin, end = column.offset, column.offset + len(column)
    bits = np.frombuffer(there, np.uint8) if there is not None else _NO_BITS
    out = np.empty(end, np.int64)
    if not _microseconds(np.frombuffer(values, np.float64), bits, begin, end, out):
        return None
    return pa.Array.from_buffers(pa.int64(), len(column), [there, pa.py_buffer(out)], column.null_count, begin)


def plain_addresses(column: pa.Array) -> bool:
    """Whether all texts are IPv4 addresses in their one spelling, so that nothing is to be done."""
    return _checkable(column) and column.null_count == 0 and _plain_addresses(*_views(column)) == len(column)


def plain_names(column: pa.Array) -> bool:
    """Whether all texts are host names in their one spelling, or null."""
    return _checkable(column) and _plain_names(*_views(column)) == column.null_count


def _checkable(column: pa.Array) -> bool:
    return bool(len(column)) and column.type == pa.string()


def _views(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    _, offsets, data = column.buffers()
    begin, count = column.offset, len(column) + 1
    raw = np.frombuffer(data, np.uint8) if data is not None and data.size >= LANES else bytes_of(bytes(data or b""))
    return raw, np.frombuffer(offsets, np.int32)[begin : begin + count]
