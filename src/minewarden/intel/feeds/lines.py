"""The lines of a text list: bounded in length, decoded, numbered. A list with a line of a megabyte is no list."""

from collections.abc import Iterator

from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

LONGEST_LINE = 8192


def decoded(data: bytes, file: str) -> str:
    """The text, in the encodings that spreadsheets and editors here write. Raises InputError where it is none."""
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(file, 0, message("feed.binary"))
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(file, 0, message("intel.not_utf8"))


def lines(data: bytes, file: str) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of every line that is not blank. Raises InputError for a line beyond LONGEST_LINE."""
    for number, line in enumerate(decoded(data, file).split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise InputError(file, number, message("feed.long_line", most=LONGEST_LINE))
        if text := line.strip():
            yield number, text
