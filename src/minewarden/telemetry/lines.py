"""The lines of a text log in UTF-8, in large blocks for fast readers or one by one, each with its number in the file.

A line that cannot be read (not of the file's encoding, longer than any log's line) becomes a `Reject` and leaves an
empty line in its block, so that the numbers of the others stay right; a reader passes over empty lines.
"""

import codecs
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import IntFlag
from functools import partial
from itertools import islice
from typing import TypeVar

from minewarden.telemetry.reader import KEPT_REJECT_BYTES, Reject, Source
from minewarden.telemetry.streams import Plain
from minewarden.vocab.message import message

BLOCK_BYTES = 8 * 1024 * 1024
COMPILE_AFTER = BLOCK_BYTES // 2
"""What comes later in a file is read by compiled functions: loading them takes as long as reading so much."""

LINE_BYTES = 1024 * 1024
"""A line longer than this is not a log's line; it is passed over without being held."""

_AT_ONCE, _FIRST = 2, 8
"""How many parts are gone through at the same time, and how far: what a hostile one yields must not pile up."""
_UTF16 = {"utf-16-le", "utf-16-be"}
_BOM_UTF8 = b"\xef\xbb\xbf"


T = TypeVar("T")


class Seen(IntFlag):
    """What is asked of a block: bytes beyond ASCII, carriage returns, backslashes, lines that begin with #."""

    BEYOND_ASCII = 1
    RETURN = 2
    BACKSLASH = 4
    HASH = 8


_LOOKED_FOR: dict[Seen, Callable[[bytes], bool]] = {
    Seen.BEYOND_ASCII: lambda data: not data.isascii(),
    Seen.RETURN: lambda data: b"\r" in data,
    Seen.BACKSLASH: lambda data: b"\\" in data,
    Seen.HASH: lambda data: data.startswith(b"#") or b"\n#" in data,
}


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines in UTF-8, each ended by one newline; `first_line` is the number of the first.

    `unfinished`: the last line had no newline in the file, so it may be cut; the reader decides what it is worth.
    `late`: so much of the file came before it that it is worth loading what reads fast; then `lines` says how many it
    has, and `seen` all that stands, or stood, in it.
    """

    first_line: int
    data: bytes
    unfinished: bool = False
    late: bool = False
    lines: int = 0
    seen: Seen | None = None

    def holds(self, what: Seen) -> bool:
        """Whether it holds this; it may be said of what was taken out since."""
        return _LOOKED_FOR[what](self.data) if self.seen is None else bool(self.seen & what)


def blocks(source: Source, size: int = BLOCK_BYTES) -> Generator[Block | Reject, None, None]:
    """The source's lines in blocks of about `size` bytes; the rejects of a block come before it.

    From the first late block on, a thread of its own prepares the next block while one is read.
    """
    found = _blocks(source, size)
    for item in found:
        yield item
        if isinstance(item, Block) and item.late:
            yield from _one_ahead(found)


def in_blocks(source: Source, read: Callable[[Source, Block], Iterator[T]]) -> Iterator[T | Reject]:
    """What `read` yields of each block of a source, the rejects in their places; late blocks two at a time."""
    return side_by_side(_to_read(source, read))


def _to_read(
    source: Source, read: Callable[[Source, Block], Iterator[T]]
) -> Iterator[tuple[bool, Iterator[T | Reject]]]:
    for block in blocks(source):
        if isinstance(block, Reject):
            yield False, iter((block,))
        else:
            yield block.late, read(source, block)


def side_by_side(parts: Iterable[tuple[bool, Iterator[T]]]) -> Iterator[T]:
    """What the parts yield, one part after another. Those with True are gone through while the ones before them are
    still used, by threads of their own; before one with False all others are at their end."""
    waiting: deque[tuple[Future[list[T]], Iterator[T]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="parts") as beside:
        for ahead, part in parts:
            while waiting and (not ahead or len(waiting) >= _AT_ONCE):
                yield from _gone_through(*waiting.popleft())
            if ahead:
                waiting.append((beside.submit(list, islice(part, _FIRST)), part))
            else:
                yield from part
        while waiting:
            yield from _gone_through(*waiting.popleft())


def _gone_through(first: "Future[list[T]]", part: Iterator[T]) -> Iterator[T]:
    yield from first.result()
    yield from part


def _one_ahead(found: Iterator[Block | Reject]) -> Iterator[Block | Reject]:
    with ThreadPoolExecutor(1, thread_name_prefix="lines") as beside:
        waiting = beside.submit(next, found, None)
        while (item := waiting.result()) is not None:
            waiting = beside.submit(next, found, None)
            yield item


def _blocks(source: Source, size: int) -> Iterator[Block | Reject]:
    encoding = codecs.lookup(source.head.encoding or "utf-8").name
    rest, line, before = b"", 1, 0
    chunks = _utf16_chunks(source, encoding, size) if encoding in _UTF16 else _chunks(source, size)
    skipping: _Overlong | None = None
    for chunk in chunks:
        if skipping is not None:
            tail = skipping.swallow(chunk)
            if tail is None:
                continue
            yield skipping.reject(line)
            # Its empty line has no block to stand in, so only the number moves on.
            line, rest, skipping = line + 1, b"", None
            chunk = tail
        cut = chunk.rfind(b"\n") + 1
        data, rest = _spliced(rest, chunk, cut)
        if len(rest) > LINE_BYTES:
            skipping, rest = _Overlong(rest), b""
        if data:
            if before > COMPILE_AFTER:
                count, seen = _surveyed(data)
                yield from _checked(Block(line, data, late=True, lines=count, seen=seen), encoding)
            else:
                count = data.count(b"\n")
                yield from _checked(Block(line, data), encoding)
            line, before = line + count, before + len(data)
    if skipping is not None:
        yield skipping.reject(line)
    elif rest:
        yield from _checked(Block(line, rest + b"\n", unfinished=True), encoding)


def lines(source: Source) -> Iterator[tuple[int, str] | Reject]:
    """The source's lines one by one with their numbers, without the newline; empty lines are left out."""
    refused: dict[int, Reject] = {}
    for block in _blocks(source, LINE_BYTES):
        if isinstance(block, Reject):
            refused[block.line] = block
            continue
        # A line without end may fill blocks of its own, and leaves nothing in the next.
        while refused and (first := next(iter(refused))) < block.first_line:
            yield refused.pop(first)
        # Only "\n" ends a line: str.splitlines would also split at U+2028 or a form feed, and the numbers would drift.
        for number, text in enumerate(block.data.decode("utf-8").split("\n"), block.first_line):
            # A refused line left an empty one in its place.
            if text:
                yield number, text
            elif number in refused:
                yield refused.pop(number)
    yield from refused.values()


def kept(raw: bytes) -> bytes:
    """The part of a rejected line that is kept."""
    return raw[:KEPT_REJECT_BYTES]


class _Overlong:
    """A line without end on its way past: its beginning is kept, its length counted."""

    def __init__(self, begun: bytes) -> None:
        self._head = kept(begun)
        self._length = len(begun)

    def swallow(self, chunk: bytes) -> bytes | None:
        """Take what belongs to the line; what follows its newline is given back, None where it goes on."""
        end = chunk.find(b"\n")
        if end < 0:
            self._length += len(chunk)
            return None
        self._length += end
        return chunk[end + 1 :]

    def reject(self, line: int) -> Reject:
        return Reject(line, message("input.line_too_long", bytes=self._length, limit=LINE_BYTES), self._head)


def _spliced(rest: bytes, chunk: bytes, cut: int) -> tuple[bytes, bytes]:
    """What was left before with so much of a chunk, copied once, and what is left now."""
    if not cut:
        return b"", rest + chunk
    data = b"".join((rest, memoryview(chunk)[:cut])) if rest or cut < len(chunk) else chunk
    return data, chunk[cut:]


def _surveyed(data: bytes) -> tuple[int, Seen]:
    """How many lines there are and what is seen in them, in one pass by compiled functions, which are loaded anyway."""
    from minewarden.telemetry import cells_kernel

    count, seen = cells_kernel.surveyed(cells_kernel.bytes_of(data), len(data))
    return int(count), Seen(seen)


def _chunks(source: Source, size: int) -> Iterator[bytes]:
    """Pieces that end with a line where that is known, for they need not be put together with what was left of the one
    before."""
    read = source.stream.read_lines if isinstance(source.stream, Plain) else source.stream.read
    yield read(size).removeprefix(_BOM_UTF8)
    yield from iter(partial(read, size), b"")


def _utf16_chunks(source: Source, encoding: str, size: int) -> Iterator[bytes]:
    # A lone surrogate passes as bytes that are not UTF-8, so that the common check finds it and rejects its line only.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    begun = False
    while raw := source.stream.read(size):
        text = decoder.decode(raw)
        if not begun:
            text, begun = text.removeprefix("\ufeff"), True
        if text:
            yield text.encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        # An odd last byte: the file was cut in the middle of a character, which makes its last line unreadable.
        yield b"\xff"


def _checked(block: Block, encoding: str) -> Iterator[Block | Reject]:
    """Transcode whole lines; what cannot be read is emptied and told."""
    data = yield from _without_overlong(block.data, block.first_line)
    if block.holds(Seen.BEYOND_ASCII):
        try:
            text = data.decode("gb18030" if encoding == "gb18030" else "utf-8")
            data = text.encode("utf-8") if encoding == "gb18030" else data
        except UnicodeDecodeError:
            data = yield from _line_by_line(data, block.first_line, encoding)
    if block.holds(Seen.RETURN):
        data = data.replace(b"\r\n", b"\n")
    # None of what is done above takes a newline away, or brings in what was not seen.
    yield block if data is block.data else replace(block, data=data)


def _without_overlong(data: bytes, first_line: int) -> Generator[Reject, None, bytes]:
    start = position = 0
    parts: list[bytes] = []
    while position + LINE_BYTES < len(data):
        newline = data.rfind(b"\n", position, position + LINE_BYTES + 1)
        if newline >= 0:
            position = newline + 1
            continue
        end = data.index(b"\n", position)
        number = first_line + data.count(b"\n", 0, position)
        yield Reject(
            number,
            message("input.line_too_long", bytes=end - position, limit=LINE_BYTES),
            kept(data[position : position + KEPT_REJECT_BYTES]),
        )
        parts.append(data[start:position])
        start = position = end
    return b"".join([*parts, data[start:]]) if parts else data


def _line_by_line(data: bytes, first_line: int, encoding: str) -> Generator[Reject, None, bytes]:
    readable: list[bytes] = []
    for number, line in enumerate(data[:-1].split(b"\n"), first_line):
        text = _decoded(line, encoding)
        if text is None:
            yield Reject(number, message("input.undecodable", encoding=encoding), kept(line))
        readable.append((text or "").encode("utf-8"))
    return b"\n".join([*readable, b""])


def _decoded(line: bytes, encoding: str) -> str | None:
    # Logs put together from several machines change their encoding in the middle. GB 2312 is asked strictly, because
    # GB 18030 accepts almost any bytes and would turn a damaged line into invented Chinese.
    tried = {"utf-8": ("utf-8", "gb2312"), "gb18030": ("gb18030", "utf-8")}.get(encoding, ("utf-8",))
    for codec in tried:
        try:
            return line.decode(codec)
        except UnicodeDecodeError:
            continue
    return None
