"""Compiled: one JSON object a line, read in one pass over its bytes to the columns of a schema.

Its counterpart is Arrow's reader of JSON, as `jsonlines` uses it. All of the grammar is checked, also of what is passed
over; a block in which anything is not JSON, of another type than the schema's, or merely rare (`\\u` escapes,
exponents, a key twice) is left to its counterpart as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.cells_kernel import (
    DOT,
    LARGEST_EXACT,
    ZERO,
    Scratch,
    bytes_of,
    count_lines,
    numbers,
    texts,
    validity,
)
from minewarden.telemetry.lanes import (
    LANES,
    alike,
    alike_within,
    digits,
    others_within,
    short_within,
    special,
    special_within,
    unsigned,
    whole,
)
from minewarden.telemetry.lanes import first as first_of
from minewarden.telemetry.packets.compiled import compiled, inlined, lean

_TEXT, _WHOLE, _DECIMAL, _TRUTH, _STRUCT, _LIST = range(6)
_KINDS = {pa.string(): _TEXT, pa.int64(): _WHOLE, pa.float64(): _DECIMAL, pa.bool_(): _TRUTH}
_UNKNOWN, _FAILED = -1, -1
_DEEPEST, _MOST_KEYS = 16, 64
_NOTHING, _OPENS, _CLOSES = range(3)
_TO_END, _TO_TEXT, _TO_OTHER = range(3)
_STOOD, _SPAN, _CHILD, _SIBLING, _LEAD, _NODE, _WANTED, _MORE = range(8)
"""What is known of a step, in one line of the processor's cache: where what stands before a value stood in a line
before, how long it is, the first of the steps that may come behind it, the next that may come in its place, what it
leads to, which node that is of and of what kind, and what else is to be done."""
_ACTS, _LISTED = 1, 2
_MOST_STEPS, _MOST_ACTS, _ALL_STEPS = 128, 4, 4096
"""How many steps a way may have, how much a step may open and close, and how many steps the ways of a block have."""
_MOST_MISSES = 1000
_ROOM_IN_LISTS = 8
"""How many items the lists of a block may have for each of its lines; more are read by the counterpart."""
_ESCAPES = np.zeros(256, np.uint8)
for _mark, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _ESCAPES[_mark] = _meant
_SCRATCH = Scratch()
_WHOLE_TENS = np.array([10**power for power in range(19)])
_TENS = np.array([10.0**power for power in range(23)])


@compiled
def _behind_blanks(data, at):  # type: ignore[no-untyped-def]
    while data[at] <= 32 and (data[at] == 32 or data[at] == 9 or data[at] == 13):
        at += 1
    return at


@lean
def _string_end(data, at):  # type: ignore[no-untyped-def]
    """Where the closing quote stands, and whether there was an escape; -1 where it is no plain string."""
    escaped = False
    while True:
        run = first_of(special(data, at))
        at += run
        if run == LANES:
            continue
        if data[at] == 34:
            return at, escaped
        # What else stands alone in a string is an escape, or not to be there.
        if data[at] != 92 or _ESCAPES[data[at + 1]] == 0:
            return _FAILED, escaped
        escaped = True
        at += 2


@inlined
def _digits(data, at, within):  # type: ignore[no-untyped-def]
    """How many digits stand here, and what number they are, where they are at most 18; `within`: 32 bytes are known to
    be there."""
    if within:
        length, value = short_within(data, at)
        if length < 8:
            return length, value
        length = first_of(others_within(data, at))
    else:
        length = digits(data, at)
    return length, whole(data, at, length) if 0 < length <= 18 else 0


@inlined
def _number(data, at, within):  # type: ignore[no-untyped-def]
    """Where a number ends (-1 where it is none, or a rare one), its digits, how many stand behind a point (-1: there
    is none), and whether it is negative."""
    before, value = _digits(data, at, within)
    negative = before == 0 and data[unsigned(at)] == 45
    if negative:
        at += 1
        before, value = _digits(data, at, within)
    if before == 0 or before > 18 or (data[unsigned(at)] == ZERO and before > 1):
        return _FAILED, 0, 0, False
    behind = _UNKNOWN
    at += before
    if data[unsigned(at)] == DOT:
        behind, part = _digits(data, at + 1, within)
        if behind == 0 or before + behind > 17:
            return _FAILED, 0, 0, False
        value = value * _WHOLE_TENS[unsigned(behind)] + part
        at += behind + 1
    if data[unsigned(at)] == 101 or data[unsigned(at)] == 69 or (negative and value == 0):
        return _FAILED, 0, 0, False
    return at, value, behind, negative


@compiled
def _child(data, at, length, names, first, count):  # type: ignore[no-untyped-def]
    """Which child of a node has the name that stands here."""
    spelled, name_at, name_length = names
    for child in range(first, first + count):
        if name_length[child] == length:
            same, begin = True, name_at[child]
            for place in range(length):
                if spelled[begin + place] != data[at + place]:
                    same = False
                    break
            if same:
                return child
    return _UNKNOWN


@lean
def _stands(data, at, other, length):  # type: ignore[no-untyped-def]
    """Whether so many bytes are the same here and there."""
    while length > LANES:
        if alike(data, at, other) < LANES:
            return False
        at, other, length = at + LANES, other + LANES, length - LANES
    return alike(data, at, other) >= length


@inlined
def _word(data, at):  # type: ignore[no-untyped-def]
    """Where `true` (1), `false` (0) or `null` (-1) ends, and which it is; where none of them stands, -1 and -1."""
    byte = data[at]
    if byte == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
        return at + 4, 1
    if byte == 102 and data[at + 1] == 97 and data[at + 2] == 108 and data[at + 3] == 115 and data[at + 4] == 101:
        return at + 5, 0
    if byte == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
        return at + 4, -1
    return _FAILED, -1


@inlined
def _bare(data, at, wanted, within):  # type: ignore[no-untyped-def]
    """A number or a word, where one of a kind is wanted or of any (-1): where it ends, -1 where it is another; it as a
    whole number and as a decimal one; and whether it is there, for null is not."""
    byte = data[unsigned(at)]
    if byte == 116 or byte == 102 or byte == 110:
        at, truth = _word(data, at)
        if truth >= 0 and wanted != _UNKNOWN and wanted != _TRUTH:
            at = _FAILED
        return at, truth, 0.0, truth >= 0
    at, value, behind, negative = _number(data, at, within)
    number = 0.0
    if wanted == _DECIMAL and value < LARGEST_EXACT:
        number = value / _TENS[unsigned(max(behind, 0))]
        number = -number if negative else number
    elif wanted != _UNKNOWN and (wanted != _WHOLE or behind >= 0):
        at = _FAILED
    return at, -value if negative else value, number, True


@compiled
def _forgotten(line, kind, listed, cells, before):  # type: ignore[no-untyped-def]
    """Take back what was noted of a line. `before`: how many items the lists had."""
    places, lengths, whole, _, there, used = cells
    for node in range(len(kind)):
        begin, end = (before[node], used[node]) if listed[node] else (line, line + 1)
        for row in range(begin, end):
            if kind[node] == _TEXT:
                places[node, row] = lengths[node, row] = 0
            else:
                there[node, row] = False
            if kind[node] == _LIST:
                whole[node, row] = 0
        used[node] = before[node]


@lean
def _known_lines(data, at, end, line, tree, ways, cells, room, before):  # type: ignore[no-untyped-def]
    """Read lines that go known ways, up to one that does not: where that begins, and its number.

    A step of a way is all that stood between two values of a line before: keys, brackets, commas, and the quote of a
    text. Who has come to its end has thus seen the same keys in the same places, and no grammar is left to check but
    that of values. The ways of all lines are one tree, whose root is step 0. `before`: room for a number a node.

    A line ends before `end`, and nothing goes past the newline there; behind it 32 bytes lie within the array.
    """
    _, first, _, listed = tree
    plan, acts, acted, lists = ways
    places, lengths, whole, decimal, there, used = cells
    for node in range(len(used)):
        before[node] = used[node]
    while at < end and line < places.shape[1]:
        begun, step = at, plan[0, _CHILD]
        there[0, line] = True
        while True:
            while step > 0:
                span, stood = plan[unsigned(step), _SPAN], plan[unsigned(step), _STOOD]
                if span <= LANES:
                    if alike_within(data, at, stood) >= span:
                        break
                elif _stands(data, at, stood, span):
                    break
                step = plan[unsigned(step), _SIBLING]
            if step <= 0:
                break
            at += span
            lead, node, row = plan[unsigned(step), _LEAD], plan[unsigned(step), _NODE], line
            wanted, more = plan[unsigned(step), _WANTED], plan[unsigned(step), _MORE]
            if more:
                if more & _ACTS:
                    for place in range(_MOST_ACTS):
                        act = acts[unsigned(step), unsigned(place)]
                        if act == _NOTHING:
                            break
                        of = acted[step, place]
                        if act == _OPENS:
                            there[of, line] = True
                        else:
                            whole[of, line] = used[first[of]]
                if more & _LISTED:
                    row = used[node]
                    if row >= room[node]:
                        step = 0
                        break
                    used[node] += 1
            if lead == _TO_TEXT:
                start = at
                run = first_of(special_within(data, start))
                at = start + run
                if run == LANES or data[unsigned(at)] != 34:
                    at, _ = _string_end(data, start)
                if at >= 0 and node >= 0:
                    places[unsigned(node), unsigned(row)] = start + 1
                    lengths[unsigned(node), unsigned(row)] = at - start
            elif lead == _TO_END:
                break
            else:
                if wanted in (_WHOLE, _UNKNOWN):
                    # Most numbers are short and whole, and then this is all.
                    length, value = short_within(data, at)
                    stop = data[unsigned(at + length)]
                    ends = stop == 44 or stop == 125
                    if ends and 0 < length < 8 and (length == 1 or data[unsigned(at)] != ZERO):
                        at += length
                        if node >= 0:
                            whole[unsigned(node), unsigned(row)] = value
                            there[unsigned(node), unsigned(row)] = True
                        step = plan[unsigned(step), _CHILD]
                        continue
                at, value, number, known = _bare(data, at, wanted, True)
                if at >= 0 and node >= 0 and known:
                    if wanted == _DECIMAL:
                        decimal[unsigned(node), unsigned(row)] = number
                    else:
                        whole[unsigned(node), unsigned(row)] = value
                    there[unsigned(node), unsigned(row)] = True
            if at < 0:
                step = 0
                break
            step = plan[unsigned(step), _CHILD]
        if step <= 0:
            _forgotten(line, tree[0], listed, cells, before)
            return begun, line
        if lists[0]:
            for node in range(len(used)):
                before[node] = used[node]
        line += 1
    return at, line


@compiled
def _learned(data, tree, ways, way, count):  # type: ignore[no-untyped-def]
    """Put a line's way of so many steps into the tree."""
    kind, _, _, listed = tree
    plan, acts, acted, lists = ways
    way_stood, way_spans, way_leads, way_meant, way_acts, way_acted = way
    at = 0
    for number in range(count):
        span, before, step = way_spans[number], 0, plan[at, _CHILD]
        # The longer ones stand first: one that leads to a text is one that leads to a number, and a quote more.
        while step > 0 and plan[step, _SPAN] >= span:
            if plan[step, _SPAN] == span and _stands(data, way_stood[number], plan[step, _STOOD], span):
                break
            before, step = step, plan[step, _SIBLING]
        if step <= 0 or plan[step, _SPAN] < span:
            # The root is in nobody's place; it counts the steps.
            made = plan[0, _SIBLING] + 1
            if made == len(plan):
                return
            plan[0, _SIBLING], plan[made, _SIBLING] = made, step
            if before:
                plan[before, _SIBLING] = made
            else:
                plan[at, _CHILD] = made
            node = way_meant[number]
            plan[made, _STOOD], plan[made, _SPAN] = way_stood[number], span
            plan[made, _LEAD], plan[made, _NODE] = way_leads[number], node
            plan[made, _WANTED] = kind[node] if node >= 0 else _UNKNOWN
            plan[made, _MORE] = _LISTED if node >= 0 and listed[node] else 0
            for place in range(_MOST_ACTS):
                act = way_acts[number, place]
                acts[made, place], acted[made, place] = act, way_acted[number, place]
                if act == _NOTHING:
                    break
                plan[made, _MORE] |= _ACTS
                lists[0] |= act == _CLOSES
            step = made
        at = step


@lean
def _value(data, at, wanted):  # type: ignore[no-untyped-def]
    """The same as `_bare`, where it is called: lines that are read by their grammar are few."""
    return _bare(data, at, wanted, False)


@compiled
def _line(data, at, line, tree, names, guesses, cells, room, way):  # type: ignore[no-untyped-def]
    """Read a line by its grammar. Where it ends, -1 where it is not plain; and how many steps its way has, 0 where
    that cannot be gone again.

    A list's items have the next place of their node; all else has the place of what holds it. `guesses`: by node and
    order, where a key stood in a line before, how long it is with its quotes and colon, and which child it names.
    """
    kind, first, children, listed = tree
    stood, spans, meant = guesses
    places, lengths, whole, decimal, there, used = cells
    node_of, is_object = np.zeros(_DEEPEST, np.int64), np.zeros(_DEEPEST, np.bool_)
    seen_of, order_of, row_of = (
        np.zeros(_DEEPEST, np.uint64),
        np.zeros(_DEEPEST, np.int64),
        np.zeros(_DEEPEST, np.int64),
    )
    way_stood, way_spans, way_leads, way_meant, way_acts, way_acted = way
    one, left, steps, acting, again = np.uint64(1), at, 0, 0, True
    if data[at] != 123 or line == places.shape[1]:
        return _FAILED, 0
    at += 1
    depth, opened = 0, True
    parent, inside, seen, order, own_row = 0, True, np.uint64(0), 0, line
    there[0, line] = True
    while depth >= 0:
        at = _behind_blanks(data, at)
        closes = opened and data[at] == (125 if inside else 93)
        node, row = _UNKNOWN, 0
        if not closes:
            if inside:
                known = parent >= 0 and order < _MOST_KEYS
                span = spans[parent, order] if known else np.int64(0)
                if span > 0 and alike(data, at, stood[parent, order]) >= span:
                    node = meant[parent, order]
                    at += span
                else:
                    if data[at] != 34:
                        return _FAILED, 0
                    begin = at + 1
                    at, escaped = _string_end(data, begin)
                    if at < 0 or escaped:
                        return _FAILED, 0
                    if parent >= 0:
                        node = _child(data, begin, at - begin, names, first[parent], children[parent])
                    span = at + 2 - (begin - 1)
                    at = _behind_blanks(data, at + 1)
                    if data[at] != 58:
                        return _FAILED, 0
                    at += 1
                    if known:
                        adjoining = at == begin - 1 + span and span <= LANES
                        stood[parent, order], meant[parent, order] = begin - 1, node
                        spans[parent, order] = span if adjoining else 0
                order += 1
                if node >= 0:
                    bit = one << np.uint64(node - first[parent])
                    if seen & bit:
                        return _FAILED, 0
                    seen |= bit
                    row = own_row
                at = _behind_blanks(data, at)
            elif parent >= 0:
                node = first[parent]
                row = used[node]
                used[node] += 1
                if row >= room[node]:
                    return _FAILED, 0
            byte = data[at]
            if byte == 123 or byte == 91:
                if node >= 0 and kind[node] != (_STRUCT if byte == 123 else _LIST):
                    return _FAILED, 0
                depth += 1
                if depth == _DEEPEST:
                    return _FAILED, 0
                node_of[depth], is_object[depth] = parent, inside
                seen_of[depth], order_of[depth], row_of[depth] = seen, order, own_row
                parent, inside, seen, order, own_row = node, byte == 123, np.uint64(0), 0, row
                if node >= 0:
                    there[node, row] = True
                    again = again and not listed[node] and acting < _MOST_ACTS
                    if again:
                        way_acts[steps, acting], way_acted[steps, acting] = _OPENS, node
                        acting += 1
                opened = True
                at += 1
                continue
            again = again and steps < _MOST_STEPS
            if byte == 34:
                at += 1
            if again:
                way_stood[steps], way_spans[steps], way_meant[steps] = left, at - left, node
                way_leads[steps] = _TO_TEXT if byte == 34 else _TO_OTHER
                if acting < _MOST_ACTS:
                    way_acts[steps, acting] = _NOTHING
                steps, acting = steps + 1, 0
            if byte == 34:
                begin = at
                at, _ = _string_end(data, begin)
                if at < 0 or (node >= 0 and kind[node] != _TEXT):
                    return _FAILED, 0
                if node >= 0:
                    places[node, row], lengths[node, row] = begin + 1, at - begin
                left = at
                at += 1
            else:
                at, value, number, known = _value(data, at, kind[node] if node >= 0 else _UNKNOWN)
                if at < 0:
                    return _FAILED, 0
                if node >= 0 and known:
                    if kind[node] == _DECIMAL:
                        decimal[node, row] = number
                    else:
                        whole[node, row] = value
                    there[node, row] = True
                left = at
        opened = False
        while True:
            at = _behind_blanks(data, at)
            byte = data[at]
            if byte == 44 and not closes:
                at += 1
                break
            if byte != (125 if inside else 93):
                return _FAILED, 0
            at += 1
            closes = False
            if parent >= 0 and not inside:
                whole[parent, own_row] = used[first[parent]]
                again = again and not listed[parent] and acting < _MOST_ACTS
                if again:
                    way_acts[steps, acting], way_acted[steps, acting] = _CLOSES, parent
                    acting += 1
            if depth > 0:
                parent, inside, own_row = node_of[depth], is_object[depth], row_of[depth]
                seen, order = seen_of[depth], order_of[depth]
            depth -= 1
            if depth < 0:
                break
    if data[at] != 10:
        return _FAILED, 0
    at += 1
    if not again or steps == _MOST_STEPS:
        return at, 0
    way_stood[steps], way_spans[steps], way_leads[steps], way_meant[steps] = left, at - left, _TO_END, _UNKNOWN
    if acting < _MOST_ACTS:
        way_acts[steps, acting] = _NOTHING
    return at, steps + 1


@compiled
def _rows(data, end, tree, names, guesses, ways, way, cells, room):  # type: ignore[no-untyped-def]
    """How many lines were read; -1 where one is not plain. `cells`: columns by node, of the length `room`."""
    at, line, missed, before = 0, 0, 0, np.zeros(len(room), np.int64)
    # Behind the last line that goes a known way there are as many bytes as are looked at together.
    inner = max(end - LANES, 0)
    while inner and data[inner - 1] != 10:
        inner -= 1
    while at < end:
        # Where hardly any line goes a known way, none is tried.
        if at < inner and (missed < _MOST_MISSES or missed < line // 2):
            at, line = _known_lines(data, at, inner, line, tree, ways, cells, room, before)
            if at == inner:
                continue
            missed += 1
        at, steps = _line(data, at, line, tree, names, guesses, cells, room, way)
        if at < 0:
            return _FAILED
        _learned(data, tree, ways, way, steps)
        line += 1
    return line


@dataclass(slots=True)
class _Tree:
    """The nodes of a schema, the children of each one behind another; node 0 is the object of a line.

    Made once per schema: there are few, and a block has one of them.
    """

    types: list[pa.DataType] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)

    @classmethod
    @cache
    def of(cls, schema: pa.Schema) -> "_Tree":
        tree = cls()
        tree._add(pa.struct(list(schema)), "", listed=False)
        node = 0
        while node < len(tree.types):
            kind = tree.types[node]
            tree.first.append(len(tree.types))
            if pa.types.is_struct(kind):
                tree.children.append(kind.num_fields)
                for part in kind:
                    tree._add(part.type, part.name, tree.listed[node])
            elif pa.types.is_list(kind):
                tree.children.append(1)
                tree._add(kind.value_type, "", listed=True)
            else:
                tree.children.append(0)
            node += 1
        return tree

    def _add(self, kind: pa.DataType, name: str, listed: bool) -> None:
        self.types.append(kind)
        self.names.append(name.encode())
        self.listed.append(listed)

    def kinds(self) -> list[int]:
        """What each node is; raises KeyError for a type that is not read."""
        return [
            _STRUCT if pa.types.is_struct(kind) else _LIST if pa.types.is_list(kind) else _KINDS[kind]
            for kind in self.types
        ]


@dataclass(slots=True)
class _Cells:
    """Where the values of a block stand, by node and row. `decimal` is the memory of `whole`: a node has one kind."""

    places: NDArray[np.int32]
    lengths: NDArray[np.int32]
    whole: NDArray[np.int64]
    decimal: NDArray[np.float64]
    there: NDArray[np.bool_]
    used: NDArray[np.int64]


def parsed(data: bytes, schema: pa.Schema, lines: int = 0) -> pa.Table | None:
    """The table with a row for each line; None where a line is not so plain. `data` ends with a newline, and has
    so many `lines`, where that is known."""
    tree = _Tree.of(schema)
    if max(tree.children) > _MOST_KEYS:
        return None
    raw = bytes_of(data)
    nodes, lines, kinds = len(tree.types), lines or count_lines(raw, len(data)), tree.kinds()
    most = lines * (_ROOM_IN_LISTS if any(tree.listed) else 1) + 1
    room = np.array([most if listed else lines for listed in tree.listed])
    shape = (nodes, most)
    whole = np.empty(shape, np.int64)
    cells = _Cells(
        _SCRATCH.array("places", shape, np.int32),
        _SCRATCH.array("lengths", shape, np.int32),
        whole,
        whole.view(np.float64),
        _SCRATCH.array("there", shape, np.bool_),
        np.zeros(nodes, np.int64),
    )
    for number, kind in enumerate(kinds):
        if kind == _TEXT:
            cells.places[number, : room[number]] = cells.lengths[number, : room[number]] = 0
        else:
            cells.there[number, : room[number]] = False
        if kind == _LIST:
            cells.whole[number, : room[number]] = 0
    name_length = np.array([len(name) for name in tree.names])
    names = (np.frombuffer(b"".join(tree.names), np.uint8), np.cumsum(name_length) - name_length, name_length)
    read = _rows(
        *(
            raw,
            len(data),
            (np.array(kinds), np.array(tree.first), np.array(tree.children), np.array(tree.listed)),
            names,
        ),
        tuple(np.zeros((nodes, _MOST_KEYS), np.int64) for _ in range(3)),
        (np.zeros((_ALL_STEPS, 8), np.int64), *_acts(_ALL_STEPS), np.zeros(1, np.bool_)),
        (*_steps(_MOST_STEPS, 4), *_acts(_MOST_STEPS)),
        (cells.places, cells.lengths, cells.whole, cells.decimal, cells.there, cells.used),
        room,
    )
    if read != lines:
        return None
    alone = [node for node, kind in enumerate(kinds) if kind == _TEXT and not tree.listed[node]]
    made = texts(raw, cells.places[alone, :lines], cells.lengths[alone, :lines], _ESCAPES)
    found = dict(zip(alone, made, strict=True))
    columns = [_column(tree, cells, raw, 1 + n, lines, found) for n in range(len(schema))]
    return pa.Table.from_arrays(columns, schema=schema)


def _steps(count: int, columns: int) -> tuple[NDArray[np.int64], ...]:
    return tuple(np.zeros(count, np.int64) for _ in range(columns))


def _acts(count: int) -> tuple[NDArray[np.int64], ...]:
    """What a step opens and closes, in turn, and which nodes."""
    return tuple(np.zeros((count, _MOST_ACTS), np.int64) for _ in range(2))


def _column(
    tree: _Tree, cells: _Cells, raw: NDArray[np.uint8], node: int, count: int, found: Mapping[int, pa.Array]
) -> pa.Array:
    """The first rows of a node as an array. `found`: the texts that are in no list."""
    if node in found:
        return found[node]
    kind, there = tree.types[node], cells.there[node, :count]
    if kind == pa.string():
        return texts(raw, cells.places[[node], :count], cells.lengths[[node], :count], _ESCAPES)[0]
    if kind == pa.int64():
        return numbers(cells.whole[node, :count], there)
    if kind == pa.float64():
        return numbers(cells.decimal[node, :count], there)
    if kind == pa.bool_():
        bits = pa.py_buffer(np.packbits(cells.whole[node, :count] > 0, bitorder="little"))
        return pa.Array.from_buffers(kind, count, [validity(there), bits])
    first = tree.first[node]
    if pa.types.is_list(kind):
        offsets = np.zeros(count + 1, np.int32)
        offsets[1:] = np.maximum.accumulate(cells.whole[node, :count])
        items = _column(tree, cells, raw, first, int(cells.used[first]), found)
        return pa.Array.from_buffers(kind, count, [validity(there), pa.py_buffer(offsets)], children=[items])
    parts = [_column(tree, cells, raw, first + part, count, found) for part in range(tree.children[node])]
    return pa.Array.from_buffers(kind, count, [validity(there)], children=parts)
