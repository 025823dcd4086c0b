"""The beginning of a file as readers recognise it: text or not, in which encoding, its first whole lines."""

import codecs
import re

from minewarden.telemetry.reader import HEAD_BYTES, Head

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What no log holds in numbers; tab, newline, form feed, return and escape (colours) are left out.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.05
_LEAST_READABLE = 0.8
_HALF = 0.5


def head_of(raw: bytes) -> Head:
    """The head of a file that begins with `raw` (all of it, where the file is shorter than `HEAD_BYTES`)."""
    raw = raw[:HEAD_BYTES]
    encoding = encoding_of(raw)
    if not encoding:
        return Head(raw)
    text = raw.decode(encoding, "replace").removeprefix("\ufeff")
    found = text.split("\n")
    if len(raw) == HEAD_BYTES or not found[-1]:
        found.pop()
    return Head(raw, text, tuple(line.removesuffix("\r") for line in found), encoding)


def encoding_of(raw: bytes) -> str:
    """`utf-8`, `gb18030`, `utf-16-le`, `utf-16-be`, or "" for what is not text."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding
    if not raw:
        return ""
    if encoding := _utf16_by_nulls(raw):
        return encoding
    if len(_CONTROL.findall(raw)) > _MOST_CONTROLS * len(raw):
        return ""
    rows = raw.split(b"\n")
    # The last line may be cut in the middle of a character; alone, it is all there is to go by.
    foreign = [row for row in rows[:-1] or rows if not row.isascii()]
    if not foreign or _readable(foreign, "utf-8") >= _HALF:
        return "utf-8"
    if _readable(foreign, "gb18030") >= _LEAST_READABLE and not any(_CONTROL.search(row) for row in foreign):
        return "gb18030"
    # A few damaged lines do not make a file of ASCII a binary one; each of them will be refused on its own.
    return "utf-8" if len(foreign) <= (1 - _LEAST_READABLE) * len(rows) else ""


def _utf16_by_nulls(raw: bytes) -> str:
    """UTF-16 without a mark: of the ASCII that every log is mostly made of, one byte in two is zero."""
    pairs = len(raw) // 2
    if pairs < 2:
        return ""
    even, odd = raw[0 : pairs * 2 : 2].count(0), raw[1 : pairs * 2 : 2].count(0)
    for encoding, zero, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        newline = "\n".encode(encoding)
        if zero > 0.6 * pairs and other < 0.02 * pairs and (newline in raw or pairs * 2 < HEAD_BYTES):
            text = raw[: pairs * 2].decode(encoding, "replace")
            if len(_CONTROL.findall(text.encode("utf-8", "replace"))) <= _MOST_CONTROLS * len(text):
                return encoding
    return ""


def _readable(rows: list[bytes], encoding: str) -> float:
    """The share of lines that the encoding can read, but for a character that is cut at the end."""
    good = 0
    for row in rows:
        try:
            codecs.getincrementaldecoder(encoding)().decode(row)
        except UnicodeDecodeError:
            continue
        good += 1
    return good / len(rows)
