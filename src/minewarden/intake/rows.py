"""Finds the head of a table, and makes each row below it a line of the notice, or a reject with its reason."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from minewarden.intake.cells import Found, addresses_in, has_address, name_in, port_in
from minewarden.intake.columns import role_of
from minewarden.intake.grid import Grid, Span, shown
from minewarden.intake.moments import Cell, Reckoning, moments_in
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import canonical_ip
from minewarden.vocab.noticeline import NoticeLine, NoticeReject, NoticeTime, Precision, SourceTable

_SEARCHED = 60
"""A head further down than this is not looked for."""
_HEAD_LENGTH = 20
_DAY = timedelta(days=1)
_TELLING = frozenset({"address", "destination", "domain", "url"})
_DIGITS = re.compile(r"\d")
_APART = re.compile(r"[\n;；,，、]")
_ARROW = re.compile(r"→|⇒|[-=－＝—]+[>＞]")
_FORMULA = re.compile(
    r"^\s*[=+\-@＝＋－＠]\s*(?:cmd|dde|msexcel|powershell|hyperlink|webservice|importxml|rundll32)", re.IGNORECASE
)


@dataclass(slots=True)
class Taken:
    """What the tables of a file gave."""

    tables: list[SourceTable] = field(default_factory=list)
    lines: list[NoticeLine] = field(default_factory=list)
    rejects: list[NoticeReject] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    preface: list[str] = field(default_factory=list)
    pages: int = 1


@dataclass(frozen=True, slots=True)
class _Head:
    first: int
    last: int
    roles: tuple[str, ...]
    guessed: bool = False


def take_grid(grid: Grid, reckoning: Reckoning, into: Taken) -> None:
    """Read one table. A grid without head whose columns hold no address is text, and goes to the preface."""
    raw = [list(row) for row in grid.rows[:_SEARCHED]]
    grid.filled()
    width = max((len(row) for row in grid.rows), default=0)
    head = _head(grid) or _guessed(grid)
    if head is None:
        into.preface.extend(text for row in raw if (text := _joined(row)))
        return
    if head.guessed:
        into.warnings.append(message("intake.no_head", table=grid.name))
    into.preface.extend(text for row in raw[: head.first] if (text := _joined(row)))
    number = len(into.tables)
    into.tables.append(_table(grid, raw, head, width))
    if not head.guessed and not _TELLING & set(head.roles):
        into.warnings.append(message("intake.no_telling_column", table=grid.name))
    reader = _Rows(number, head.roles, reckoning, into)
    again = [shown(cell) for cell in grid.rows[head.last]] if not head.guessed else []
    for position in range(head.last + 1, len(grid.rows)):
        cells = grid.rows[position]
        texts = [shown(cell) for cell in cells]
        if any(texts) and texts != again:
            reader.row(grid.offset + position + 1, cells, texts)


def _joined(row: list[Cell]) -> str:
    return " ".join(dict.fromkeys(text for cell in row if (text := shown(cell))))


def _table(grid: Grid, raw: list[list[Cell]], head: _Head, width: int) -> SourceTable:
    rows = tuple(
        tuple(shown(cell) for cell in row) + ("",) * (width - len(row)) for row in raw[head.first : head.last + 1]
    )
    spans: list[Span] = [
        (top - head.first, left, bottom - head.first, right)
        for top, left, bottom, right in grid.spans
        if head.first <= top and bottom <= head.last and right < width
    ]
    return SourceTable(grid.name, () if head.guessed else rows, tuple(spans), head.roles)


def _head(grid: Grid) -> _Head | None:
    """The row, or the two rows, that say what the columns are."""
    rows = [[shown(cell) for cell in row] for row in grid.rows[:_SEARCHED]]
    scores = [_score(row) for row in rows]
    best = max(range(len(rows)), key=lambda position: (scores[position] > 1, -position), default=None)
    if best is None:
        return None
    if scores[best] < 2:
        # A single column is a list with a title: `IP地址`, and addresses below.
        single = [p for p, row in enumerate(rows) if scores[p] == 1 and sum(map(bool, row)) == 1 and _tells(row)]
        single = [p for p in single if p + 1 < len(rows) and any(has_address(text) for text in rows[p + 1])]
        if not single:
            return None
        best = single[0]
    first = last = best
    if best + 1 < len(rows) and _continues(rows[best + 1], rows[best]):
        last = best + 1
    elif best > 0 and _stands_above(rows[best - 1], rows[best]):
        first = best - 1
    return _Head(first, last, _roles(rows[first : last + 1]))


def _score(row: list[str]) -> int:
    """How many cells of a row are heads; none where any of them holds an address."""
    filled = list(dict.fromkeys(text for text in row if text))
    if any(has_address(text) for text in filled):
        return 0
    return sum(1 for text in filled if role_of(text) is not None)


def _tells(row: list[str]) -> bool:
    return any(role_of(text) in _TELLING for text in row if text)


def _continues(below: list[str], above: list[str]) -> bool:
    """Whether the row below is the second line of the head: short words, no number, and one of them a head."""
    filled = [text for text in below if text]
    if not filled or below == above or any(len(text) > _HEAD_LENGTH for text in filled):
        return False
    new = [text for text, old in zip(below, above + [""] * len(below), strict=False) if text and text != old]
    if not new or any(has_address(text) or _DIGITS.search(text) for text in new):
        return False
    known = sum(1 for text in new if role_of(text) is not None)
    return known > 0 and known * 2 >= len(set(new))


def _stands_above(above: list[str], head: list[str]) -> bool:
    """Whether the row above groups the columns of the head."""
    filled = list(dict.fromkeys(text for text in above if text))
    if len(filled) < 2 or any(len(text) > _HEAD_LENGTH or has_address(text) or _DIGITS.search(text) for text in filled):
        return False
    return above != head


def _roles(rows: list[list[str]]) -> tuple[str, ...]:
    width = max(len(row) for row in rows)
    padded = [row + [""] * (width - len(row)) for row in rows]
    if len(padded) > 1:
        # Where a file knows no merged cells, the group stands in its first column only.
        group = ""
        for column in range(width):
            if not padded[0][column] and padded[1][column]:
                padded[0][column] = group
            group = padded[0][column] or group
    roles: list[str] = []
    for column in range(width):
        parts = list(dict.fromkeys(row[column] for row in padded if row[column]))
        role = role_of("".join(parts))
        if len(parts) > 1 and role in {None, "", "unit", "row"}:
            role = role_of(parts[-1]) or role
        roles.append(role or "")
    return _settled(roles)


def _settled(roles: list[str]) -> tuple[str, ...]:
    """A bare `端口` belongs to the column before it; a role that stands twice keeps its first column."""
    before = ""
    for position, role in enumerate(roles):
        if role == "bare_port":
            roles[position] = "port" if before == "address" else "destination_port"
        before = role or before
    seen: set[str] = set()
    for position, role in enumerate(roles):
        if role in seen and role not in {"", "row"}:
            roles[position] = ""
        seen.add(role)
    return tuple(roles)


def _guessed(grid: Grid) -> _Head | None:
    """Columns of a list without head, by what stands in them: addresses, then what they talked to, names, times."""
    rows = [row for row in grid.rows[:_SEARCHED] if any(shown(cell) for cell in row)]
    if not rows:
        return None
    width = max(len(row) for row in rows)
    roles = [""] * width
    for column in range(width):
        texts = [shown(row[column]) for row in rows if column < len(row) and shown(row[column])]
        if texts and 2 * sum(has_address(text) for text in texts) > len(texts):
            roles[column] = "destination" if "address" in roles else "address"
        elif texts and 2 * sum(bool(name_in(text)[0]) for text in texts) > len(texts) and "domain" not in roles:
            roles[column] = "domain"
        elif texts and 2 * sum(bool(re.search(r"20\d\d\D", text)) for text in texts) > len(texts):
            roles[column] = "first" if "first" not in roles else "last" if "last" not in roles else ""
    if not _TELLING & set(roles):
        return None
    start = next(
        position
        for position, row in enumerate(grid.rows)
        if any(has_address(shown(c)) or name_in(shown(c))[0] for c in row)
    )
    return _Head(start, start - 1, tuple(roles), guessed=True)


class _Rows:
    """Makes lines of the rows of one table."""

    def __init__(self, table: int, roles: tuple[str, ...], reckoning: Reckoning, into: Taken) -> None:
        self._table = table
        self._at = {role: position for position, role in reversed(list(enumerate(roles))) if role}
        self._reckoning = reckoning
        self._into = into

    def row(self, number: int, cells: list[Cell], texts: list[str]) -> None:
        """Take one row that is not empty."""
        written, towards = _parted(self._text("address", texts))
        found = addresses_in(written) if written else Found()
        host, host_port, url = self._named("domain", texts)
        place, place_port = _reached(self._text("destination", texts) or towards)
        if not url:
            reached, reached_port, url = self._named("url", texts)
            host, host_port = host or reached, host_port or reached_port
        host, place = _sorted(host, place)
        doubts = found.doubts + (found.wrong if found.addresses else [])
        doubts += [message("intake.formula_text") for text in texts if _FORMULA.match(text)][:1]
        if not found.addresses and not host and not place:
            self._unusable(number, texts, found)
            return
        if not found.addresses and written:
            # There is something to answer for in the row, and yet not what the sender meant to name.
            doubts += found.wrong or [message("intake.not_an_address", written=written[:60])]
        first, last = self._times(cells, doubts)
        self._into.lines.append(
            NoticeLine(
                table=self._table,
                row=number,
                addresses=tuple(found.addresses),
                port=self._port("port", texts),
                destination=place,
                destination_port=self._port("destination_port", texts) or place_port or host_port,
                domain=host,
                url=url,
                protocol=self._text("protocol", texts)[:60],
                coin=self._text("coin", texts)[:60],
                first=first,
                last=last,
                deadline=self._time("deadline", cells, 0),
                unit=self._text("unit", texts)[:200],
                number=self._text("number", texts)[:100],
                cells=tuple(texts),
                doubts=tuple(dict.fromkeys(doubts)),
            )
        )

    def _unusable(self, number: int, texts: list[str], found: Found) -> None:
        """A row with neither address nor name: a remark below the table, or a line that its sender must complete."""
        filled = [text for text in texts if text]
        counted = self._text("row", texts)
        if len(set(filled)) <= 2 and not found.wrong and not (counted and counted.isdecimal()):
            self._into.preface.append(" ".join(dict.fromkeys(filled)))
            return
        reason = found.wrong[0] if found.wrong else message("intake.no_address")
        self._into.rejects.append(NoticeReject(self._table, number, reason, tuple(texts)))

    def _text(self, role: str, texts: list[str]) -> str:
        position = self._at.get(role)
        return texts[position] if position is not None and position < len(texts) else ""

    def _port(self, role: str, texts: list[str]) -> int | None:
        text = self._text(role, texts)
        return port_in(text) if text else None

    def _named(self, role: str, texts: list[str]) -> tuple[str, int | None, str]:
        text = self._text(role, texts)
        return name_in(text) if text else ("", None, "")

    def _times(self, cells: list[Cell], doubts: list[Message]) -> tuple[NoticeTime | None, NoticeTime | None]:
        first, last = self._time("first", cells, 0), self._time("last", cells, -1) or self._time("first", cells, 1)
        if first is None and last is not None:
            first = last
        for role, moment in (("first", first), ("last", last)):
            if moment is None and (text := self._shown(role, cells)):
                doubts.append(message("intake.not_a_time", written=text[:60]))
            elif moment is not None and moment.at > self._reckoning.latest + _DAY:
                doubts.append(message("intake.time_ahead", at=moment.at))
            elif moment is not None and moment.precision is Precision.DAY:
                doubts.append(message("intake.day_only"))
        if first and last and last.at < first.at:
            doubts.append(message("intake.span_backwards"))
            first, last = last, first
        return first, last

    def _shown(self, role: str, cells: list[Cell]) -> str:
        position = self._at.get(role)
        return shown(cells[position]) if position is not None and position < len(cells) else ""

    def _time(self, role: str, cells: list[Cell], which: int) -> NoticeTime | None:
        position = self._at.get(role)
        if position is None or position >= len(cells):
            return None
        found = moments_in(cells[position], self._reckoning)
        return found[which] if -len(found) <= which < len(found) else None


def _reached(text: str) -> tuple[str, int | None]:
    """What was talked to: an address, or a name or URL that stands in its place."""
    if not text:
        return "", None
    found = addresses_in(text)
    if found.addresses:
        return found.addresses[0].ip, found.addresses[0].port
    host, port, _ = name_in(text)
    return host, port


def _parted(text: str) -> tuple[str, str]:
    """A cell as what is notified about, and what stands behind an arrow: that was talked to and is accused of nothing.

    Where an arrow does not part one address from one target the cell stays whole, so that no address is lost.
    """
    sources: list[str] = []
    targets: list[str] = []
    for part in _APART.split(text):
        before, *behind = _ARROW.split(part)
        if len(behind) == 1 and has_address(before) and (has_address(behind[0]) or name_in(behind[0])[0]):
            sources.append(before)
            targets.append(behind[0])
        else:
            sources.append(part)
    return ("\n".join(sources), "\n".join(targets)) if targets else (text, "")


def _sorted(host: str, place: str) -> tuple[str, str]:
    """Names into the column of names and addresses into that of addresses, whichever the sender wrote them in."""
    if host and _is_address(host):
        host, place = ("", place or host)
    if place and not _is_address(place):
        host, place = host or place, ""
    return host, place


def _is_address(text: str) -> bool:
    try:
        canonical_ip(text)
    except ValueError:
        return False
    return True
