"""Arrivals of blocks at a node as CSV with the header `coin,height,arrival`; refuses times of block headers whole, and
arrivals that do not come as the labelled chain's blocks do.

Public records of arrivals (bitcoin-data/block-arrival-times) have two columns and no header, a height and an arrival:
those are read too, where the file's name begins with the coin (`btc-node-a.csv`). Source of the refusal:
docs/adr/0010-block-clock.md. Header times run backwards from one height to the next, or gather at whole minutes;
nothing of a file is given before all of it has passed. A gap is no fault: the test leaves it out.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from minewarden.telemetry.arrivals import (
    BLOCK_INTERVALS_S,
    MOST_ROWS,
    coin_of_label,
    coin_of_name,
    other_chain,
    said_of_other_chain,
)
from minewarden.telemetry.columns import LAST_US, RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

_NAMES = frozenset({"coin", "height", "arrival"})
_COIN = re.compile(r"[A-Z0-9]{2,8}", re.ASCII)
_HEIGHT = re.compile(r"\d{1,12}", re.ASCII)
_WHOLE = re.compile(r"\d{9,16}", re.ASCII)
_BARE = re.compile(r"(\d{1,9}),(\d{10}|\d{13}|\d{16})", re.ASCII)
_BARE_LEAST, _BARE_STEP, _BARE_GAP_US = 3, 10, 86_400_000_000
"""So many lines without a header are looked at, whose heights and arrivals are neighbours: not any two numbers."""

_Row = tuple[int, str, int | None, int]


class BlockCsvReader:
    """Files of block arrivals."""

    form = "block_csv"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header, or by heights that are neighbours beside times since 1970."""
        return bool(head.lines) and (frozenset(_cells(head.lines[0].lower())) == _NAMES or _bare(head.lines))

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `block`. Raises InputError, and gives no row, where the times are of block headers or of
        another chain than the label says."""
        columns: list[str] = []
        coin = ""
        found: list[_Row] = []
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if not columns:
                columns = _cells(line.lower())
                if _BARE.fullmatch(line.strip()) is None:
                    continue
                # Two columns without a header: this line is one of them.
                coin, columns = _coin_of(source), ["height", "arrival"]
            if line.strip() and not line.startswith("#"):
                try:
                    told = dict(zip(columns, _cells(line), strict=False))
                    found.append(_row(number, told | {"coin": coin} if coin else told))
                except _Unreadable as fault:
                    reason = message("block_csv.line", column=fault.column, value=fault.value[:40])
                    yield Reject(number, reason, kept(line.encode()))
                if len(found) > MOST_ROWS:
                    raise InputError(source.name, number, message("block_csv.many", most=MOST_ROWS))
        _refuse_headers(source, found)
        _refuse_other_chain(source, found)
        for unknown in sorted({row[1] for row in found} - BLOCK_INTERVALS_S.keys()):
            yield Note(message("block_csv.unknown_coin", coin=unknown, known=", ".join(BLOCK_INTERVALS_S)))
        rows = RowBuilder(source)
        for number, coin, height, at in found:
            yield from rows.add("block", number, ts=at, coin=coin, height=height)
        yield from rows.finish()


class _Unreadable(ValueError):
    def __init__(self, column: str, value: str) -> None:
        super().__init__(column)
        self.column, self.value = column, value


def _bare(lines: tuple[str, ...]) -> bool:
    told = [_BARE.fullmatch(line.strip()) for line in lines[:_BARE_LEAST]]
    rows = [(int(one[1]), _time(one[2])) for one in told if one is not None]
    if len(rows) < _BARE_LEAST:
        return False
    return all(
        abs(next_height - height) <= _BARE_STEP and abs(later - at) <= _BARE_GAP_US
        for (height, at), (next_height, later) in pairwise(rows)
    )


def _coin_of(source: Source) -> str:
    """The coin that the file's name begins with. Raises InputError where it names none."""
    coin = coin_of_name(source.name)
    if coin is None:
        raise InputError(source.name, 1, message("block_csv.no_coin"))
    return coin


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(",")]


def _row(number: int, told: dict[str, str]) -> _Row:
    coin, height, arrival = (told.get(name, "") for name in ("coin", "height", "arrival"))
    coin = coin_of_label(coin)
    if not _COIN.fullmatch(coin):
        raise _Unreadable("coin", told.get("coin", ""))
    if height and not _HEIGHT.fullmatch(height):
        raise _Unreadable("height", height)
    return number, coin, int(height) if height else None, _time(arrival)


def _time(text: str) -> int:
    if _WHOLE.fullmatch(text):
        return int(text) * (1_000_000 if len(text) < 11 else 1000 if len(text) < 14 else 1)
    try:
        at = to_us(datetime.fromisoformat(text))
    except ValueError:
        raise _Unreadable("arrival", text) from None
    if not 0 <= at < LAST_US:
        raise _Unreadable("arrival", text)
    return at


def _refuse_headers(source: Source, found: list[_Row]) -> None:
    for coin in sorted({row[1] for row in found}):
        mine = [row for row in found if row[1] == coin]
        first: dict[int, tuple[int, int]] = {}
        for number, _, height, at in mine:
            if height is not None:
                first[height] = min(first.get(height, (at, number)), (at, number))
        wrong = [n for height, (at, n) in first.items() if height - 1 in first and at < first[height - 1][0]]
        minutes, even = sum(row[3] % 60_000_000 == 0 for row in mine), len(mine) / 60
        crowded = minutes >= 5 and minutes - even > 4.5 * even**0.5
        if len(wrong) > max(2, len(mine) // 1000) or crowded:
            line = min(wrong) if wrong else mine[0][0]
            told = message("block_csv.header", coin=coin, count=len(wrong), minutes=minutes, rows=len(mine))
            raise InputError(source.name, line, told)


def _refuse_other_chain(source: Source, found: list[_Row]) -> None:
    for coin in sorted({row[1] for row in found}):
        mine = [row for row in found if row[1] == coin]
        other = other_chain(coin, ((height, at) for _, _, height, at in mine))
        if other is not None:
            raise InputError(source.name, mine[0][0], said_of_other_chain(coin, other))
