"""Compiled: lines with a separator between their fields, read in one pass over their bytes.

Its counterpart is Arrow's reader of CSV, as `delimited` uses it. It reads what logs are made of; a block with anything
else in it, such as a line with a field too many, is left to its counterpart as a whole.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from minewarden.telemetry.cells_kernel import DOT, LARGEST_EXACT, NEWLINE, NINE, ZERO, count_lines, numbers, texts
from minewarden.telemetry.packets.compiled import compiled

_SKIPPED, _TEXT, _WHOLE, _DECIMAL = 0, 1, 2, 3
_KINDS = {pa.string(): _TEXT, pa.int64(): _WHOLE, pa.float64(): _DECIMAL}
_TENS = np.array([10.0**power for power in range(23)])
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
def _rows(data, separator, kinds, unset, unset_lengths, places, lengths, whole, decimal):  # type: ignore[no-untyped-def]
    """How many lines were read, -1 where one of them is not so plain. The columns have a row per kept field."""
    at, end, line, last = 0, len(data), 0, len(kinds) - 1
    while at < end:
        if data[at] == NEWLINE:
            return -1
        kept = 0
        for field in range(len(kinds)):
            begin = at
            while data[at] != separator and data[at] != NEWLINE:
                at += 1
            if data[at] != (NEWLINE if field == last else separator):
                return -1
            length = at - begin
            kind = kinds[field]
            if kind != _SKIPPED:
                if not _is_unset(data, begin, length, unset, unset_lengths):
                    places[kept, line], lengths[kept, line] = begin + 1, length
                    if kind != _TEXT:
                        if length == 0 or length > 18:
                            return -1
                        if data[begin] == ZERO and length > 1 and data[begin + 1] != DOT:
                            return -1
                        value, point = 0, -1
                        for place in range(begin, at):
                            byte = data[place]
                            if ZERO <= byte <= NINE:
                                value = value * 10 + (byte - ZERO)
                            elif byte == DOT and kind == _DECIMAL and point < 0 and begin < place < at - 1:
                                point = place
                            else:
                                return -1
                        if kind == _WHOLE:
                            whole[kept, line] = value
                        else:
                            if value >= LARGEST_EXACT:
                                return -1
                            decimal[kept, line] = value / _TENS[at - point - 1 if point >= 0 else 0]
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
) -> pa.Table | None:
    """The columns that `kinds` names, of these types; None where a line is not so plain. `data` ends with a newline.

    Of columns with one name the first counts. A field that is one of `unset` is null.
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
    raw = np.frombuffer(data, np.uint8)
    lines = count_lines(raw)
    shape = (len(known), lines)
    places, lengths = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    whole, decimal = np.zeros(shape, np.int64), np.zeros(shape, np.float64)
    mark_lengths = np.array([len(mark) for mark in marks], np.int64)
    if _rows(raw, ord(separator), told, spelled, mark_lengths, places, lengths, whole, decimal) != lines:
        return None
    made = []
    for number, name in enumerate(known):
        if kinds[name] == pa.string():
            made.append(texts(raw, places[number], lengths[number], _NO_ESCAPES))
        else:
            made.append(numbers((whole if kinds[name] == pa.int64() else decimal)[number], places[number] > 0))
    return pa.table(made, names=known)
