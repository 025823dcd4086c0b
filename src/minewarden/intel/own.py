"""A unit's own indicators and its allow list, from a TOML or CSV file that people keep by hand.

    [[indicator]]                              [[allow]]
    kind = "host"                              value = "xmr.example.net"
    value = "xmr[.]example[.]net"              kind = "host"
    role = "pool-endpoint"                     owner = "信息中心 张三"
    source = "省通报〔2026〕15号"               until = 2026-12-31
    valid_until = 2027-06-30                   reason = "区块链课程实验，已报备"

Both tables may stand in one TOML file. A CSV file holds one of them, and the same words are its first line. Values may
be written harmless (`203[.]0[.]113[.]5`). A day lasts until its end in the display zone. Nothing is used while anything
in the file is wrong.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from minewarden.intel.faults import CatalogueError, Fault
from minewarden.intel.normalise import canonical_value
from minewarden.intel.watchset import AllowEntry, refuse_wide
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Indicator, Kind, Role
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml
from minewarden.vocab.words import DISPLAY_ZONE

LARGEST_FILE = 64 * 1024 * 1024
FAMILY = "own"
_TABLES = frozenset({"indicator", "allow"})
_DEFAULT_CONFIDENCE = 80
_INDICATOR_NEEDS = ("kind", "value", "role", "source", "valid_until")
_INDICATOR_KNOWS = frozenset(
    {*_INDICATOR_NEEDS, "operator", "coins", "confidence", "valid_from", "reviewed", "ports", "notes"}
)
_ALLOW_NEEDS = ("kind", "value", "owner", "until", "reason")
_Made = TypeVar("_Made")


class _Wrong(Exception):
    """One row is wrong; the reader adds file and line."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.id)
        self.reason = reason


@dataclass(slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    surplus: bool = field(default=False)


def read_indicators(path: Path) -> tuple[Indicator, ...]:
    """A unit's own indicators, in the order of the file. Raises CatalogueError naming every fault with its line."""
    return _read(path, "indicator", _INDICATOR_NEEDS, _INDICATOR_KNOWS, _indicator)


def read_allow(path: Path) -> tuple[AllowEntry, ...]:
    """A unit's allow list, in the order of the file. Raises CatalogueError naming every fault with its line."""
    return _read(path, "allow", _ALLOW_NEEDS, frozenset(_ALLOW_NEEDS), _allow)


def _read(
    path: Path, table: str, needs: tuple[str, ...], knows: frozenset[str], make: Callable[[Mapping[str, str]], _Made]
) -> tuple[_Made, ...]:
    text = _text(path)
    made: list[_Made] = []
    faults: list[Fault] = []
    for row in _rows(path, text, table):
        try:
            _check_columns(row, needs, knows, path)
            made.append(make(row.cells))
        except _Wrong as wrong:
            faults.append(Fault(str(path), row.line, wrong.reason))
        except ConfigError as error:
            faults.append(Fault(str(path), row.line, error.message))
    if faults:
        raise CatalogueError(faults)
    return tuple(made)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CatalogueError([Fault(str(path), 0, message("intel.too_large", limit=LARGEST_FILE))])
        raw = path.read_bytes()
    except OSError as error:
        detail = reason_of(error)
        raise CatalogueError([Fault(str(path), 0, message("intel.unreadable", detail=detail))]) from error
    for encoding in ("utf-8-sig", "gb18030"):  # What spreadsheets here write.
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CatalogueError([Fault(str(path), 0, message("intel.not_utf8"))])


def _rows(path: Path, text: str, table: str) -> Iterator[_Row]:
    if path.suffix.lower() == ".toml":
        return _toml_rows(path, text, table)
    if path.suffix.lower() == ".csv":
        return _csv_rows(path, text)
    raise CatalogueError([Fault(str(path), 0, message("intel.unknown_form"))])


def _toml_rows(path: Path, text: str, table: str) -> Iterator[_Row]:
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise CatalogueError([Fault(str(path), 0, message("intel.not_toml", detail=str(error)))]) from error
    for key in sorted(set(document) - _TABLES):
        raise CatalogueError([Fault(str(path), 0, message("intel.unknown_word", word=key, operator=path.name))])
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CatalogueError([Fault(str(path), 0, message("intel.missing_column", column=f"[[{table}]]"))])
    heads = [n for n, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
    for number, row in enumerate(rows):
        line = heads[number] if number < len(heads) else 0
        yield _Row(line, {key: _cell(value) for key, value in row.items()})


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv_rows(path: Path, text: str) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            surplus = None in row
            cells = {str(key).strip(): (value or "").strip() for key, value in row.items() if key is not None}
            if any(cells.values()):
                yield _Row(reader.line_num, cells, surplus)
    except csv.Error as error:
        fault = Fault(str(path), reader.line_num, message("intel.unreadable", detail=str(error)))
        raise CatalogueError([fault]) from error


def _check_columns(row: _Row, needs: tuple[str, ...], knows: frozenset[str], path: Path) -> None:
    if row.surplus:
        raise _Wrong(message("intel.extra_columns"))
    for column in needs:
        if not row.cells.get(column):
            raise _Wrong(message("intel.missing_column", column=column))
    for column in sorted(set(row.cells) - knows):
        raise _Wrong(message("intel.unknown_word", word=column, operator=path.name))


def _indicator(cells: Mapping[str, str]) -> Indicator:
    kind, value = _scope(cells)
    operator = cells.get("operator") or value
    try:
        role = Role(cells["role"])
    except ValueError as error:
        raise _Wrong(message("intel.unknown_word", word=cells["role"], operator=operator)) from error
    start, end = _day(cells.get("valid_from", "")), _day(cells["valid_until"], ends=True)
    if start is not None and end is not None and start >= end:
        raise _Wrong(message("intel.dates", operator=operator))
    confidence = _number(cells.get("confidence") or str(_DEFAULT_CONFIDENCE), 0, 100)
    if confidence is None:
        raise _Wrong(message("intel.confidence", operator=operator))
    return Indicator(
        kind=kind,
        value=value,
        role=role,
        operator=operator,
        coins=tuple(coin.upper() for coin in re.split(r"[\s,，、;]+", cells.get("coins", "")) if coin),
        confidence=confidence,
        valid_from=start,
        valid_until=end,
        source=cells["source"],
        source_family=FAMILY,
        reviewed=_day(cells.get("reviewed", "")) or start,
        notes=cells.get("notes", ""),
        ports=_ports(cells.get("ports", ""), operator),
    )


def _allow(cells: Mapping[str, str]) -> AllowEntry:
    kind, value = _scope(cells)
    until = _day(cells["until"], ends=True)
    if until is None:
        raise _Wrong(message("intel.missing_column", column="until"))
    return AllowEntry(value=value, kind=kind, owner=cells["owner"], until=until, reason=cells["reason"])


def _scope(cells: Mapping[str, str]) -> tuple[Kind, str]:
    try:
        kind = Kind(cells["kind"])
    except ValueError as error:
        raise _Wrong(message("intel.unknown_word", word=cells["kind"], operator=cells["value"])) from error
    try:
        value = canonical_value(kind, cells["value"])
    except ValueError as error:
        detail = str(error)
        raise _Wrong(message("intel.not_canonical", value=cells["value"], detail=detail, operator="-")) from error
    refuse_wide(kind, value)
    return kind, value


def _day(text: str, *, ends: bool = False) -> datetime | None:
    """An instant with its zone, or a day: its beginning in the display zone, or where it `ends` something, its end."""
    if not text:
        return None
    try:
        if len(text) == len("2026-11-24"):
            day = datetime.combine(date.fromisoformat(text), time(), DISPLAY_ZONE)
            return day + timedelta(days=1) if ends else day
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _Wrong(message("intel.day", day=text)) from error
    if instant.tzinfo is None:
        raise _Wrong(message("intel.day", day=text))
    return instant


def _ports(text: str, operator: str) -> tuple[int, ...]:
    ports = [_number(part, 1, 65535) for part in re.split(r"[\s,，、;]+", text) if part]
    known = tuple(port for port in ports if port is not None)
    if len(set(known)) != len(ports):
        raise _Wrong(message("intel.ports", operator=operator))
    return known


def _number(text: str, least: int, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return int(text) if least <= int(text) <= most else None
