"""Records of one line each that a pattern describes, or that are keys with values, many at a time."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block
from minewarden.telemetry.reader import Source

_FEWEST_MARKS = 8
"""A line with fewer separators is no record of many keys; it is not worth a table of its own."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The lines that are no such records, with their numbers."""

    lines: tuple[tuple[int, str], ...]


Chain = tuple[str, ...]
"""Patterns (RE2, named groups) for one form of line; each after the first is for what the group `rest` before it holds.

A pattern in which the next character always says what comes, with at most four groups, is several times as fast.
"""


def matching(source: Source, block: Block, *chains: Chain) -> tuple[list[Fields], Rest]:
    """The lines that match a chain, as records whose columns are its groups, and the lines that match none.

    Chains are tried in their order, so the usual strict form comes first. A group that took no part in the match is an
    empty text, as RE2 says it. Empty lines are passed over.
    """
    texts = pa.array(block.data[:-1].decode("utf-8").split("\n"), pa.string())
    numbers = pa.array(np.arange(block.first_line, block.first_line + len(texts)), pa.int64())
    text = Text(block)
    groups: list[Fields] = []
    for chain in chains:
        if not len(texts):
            break
        columns, good = _chained(texts, chain)
        if pc.any(good).as_py():
            groups.append(Fields(source, pa.table(columns).filter(good), numbers.filter(good), text))
        left = pc.invert(good)
        texts, numbers = texts.filter(left), numbers.filter(left)
    there = pc.not_equal(texts, "")
    left_over = zip(numbers.filter(there).to_pylist(), texts.filter(there).to_pylist(), strict=True)
    return groups, Rest(tuple(left_over))


def _chained(texts: pa.Array, chain: Chain) -> tuple[dict[str, pa.Array], pa.Array]:
    """The groups of a chain of patterns, and where all of them matched."""
    columns: dict[str, pa.Array] = {}
    good: pa.Array | None = None
    for pattern in chain:
        found = pc.extract_regex(texts, pattern)
        valid = pc.is_valid(found)
        good = valid if good is None else pc.and_(good, valid)
        if not pc.any(good).as_py():
            return {}, good
        for index in range(found.type.num_fields):
            columns[found.type.field(index).name] = found.field(index)
        texts = columns.pop("rest", texts)
    return columns, good


@dataclass(frozen=True, slots=True)
class Keys:
    """How the pairs are written: `key=value`, parted by `separator`. `mark` (RE2) is found in what stands before the
    first `=`. `wanted`: the keys that are kept, in the spelling before a `(`, without regard to case."""

    mark: str
    separator: str
    wanted: tuple[str, ...]


def keyed(source: Source, block: Block, keys: Keys) -> tuple[list[Fields], Rest]:
    """The lines that bear `keys.mark` as records; column `head` is what stands before the first key's `=`.

    Lines of one layout are taken apart all at once, the odd ones one by one.
    """
    text = Text(block)
    tables, odd = _by_layout(block, keys)
    groups = [Fields(source, table, numbers, text) for table, numbers in tables]
    told: dict[str, list[str | None]] = {name: [] for name in ("head", *keys.wanted)}
    rows: list[int] = []
    rest: list[tuple[int, str]] = []
    mark = re.compile(keys.mark)
    for number, line in odd:
        if mark.search(line.partition("=")[0]) is None:
            rest.append((number, line))
            continue
        pairs = _pairs(line, keys)
        rows.append(number)
        for name, values in told.items():
            values.append(pairs.get(name))
    if rows:
        table = pa.table({name: pa.array(values, pa.string()) for name, values in told.items()})
        groups.append(Fields(source, table, pa.array(rows, pa.int64()), text))
    return groups, Rest(tuple(rest))


def _pairs(line: str, keys: Keys) -> dict[str, str]:
    spelled = {name.lower(): name for name in keys.wanted}
    first, *others = line.split(keys.separator)
    head, _, value = first.partition("=")
    pairs = {"head": head}
    for key, held in [(_key(head), value), *((_key(k), v) for k, _, v in (part.partition("=") for part in others))]:
        if key in spelled:
            pairs.setdefault(spelled[key], held.strip())
    return pairs


def _key(text: str) -> str:
    """The name of a key: after the last blank or colon, before its number in brackets, in lower case."""
    return text.rsplit(":", 1)[-1].rsplit(" ", 1)[-1].split("(", 1)[0].lower()


def _by_layout(block: Block, keys: Keys) -> tuple[list[tuple[pa.Table, pa.Array]], list[tuple[int, str]]]:
    """Tables of the lines with equally many pieces, where their keys agree; and all other lines."""
    if b"\r" in block.data or b"\x00" in block.data:
        return [], _numbered(block.data, block.first_line)
    first = block.data[: block.data.index(b"\n")]
    pieces = first.count(b"=") + first.count(keys.separator.encode()) + 1
    if pieces > _FEWEST_MARKS and (whole_block := _table(block.data, pieces, keys)) is not None:
        numbers = np.arange(block.first_line, block.first_line + len(whole_block))
        return [(whole_block, pa.array(numbers, pa.int64()))], []
    raw = np.frombuffer(block.data, np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    marks = np.flatnonzero((raw == ord(keys.separator)) | (raw == ord("=")))
    counts = np.diff(np.searchsorted(marks, ends), prepend=0)
    whole = block.data[:-1].split(b"\n")
    tables = []
    odd: list[int] = []
    for count in np.unique(counts).tolist():
        places = np.flatnonzero(counts == count)
        table = None
        if count >= _FEWEST_MARKS:
            same = len(places) == len(whole)
            data = block.data if same else b"\n".join([*(whole[place] for place in places), b""])
            table = _table(data, count + 1, keys)
        if table is None:
            odd.extend(places.tolist())
        else:
            tables.append((table, pa.array(places + block.first_line, pa.int64())))
    return tables, [(block.first_line + place, whole[place].decode("utf-8")) for place in sorted(odd) if whole[place]]


def _table(data: bytes, pieces: int, keys: Keys) -> pa.Table | None:
    """The pieces at their places, None where a key does not stand at the same place in all lines."""
    first = data[: data.index(b"\n")].decode()
    spelled = {name.lower(): name for name in keys.wanted}
    places: dict[str, int] = {}
    labels: dict[int, str] = {}
    for index, piece in enumerate(first.replace("=", keys.separator).split(keys.separator)):
        if _key(piece) in spelled and spelled[_key(piece)] not in places:
            places[spelled[_key(piece)]] = index + 1
            labels[index] = piece
    if any(place >= pieces for place in places.values()):
        # The last key has no value: the line is cut.
        return None
    columns = [f"c{index}" for index in range(pieces)]
    wanted = sorted({0, *labels, *places.values()})
    try:
        table = csv.read_csv(
            pa.BufferReader(data.replace(b"=", keys.separator.encode())),
            read_options=csv.ReadOptions(column_names=columns, block_size=2 * 1024 * 1024),
            parse_options=csv.ParseOptions(delimiter=keys.separator, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                column_types={f"c{index}": pa.string() for index in wanted},
                include_columns=[f"c{index}" for index in wanted],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        # A line with another number of pieces.
        return None
    for index, label in labels.items():
        if index and not pc.all(pc.equal(table.column(f"c{index}"), label)).as_py():
            return None
    heads = table.column("c0")
    if not pc.all(pc.match_substring_regex(heads, keys.mark)).as_py():
        return None
    made = {"head": heads}
    for name in keys.wanted:
        made[name] = table.column(f"c{places[name]}") if name in places else pa.nulls(len(table), pa.string())
    return pa.table(made)


def _numbered(data: bytes, first: int) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(data[:-1].decode("utf-8").split("\n"), first) if line]
