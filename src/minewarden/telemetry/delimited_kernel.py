"""Compiled: lines with a separator between their fields, read in one pass over their bytes.

Its counterpart is Arrow's reader of CSV, as `delimited` uses it. It reads what logs are made of; a block with anything
else in it, such as a line with a field too many, is left to its counterpart as a whole.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from minewarden.telemetry.cells_kernel import (
    DOT,
    LARGEST_EXACT,
    NEWLINE,
    ZERO,
    Scratch,
    bytes_of,
    count_lines,
    numbers,
    texts,
)
from minewarden.telemetry.lanes import LANES, digits, either, first, whole
from minewarden.telemetry.packets.compiled import compiled

_SKIPPED, _TEXT, _WHOLE, _DECIMAL = 0, 1, 2, 3
_KINDS = {pa.string(): _TEXT, pa.int64(): _WHOLE, pa.float64(): _DECIMAL}
_TENS = np.array([10.0**power for power in range(23)])
_MOST_BEFORE_POINT = 11
"""A number with more is no time of today; as it will be refused, it has to be seen as it was spelled."""
_WHOLE_TENS = np.array([10**power for power in range(19)])
_SCRATCH = Scratch()
_NO_ESCAPES = np.zeros(0, np.uint8)


@compiled
def _is_unset(data, at, length, unset, unset_lengths):  # type: ignore[no-untyped-def]
    for number in range(len(unset_lengths)):
        if unset_lengths[number] == length:
            same = True
            for place in range(length):
                if data[at + place] != unset[number, place]:
                    same = False
                    break
            if same:
                return True
    return False


@compiled
def _decimal(data, at, length):  # type: ignore[no-untyped-def]
    """The digits of a number, and how many of them stand behind a point; -1 where it is none, or one with more digits
    than a double has."""
    before = digits(data, at)
    if before > _MOST_BEFORE_POINT:
        return -1, 0
    if before >= length:
        return whole(data, at, length), 0
    behind = length - before - 1
    if before == 0 or behind == 0 or data[at + before] != DOT or digits(data, at + before + 1) < behind:
        return -1, 0
    return whole(data, at, before) * _WHOLE_TENS[behind] + whole(data, at + before + 1, behind), behind


@compiled
def _rows(data, end, separator, kinds, unset, unset_lengths, places, lengths, wholes, decimals):  # type: ignore[no-untyped-def]
    """How many lines were read, -1 where one of them is not so plain. The columns have a row per kept field."""
    at, line, last = 0, 0, len(kinds) - 1
    # The ends of fields in the 32 bytes from `base` on that are still to come.
    base, ends = 0, either(data, 0, separator, NEWLINE)
    while at < end:
        if data[at] == NEWLINE or line == places.shape[1]:
            return -1
        kept = 0
        for field in range(len(kinds)):
            begin = at
            while ends == 0:
                base += LANES
                ends = either(data, base, separator, NEWLINE)
            at = base + first(ends)
            ends &= ends - 1
            if data[at] != (NEWLINE if field == last else separator):
                return -1
            length = at - begin
            kind = kinds[field]
            if kind != _SKIPPED:
                if _is_unset(data, begin, length, unset, unset_lengths):
                    places[kept, line], lengths[kept, line] = 0, 0
                else:
                    places[kept, line], lengths[kept, line] = begin + 1, length
                    if kind != _TEXT:
                        if length == 0 or length > 18:
                            return -1
                        if data[begin] == ZERO and length > 1 and data[begin + 1] != DOT:
                            return -1
                        if kind == _WHOLE:
                            if digits(data, begin) < length:
                                return -1
                            wholes[kept, line] = whole(data, begin, length)
                        else:
                            value, behind = _decimal(data, begin, length)
                            if value < 0 or value >= LARGEST_EXACT:
                                return -1
                            decimals[kept, line] = value / _TENS[behind]
                kept += 1
            at += 1
        line += 1
    return line


def parsed(
    data: bytes,
    columns: Sequence[str],
    separator: str,
    unset: Sequence[str],
    kinds: Mapping[str, pa.DataType],
    lines: int = 0,
) -> pa.Table | None:
    """The columns that `kinds` names, of these types; None where a line is not so plain. `data` ends with a newline.

    Of columns with one name the first counts. A field that is one of `unset` is null. `lines`: how many there are,
    where that is known.
    """
    known = [name for name in dict.fromkeys(columns) if name in kinds]
    if len(columns) < 2 or not separator.isascii():
        return None
    told = np.zeros(len(columns), np.int64)
    for name in known:
        told[columns.index(name)] = _KINDS[kinds[name]]
    known.sort(key=columns.index)
    marks = [mark.encode() for mark in unset]
    spelled = np.zeros((len(marks), max(map(len, marks), default=1) or 1), np.uint8)
    for number, mark in enumerate(marks):
        spelled[number, : len(mark)] = np.frombuffer(mark, np.uint8)
    raw = bytes_of(data)
    lines = lines or count_lines(raw, len(data))
    shape = (len(known), lines)
    places, lengths = _SCRATCH.array("places", shape, np.int32), _SCRATCH.array("lengths", shape, np.int32)
    wholes = _SCRATCH.array("wholes", shape, np.int64)
    # A column has one kind, so that they may share their memory.
    decimals = wholes.view(np.float64)
    mark_lengths = np.array([len(mark) for mark in marks], np.int64)
    read = _rows(raw, len(data), ord(separator), told, spelled, mark_lengths, places, lengths, wholes, decimals)
    if read != lines:
        return None
    spelled_out = [number for number, name in enumerate(known) if kinds[name] == pa.string()]
    found = iter(texts(raw, places[spelled_out], lengths[spelled_out], _NO_ESCAPES))
    made = []
    for number, name in enumerate(known):
        if kinds[name] == pa.string():
            made.append(next(found))
        else:
            values = (wholes if kinds[name] == pa.int64() else decimals)[number]
            made.append(numbers(values.copy(), places[number] > 0))
    return pa.table(made, names=known)
