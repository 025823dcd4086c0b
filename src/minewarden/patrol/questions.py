"""Questions to tracing as people write them: a time with its zone, an address with its port, a file of many."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

from minewarden.telemetry.head import encoding_of
from minewarden.trace.chain import Question
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Endpoint, canonical_ip, parse_endpoint
from minewarden.vocab.system import reason_of

MOST_QUESTIONS = 20_000
_MOST_BYTES = 16 * 2**20
_SHOWN = 60

_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(\d{1,2})[:：时](\d{2})(?:[:：分](\d{2})(?:[.,](\d{1,6}))?秒?|分)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_COLUMNS = {
    "number": ("number", "no", "编号", "序号", "通报编号"),
    "at": ("at", "time", "时间", "活动时间", "发生时间", "开始时间", "首次发现时间"),
    "until": ("until", "end", "结束时间", "末次发现时间"),
    "public": ("public", "ip", "public_ip", "公网ip", "公网地址", "ip地址", "公网ip地址", "源ip"),
    "port": ("port", "public_port", "端口", "公网端口", "源端口"),
    "to": ("to", "peer", "dst_ip", "目的", "目的ip", "目的地址", "目的ip地址", "远端ip", "矿池ip"),
    "name": ("name", "domain", "域名", "矿池域名"),
    "site": ("site", "网络", "所属网络"),
    "to_port": ("to_port", "dst_port", "目的端口", "远端端口", "矿池端口"),
}
_NEEDED = ("at", "public")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with where it stood: `line` of the file (0: the command line), `number` as the asker numbers it."""

    question: Question
    line: int = 0
    number: str = ""


def parse_when(text: str, zone: tzinfo | None) -> datetime:
    """`2026-03-12 21:14:37+08:00`, `2026/3/12 21:14`, `2026年3月12日21时14分37秒`; a time without a zone is of `zone`.

    Raises UsageError for what is no time, and for a time without a zone where `zone` is None: it is never guessed.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise UsageError(message("trace_cli.bad_time", time=text[:_SHOWN]))
    year, month, day, hour, minute, second, fraction, told = match.groups()
    try:
        own = _zone(told) if told else zone
        moment = datetime(  # noqa: DTZ001 - the zone is put on below, or asked for
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
        )
    except ValueError as error:
        raise UsageError(message("trace_cli.bad_time", time=text[:_SHOWN])) from error
    if own is None:
        raise UsageError(message("trace_cli.zone_needed", time=text[:_SHOWN]))
    if not 1970 < moment.year < 9999:
        raise UsageError(message("trace_cli.bad_time", time=text[:_SHOWN]))
    return moment.replace(tzinfo=own)


def parse_place(text: str) -> tuple[str, int]:
    """`203.0.113.10:40213`, `[2001:db8::1]:40213`, or an address alone (port 0). Raises UsageError; names are not
    resolved."""
    text = text.strip()
    try:
        return canonical_ip(text.strip("[]")), 0
    except ValueError:
        pass
    try:
        place = parse_endpoint(text)
    except ValueError as error:
        raise UsageError(message("trace_cli.bad_address", address=text[:_SHOWN])) from error
    return place.ip, place.port


def ask(
    at: str, public: str, *, to: str = "", until: str = "", port: str = "", to_port: str = "", name: str = "",
    site: str = "", zone: tzinfo | None, tolerance: timedelta,
) -> Question:  # fmt: skip
    """A question from its texts; empty ones are not known. Raises UsageError, saying which one and what to write."""
    ip, own_port = parse_place(public)
    begin = parse_when(at, zone)
    end = parse_when(until, zone) if until else None
    if end is not None and end < begin:
        raise UsageError(message("trace_cli.ends_first", at=at[:_SHOWN], until=until[:_SHOWN]))
    peer = None
    if to:
        peer_ip, peer_port = parse_place(to)
        peer = Endpoint(peer_ip, peer_port or _port(to_port))
    names = tuple(part.strip() for part in re.split(r"[,，、;；\s]+", name) if part.strip())
    return Question(ip, own_port or _port(port), begin, end, peer, tolerance, site=site.strip(), names=names)


def read_questions(path: Path, *, zone: tzinfo | None, tolerance: timedelta) -> tuple[list[Asked], list[InputError]]:
    """The questions of a CSV file and what is wrong with its other lines. The header may be Chinese or English
    (at 时间, until 结束时间, public 公网IP, port 端口, to 目的IP, to_port 目的端口, name 域名, site 所属网络,
    number 编号); UTF-8 or GB18030.

    Raises InputError where the file as a whole cannot be used: no such file, no header, too long.
    """
    asked: list[Asked] = []
    problems: list[InputError] = []
    for line, cells in _rows(path):
        if len(asked) + len(problems) == MOST_QUESTIONS:
            raise InputError(str(path), line, message("trace_cli.too_many", most=MOST_QUESTIONS))
        if isinstance(cells, Message):
            problems.append(InputError(str(path), line, cells))
            continue
        try:
            question = ask(
                cells.get("at", ""), cells.get("public", ""), to=cells.get("to", ""), until=cells.get("until", ""),
                port=cells.get("port", ""), to_port=cells.get("to_port", ""), name=cells.get("name", ""),
                site=cells.get("site", ""), zone=zone, tolerance=tolerance,
            )  # fmt: skip
        except UsageError as error:
            problems.append(InputError(str(path), line, error.message))
        else:
            asked.append(Asked(question, line, cells.get("number", "")))
    return asked, problems


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | Message]]:
    """Each row's line and cells, or why it has none. Raises InputError where there is no table."""
    text = _text(path)
    first = next(line for line in text.splitlines() if line.strip())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    columns: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [_column(cell) for cell in cells]
                if problem := _header_problem(columns, first):
                    raise InputError(str(path), reader.line_num, problem)
            elif any(cell.strip() for cell in cells[len(columns) :]):
                yield reader.line_num, message("trace_cli.more_cells", found=len(cells), expected=len(columns))
            else:
                yield reader.line_num, {n: c.strip() for n, c in zip(columns, cells, strict=False) if n}
    except csv.Error as error:
        raise InputError(str(path), 0, message("trace_cli.no_table", most=_MOST_BYTES // 2**20)) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(str(path), 0, message("trace_cli.unreadable", problem=reason_of(error))) from error
    encoding = encoding_of(raw[: 64 * 1024]) if len(raw) <= _MOST_BYTES else ""
    try:
        text = raw.decode(encoding).removeprefix("\ufeff") if encoding else ""
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise InputError(str(path), 0, message("trace_cli.no_table", most=_MOST_BYTES // 2**20))
    return text


def _header_problem(columns: list[str], header: str) -> Message | None:
    if missing := [name for name in _NEEDED if name not in columns]:
        wanted = ", ".join(" / ".join(_COLUMNS[name][:3]) for name in missing)
        return message("trace_cli.columns_missing", wanted=wanted, header=header[:200])
    if twice := sorted({name for name in columns if name and columns.count(name) > 1}):
        return message("trace_cli.columns_twice", columns=", ".join(twice), header=header[:200])
    return None


def _column(heading: str) -> str:
    """The name of a column by its heading; "" for one that is not needed."""
    spelled = "".join(heading.lower().replace("（", "(").split("(")[0].split()).rstrip("*")
    return next((name for name, headings in _COLUMNS.items() if spelled in headings), "")


def _port(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536):
        raise UsageError(message("trace_cli.bad_port", port=text[:_SHOWN]))
    return int(text)


def _zone(text: str) -> tzinfo:
    if text.upper() in ("Z", "UTC"):
        return timezone(timedelta())
    digits = text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(span if text[0] == "+" else -span)
