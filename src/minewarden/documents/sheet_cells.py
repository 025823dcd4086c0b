"""Cells: what people type, as values in one spelling, and values as cells.

Forgiving where only one reading is possible: full-width digits, spaces, 是/否 in any case, dates with dots or 年月日, a
MAC address in any of its spellings.
"""

import ipaddress
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from minewarden.documents.sheet import Column, Kind
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import canonical_ip, canonical_mac
from minewarden.vocab.words import LANGUAGES, Language, render

Value = str | int | bool | date | None
_YES = frozenset({"是", "有", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"否", "无", "没有", "n", "no", "false", "0", "×"})
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{2}-?\d{8}(?:-\d{1,6})?|0\d{3}-?\d{7,8}(?:-\d{1,6})?", re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Day 1 is 1900-01-01, and Excel believes in 1900-02-29; from March 1900 on, this is the day 0.
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)


def text_of(cell: object) -> str:
    """A cell of a spreadsheet as the text that a reader sees in it: 13800001234.0 is 13800001234."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        plain = cell.time() == time()
        return cell.strftime("%Y-%m-%d" if plain else "%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time | timedelta):
        return str(cell)
    text = _CONTROL.sub("", str(cell)).strip()
    # The apostrophe that our own files put before what a spreadsheet would take for a formula.
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def value_of(column: Column, text: str) -> Value | Message:
    """The value of a cell, or a message that says what is wrong. Nothing for an empty one is None."""
    text = text.strip()
    if not text:
        return message("sheets.required") if column.required else None
    reader = _READERS.get(column.kind)
    return reader(column, text) if reader else _text(column, text)


def shown(column: Column, value: object, language: Language = "zh") -> str:
    """A value as its cell: the label of a choice, 是/否, an ISO date."""
    if value is None or value == "":
        return ""
    if column.kind is Kind.CHOICE:
        label = column.choices.get(str(value)) or column.made.get(str(value))
        return render(label, language) if label else str(value)
    if column.kind is Kind.FLAG:
        return render(message("sheets.yes" if value else "sheets.no"), language)
    return value.isoformat() if isinstance(value, date) else str(value)


def safe(text: str) -> str:
    """A text for CSV: one that a spreadsheet would take for a formula is given an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A heading or a choice for comparing: full-width as half-width, without spaces, marks and case."""
    return re.sub(r"[\s*▼#]", "", unicodedata.normalize("NFKC", text)).casefold()


def _narrow(text: str) -> str:
    """Full-width characters as half-width ones, without spaces: for what has no words in it."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _text(column: Column, text: str) -> Value | Message:
    if len(text) > column.longest:
        return message("sheets.too_long", longest=column.longest, length=len(text))
    return text


def _choice(column: Column, text: str) -> Value | Message:
    wanted = plain(text)
    for code, label in column.choices.items():
        if wanted == plain(code) or wanted in _labels(label):
            return code
    options = "、".join(render(label) for label in column.choices.values())
    return message("sheets.not_a_choice", text=_short(text), options=options)


@lru_cache(maxsize=500)
def _labels(label: Message) -> frozenset[str]:
    """A choice as it may be written, in either language."""
    return frozenset(plain(render(label, language)) for language in LANGUAGES)


def _flag(column: Column, text: str) -> Value | Message:
    wanted = plain(text)
    if wanted in _YES | _NO:
        return wanted in _YES
    return message("sheets.not_yes_or_no", text=_short(text))


def _number(column: Column, text: str) -> Value | Message:
    digits = _narrow(text).replace(",", "")
    if not re.fullmatch(r"-?\d{1,9}(?:\.0+)?", digits, re.ASCII):
        return message("sheets.not_a_number", text=_short(text))
    return int(digits.partition(".")[0])


def _date(column: Column, text: str) -> Value | Message:
    plain_text = unicodedata.normalize("NFKC", text).strip()
    if plain_text.isascii() and plain_text.isdigit():
        if len(plain_text) == 8:
            plain_text = f"{plain_text[:4]}-{plain_text[4:6]}-{plain_text[6:]}"
        elif int(plain_text) in _EXCEL_DAYS:
            return _EXCEL_EPOCH + timedelta(days=int(plain_text))
    match = _DATE.fullmatch(plain_text)
    try:
        return (
            date(*(int(part) for part in match.groups())) if match else message("sheets.not_a_date", text=_short(text))
        )
    except ValueError:
        return message("sheets.not_a_date", text=_short(text))


def _phone(column: Column, text: str) -> Value | Message:
    digits = re.sub(r"[()]", "", _narrow(text)).removeprefix("+86").removeprefix("86-")
    mobile = digits.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    if _LANDLINE.fullmatch(digits):
        return digits
    # The number itself is not repeated: messages get into lists that many people see.
    return message("sheets.not_a_phone", count=sum(character.isdigit() for character in digits))


def _ip(column: Column, text: str) -> Value | Message:
    try:
        return canonical_ip(_narrow(text).replace("[.]", "."))
    except ValueError:
        return message("sheets.not_an_ip", text=_short(text))


def _mac(column: Column, text: str) -> Value | Message:
    try:
        return canonical_mac(_narrow(text))
    except ValueError:
        return message("sheets.not_a_mac", text=_short(text))


def _range(column: Column, text: str) -> Value | Message:
    """CIDR, one address, or first and last; host bits are an error, since nobody knows which half is the slip."""
    given = re.sub(r"[~—–至]", "-", _narrow(text)).replace("[.]", ".")
    begin, dash, end = given.partition("-")
    try:
        if not dash:
            return str(ipaddress.ip_network(begin, strict=True))
        first, last = ipaddress.ip_address(canonical_ip(begin)), ipaddress.ip_address(canonical_ip(end))
        networks = list(ipaddress.summarize_address_range(first, last))
    except (ValueError, TypeError):
        return message("sheets.not_a_range", text=_short(text))
    return str(networks[0]) if len(networks) == 1 else f"{first}-{last}"


def _short(text: str) -> str:
    """A wrong text as a message repeats it: long ones are cut."""
    return text if len(text) <= 40 else f"{text[:40]}…"


_READERS = {
    Kind.CHOICE: _choice,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.PHONE: _phone,
    Kind.IP: _ip,
    Kind.MAC: _mac,
    Kind.RANGE: _range,
}
