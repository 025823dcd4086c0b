"""Tables with a head: the columns of a unit's own list, or of the form on which pools are reported upward, in either
language."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

from minewarden.intel.feeds.entry import Entry, Item, bare, formula, made, one_line, reject
from minewarden.intel.feeds.lines import LONGEST_LINE, decoded
from minewarden.intel.record import Type, Verified
from minewarden.intel.source import Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import parse_endpoint
from minewarden.vocab.words import DISPLAY_ZONE, LANGUAGES, render

_COLUMNS = {
    "type": ("type", "kind", "indicator_type", "类型"),
    "value": ("value", "indicator", "ioc", "domain", "host", "name", "ip", "address", "矿池域名", "域名", "对象",
              "指标", "矿池地址", "ip地址", "地址"),
    "port": ("port", "ports", "端口"),
    "role": ("role", "身份", "角色"),
    "coins": ("coin", "coins", "币种", "协议/币种"),
    "operator": ("operator", "pool", "运营者", "矿池", "矿池名称"),
    "seen": ("last_seen", "seen", "reviewed", "date", "发现时间", "最近发现"),
    "until": ("valid_until", "until", "expires", "有效期至", "有效期"),
    "verified": ("verified", "verified_by", "发现方式"),
    "said": ("notes", "note", "reference", "description", "备注", "证据"),
}  # fmt: skip


class _Wrong(ValueError):
    """A cell beside the indicator that cannot be used, in words."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.id)
        self.reason = reason


def csv_list(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """One indicator a row. A row with a name and an address in two columns gives two. Raises InputError where no
    column of the head can be an indicator."""
    text = decoded(data, file)
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text))
    head: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            if head is None:
                head = [_column(cell) for cell in row]
                if "value" not in head:
                    raise InputError(file, reader.line_num, message("feed.no_column"))
                continue
            if len(row) > len(head) or sum(map(len, row)) > LONGEST_LINE:
                yield reject(reader.line_num, ",".join(row)[:400], message("feed.more_columns"))
                continue
            yield from _row(reader.line_num, head, [cell.strip() for cell in row], source)
    except csv.Error as error:
        raise InputError(file, reader.line_num, message("intel.unreadable", detail=str(error))) from error
    if head is None:
        raise InputError(file, 0, message("feed.no_column"))


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.partition("\n")[0]

    class _Found(csv.excel):
        delimiter = max(",;\t|", key=first.count) if any(mark in first for mark in ",;\t|") else ","

    return _Found


def _column(cell: str) -> str:
    name = cell.strip().lower().replace(" ", "_")
    return next((role for role, names in _COLUMNS.items() if name in names), "")


def _row(number: int, head: list[str], cells: list[str], source: Source) -> Iterator[Item]:
    said = {role: cell for role, cell in zip(head, cells, strict=False) if role and role != "value"}
    values = [cell for role, cell in zip(head, cells, strict=False) if role == "value" and cell]
    if not values:
        yield reject(number, ",".join(cells), message("feed.no_value"))
    for value in values:
        if formula(value):
            yield reject(number, value, message("feed.formula"))
            continue
        try:
            yield _filled(_typed(number, value, said, source), said)
        except _Wrong as error:
            yield reject(number, value, error.reason)


def _typed(number: int, value: str, said: Mapping[str, str], source: Source) -> Item:
    if wanted := said.get("type", ""):
        try:
            kind = Type(wanted.lower())
        except ValueError as error:
            known = ", ".join(one.value for one in Type)
            raise _Wrong(message("feed.wrong_type", text=one_line(wanted, 40), known=known)) from error
        return made(number, kind, value)
    item = bare(number, value, source.scope)
    ports = _ports(said.get("port", ""))
    if isinstance(item, Entry) and item.type is Type.IP and len(ports) == 1:
        spelt = f"[{item.value}]:{ports[0]}" if ":" in item.value else f"{item.value}:{ports[0]}"
        return made(number, Type.IP_PORT, str(parse_endpoint(spelt)))
    return item


def _filled(item: Item, said: Mapping[str, str]) -> Item:
    if not isinstance(item, Entry):
        return item
    way = said.get("verified", "").lower()
    return replace(
        item,
        role=_role(said["role"]) if said.get("role") else None,
        coins=tuple(coin.upper() for coin in re.findall(r"[A-Za-z0-9]{2,8}", said.get("coins", "")))[:16],
        ports=_ports(said.get("port", "")) if item.type in (Type.HOST, Type.DOMAIN) else (),
        operator=one_line(said.get("operator", "")),
        seen=_moment(said.get("seen", "")),
        valid_until=_moment(said.get("until", ""), ends=True),
        verified=Verified(way) if way in set(Verified) else None,
        said=one_line(said.get("said", "")),
    )


@cache
def _roles() -> Mapping[str, Role]:
    """The roles by their codes and by the words of the pages, which are what people copy into a table."""
    word = {role: f"desk_library.role_{role.value.replace('-', '_')}" for role in Role}
    named = {render(message(key), language).lower(): role for language in LANGUAGES for role, key in word.items()}
    return named | {role.value: role for role in Role}


def _role(text: str) -> Role:
    if (role := _roles().get(text.strip().lower())) is None:
        known = ", ".join(role.value for role in Role)
        raise _Wrong(message("feed.wrong_role", text=one_line(text, 40), known=known))
    return role


def _ports(text: str) -> tuple[int, ...]:
    found = [int(part) for part in re.findall(r"\d+", text[:400], re.ASCII)]
    if any(not 0 < port < 65536 for port in found):
        raise _Wrong(message("feed.wrong_port", text=one_line(text, 40)))
    return tuple(dict.fromkeys(found))[:64]


def _moment(text: str, *, ends: bool = False) -> datetime | None:
    """An instant or a day as offices write them; a time without a zone is of the display zone."""
    plain = text.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        return _read_moment(plain, ends=ends) if plain else None
    except (ValueError, OverflowError) as error:
        raise _Wrong(message("feed.wrong_day", text=one_line(text, 40))) from error


def _read_moment(plain: str, *, ends: bool) -> datetime:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain, re.ASCII):
        year, month, number = (int(part) for part in match.groups())
        day = datetime.combine(date(year, month, number), time(), DISPLAY_ZONE)
        return day + timedelta(days=1) if ends else day
    moment = datetime.fromisoformat(plain)
    return moment if moment.tzinfo else moment.replace(tzinfo=DISPLAY_ZONE)
