"""How far each followed file was read, and by what it is known again after it was renamed, copied or packed."""

import base64
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, BinaryIO

from minewarden.plugins import READERS
from minewarden.telemetry.manifest import Manifest

PRINT_BYTES = 4096
"""How much of a file's beginning, and of the place up to which it was read, is remembered as a hash."""


@cache
def growing() -> frozenset[str]:
    """The forms that are read while they grow, line by line, as their readers say of themselves."""
    return frozenset(name for name, reader in READERS.load_all().items() if reader.grows)


@dataclass(slots=True)
class Followed:
    """One file's content, whatever its name. `offset` counts unpacked bytes, `lines` the lines before it.

    head, tail: hashes of the first `PRINT_BYTES` that were read, and of the last. begin: the first ones themselves,
    deflated, by which a copy is known that is shorter than they are. preamble: the header lines that a
    reader needs in front of every piece, as Latin-1. size, mtime_ns: the file as it was when it had been read to its
    end. unused: a log that this program does not use.
    """

    origin: int
    path: str
    form: str
    device: int
    inode: int
    offset: int = 0
    lines: int = 0
    head: str = ""
    tail: str = ""
    begin: str = ""
    preamble: str = ""
    size: int = -1
    mtime_ns: int = -1
    unused: bool = False

    @property
    def grows(self) -> bool:
        """Whether it is read while it is written."""
        return self.form in growing()

    @property
    def head_bytes(self) -> int:
        """How much of the beginning `head` is the hash of."""
        return min(self.offset, PRINT_BYTES)

    def note_prints(self, head: bytes, tail: bytes) -> None:
        """Remember the first bytes of the file and the last ones before `offset`."""
        if self.head != (fresh := digest(head[: self.head_bytes])):
            self.head = fresh
            self.begin = base64.b64encode(zlib.compress(head[: self.head_bytes])).decode("ascii")
        self.tail = digest(tail[-self.head_bytes :])

    def beginning(self) -> bytes:
        """The first `head_bytes` of the file."""
        return zlib.decompress(base64.b64decode(self.begin))

    def reread(self, stream: BinaryIO) -> tuple[bytes, bytes]:
        """The bytes that `head` and `tail` should be the hashes of, from an unpacked file; it is left at `offset`.

        The second is short where the file is, or begins otherwise.
        """
        head = stream.read(self.head_bytes)
        if digest(head) != self.head:
            return head, b""
        to_tail = self.offset - self.head_bytes
        if stream.seekable():
            stream.seek(to_tail)
            return head, stream.read(self.head_bytes)
        if to_tail < len(head):
            # They overlap in a short file; what was read already cannot be read again.
            return head, head[to_tail:] + stream.read(self.offset - len(head))
        return head, stream.read(self.head_bytes) if _skip(stream, to_tail - len(head)) else b""

    def continues(self, stream: BinaryIO) -> bool | None:
        """Whether an (unpacked) file holds what was read of this one; None where it is shorter but begins so."""
        head, tail = self.reread(stream)
        if digest(head) != self.head:
            return False
        return None if len(tail) < self.head_bytes else digest(tail) == self.tail


def digest(data: bytes) -> str:
    """The hash by which pieces of files are known again."""
    return hashlib.sha256(data).hexdigest()


def load(manifest: Manifest) -> dict[int, Followed]:
    """The files that are followed, by their number in the lake."""
    rows = manifest.connection.execute("SELECT state FROM followed ORDER BY origin")
    return {state.origin: state for state in (Followed(**json.loads(row[0])) for row in rows)}


def keep(connection: sqlite3.Connection, state: Followed, now_us: int) -> None:
    """Remember how far a file was read, within a transaction."""
    values = (state.origin, state.path, json.dumps(asdict(state), ensure_ascii=False), now_us)
    connection.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?, ?)", values)


def keep_source(connection: sqlite3.Connection, record: dict[str, Any]) -> None:
    """Remember a source as the lake cites it, within a transaction."""
    values = (record["origin"], json.dumps(record, ensure_ascii=False))
    connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?)", values)


def chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The rest of a stream in chunks of `size`, however little each read gives."""
    while True:
        parts, wanted = [], size
        while wanted and (part := stream.read(wanted)):
            parts.append(part)
            wanted -= len(part)
        if not parts:
            return
        yield b"".join(parts)


def _skip(stream: BinaryIO, count: int) -> bool:
    while count:
        passed = len(stream.read(min(count, 1 << 20)))
        if not passed:
            return False
        count -= passed
    return True
