"""Times as people and spreadsheets write them: serial numbers, `3月5日21时14分`, `下午9:14`, counts since 1970, UTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from minewarden.vocab.clock import EPOCH, parse_zone
from minewarden.vocab.noticeline import NoticeTime, Precision, ZoneBasis
from minewarden.vocab.refang import refang

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""What a reader of tables hands over for one cell."""

# Serial numbers of spreadsheets count days since this one (the missing 29 February 1900 lies before any of interest).
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - local on purpose: a spreadsheet knows no zone
_SERIALS = (25_569.0, 73_051.0)
"""1970 to 2099."""
_LONGEST = 200
_AHEAD = timedelta(days=1)
_HALF = r"(?P<half>上午|下午|凌晨|早上|早晨|清晨|早|中午|傍晚|晚上|晚间|晚|夜间|am|pm|a\.m\.|p\.m\.)"
_CLOCK = (
    rf"(?:{_HALF}?\s*(?P<h>\d{{1,2}})\s*(?:[:时点]\s*(?P<m>\d{{1,2}})?)\s*(?:[:分]\s*(?P<s>\d{{1,2}})(?:[.,]\d{{1,9}})?)?"
    r"\s*[分秒]?\s*(?P<after>am|pm|a\.m\.|p\.m\.)?)"
)
_WEEKDAY = r"(?:\s*[(,]?\s*(?:星期|周|礼拜)[一二三四五六日天]\s*\)?)?"
_ZONE = (
    r"(?:\s*(?P<zone>z|utc|gmt|cst|北京时间|[+-]\d{1,2}:?\d{2})(?![\da-z])"
    r"|\s*\(?(?:utc|gmt)\s*(?P<zone2>[+-]\d{1,2}(?::?\d{2})?)\)?)?"
)
_DATES = (
    r"(?P<Y>(?:19|20)\d{2})\s*[-/.年]\s*(?P<M>\d{1,2})\s*[-/.月]\s*(?P<D>\d{1,2})\s*[日号]?",
    r"(?P<M>\d{1,2})\s*月\s*(?P<D>\d{1,2})\s*[日号]",
    r"(?P<D>\d{1,2})[- ](?P<B>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-, ]+(?P<Y>20\d{2})",
    r"(?P<B>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (?P<D>\d{1,2}),? (?P<Y>20\d{2})",
)
_FORMS = tuple(
    re.compile(rf"(?<!\d){day}{_WEEKDAY}(?:\s*[t,，]?\s*{_CLOCK}{_ZONE})?(?!\d)", re.ASCII | re.IGNORECASE)
    for day in _DATES
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<Y>20\d{2})(?P<M>0[1-9]|1[0-2])(?P<D>0[1-9]|[12]\d|3[01])"
    r"(?:[t_ -]?(?P<h>[01]\d|2[0-4])(?P<m>[0-5]\d)(?P<s>[0-5]\d)?)?(?P<zone>z)?(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_COUNTED = re.compile(r"^(?P<n>\d{10}|\d{13}|\d{16})(?:\.\d+)?$", re.ASCII)
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚间", "晚", "夜间", "pm", "p.m."})


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How times are to be understood: the zone of those that name none, and the instant after which a date without a
    year cannot lie (the receipt)."""

    zone: tzinfo
    latest: datetime


def moments_in(value: Cell, reckoning: Reckoning) -> tuple[NoticeTime, ...]:
    """The times of one cell in their order: none, one, or the two ends of a span. Never raises."""
    if isinstance(value, bool | time | timedelta) or value is None:
        return ()
    if isinstance(value, datetime):
        return _kept(_of(value, _finest(value), str(value), reckoning))
    if isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local on purpose
        return _kept(_of(moment, Precision.DAY, str(value), reckoning))
    written = _as_text(value)
    plain = refang(written[:_LONGEST])
    if single := _number(plain, written, reckoning):
        return (single,)
    return tuple(_texts(plain, reckoning))


def _as_text(value: str | int | float) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(plain: str, written: str, reckoning: Reckoning) -> NoticeTime | None:
    if match := _COUNTED.match(plain):
        digits = match["n"]
        seconds = int(digits) / 10 ** (len(digits) - 10)
        # A count of seconds from before 2001 has nine digits; one of ten digits reaches to 2286.
        return NoticeTime(EPOCH + timedelta(seconds=seconds), ZoneBasis.COUNTED, Precision.SECOND, written)
    if _SERIAL.match(plain) and _SERIALS[0] <= float(plain) <= _SERIALS[1]:
        days = float(plain)
        # A day's fraction is a binary number: 21:14:37 comes back a few microseconds beside the second.
        moment = _SERIAL_ZERO + timedelta(seconds=round(days * 86_400))
        return _of(moment, Precision.DAY if days.is_integer() else _finest(moment), written, reckoning)
    return None


def _texts(plain: str, reckoning: Reckoning) -> Iterator[NoticeTime]:
    """Each time in the text, wherever it stands, from left to right."""
    found: list[tuple[int, NoticeTime]] = []
    rest = plain
    for form in (*_FORMS, _COMPACT):
        for match in form.finditer(rest):
            if moment := _read(match, reckoning):
                found.append((match.start(), moment))
                rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    for _, moment in sorted(found, key=lambda one: one[0]):
        yield moment


def _read(match: re.Match[str], reckoning: Reckoning) -> NoticeTime | None:
    parts = {name: (text or "").lower() for name, text in match.groupdict().items()}
    month = _MONTHS.index(parts["B"][:3]) + 1 if parts.get("B") else int(parts["M"])
    hour, minute, second = (int(parts.get(key) or 0) for key in "hms")
    half = parts.get("half") or parts.get("after") or ""
    if (half in _AFTERNOON and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half in {"am", "a.m.", "凌晨", "上午"} and hour == 12:
        hour = 0
    precision = Precision.SECOND if parts.get("s") else Precision.MINUTE if parts.get("h") else Precision.DAY
    try:
        # 24:00 is the end of the day that is named.
        extra, hour = divmod(hour, 24) if hour == 24 and not minute and not second else (0, hour)
        years = [int(parts["Y"])] if parts.get("Y") else [reckoning.latest.year + 1 - back for back in range(6)]
        for year in years:
            if month == 2 and int(parts["D"]) == 29 and len(years) > 1 and not _leap(year):
                continue
            local = datetime(year, month, int(parts["D"]), hour, minute, second) + timedelta(days=extra)  # noqa: DTZ001
            moment = _of(local, precision, match[0].strip(), reckoning, parts.get("zone") or parts.get("zone2") or "")
            if moment and (len(years) == 1 or moment.at <= reckoning.latest + _AHEAD):
                return moment
    except (ValueError, OverflowError):
        return None
    return None


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _of(local: datetime, precision: Precision, written: str, reckoning: Reckoning, zone: str = "") -> NoticeTime | None:
    """A local time with the zone that its text names; where it names none, with the declared one."""
    basis = ZoneBasis.WRITTEN if zone or local.tzinfo else ZoneBasis.ASSUMED
    where = local.tzinfo or (_zone(zone) if zone else reckoning.zone)
    try:
        at = local.replace(tzinfo=where).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return NoticeTime(at, basis, precision, written) if 1990 <= at.year <= 2100 else None


def _zone(text: str) -> tzinfo:
    # On documents of Chinese offices CST is China's own time, and nothing else.
    return parse_zone("+08:00" if text in {"cst", "北京时间"} else text)


def _finest(moment: datetime) -> Precision:
    if moment.second or moment.microsecond:
        return Precision.SECOND
    return Precision.MINUTE if moment.hour or moment.minute else Precision.DAY


def _kept(moment: NoticeTime | None) -> tuple[NoticeTime, ...]:
    return (moment,) if moment else ()
