"""The bytes of a file on their way in: hashed as they are on the disk, unpacked within bounds, never failing half-way.

A damaged or truncated archive ends early and says so in `damage`; what came out before is kept.
"""

import hashlib
import io
import os
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Protocol

import zstandard

from minewarden.telemetry.reader import HEAD_BYTES
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of

_CHUNK = 1024 * 1024
_HASH_BESIDE, _HASHES_WAITING = 8 * _CHUNK, 4
_NEAR_END = 64 * 1024
"""How far before the end of a piece the end of a line is looked for."""
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_LAYERS = 2
# A zstd block of four bytes can stand for 128 KiB, and its decompressor cannot be told to stop: so it is fed slowly.
_STEP = {"zstd": 2048, "gzip": 64 * 1024}
_ZSTD_WINDOW = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a packed file may expand: `ratio` to one beyond the first `free` bytes, and never past `total`."""

    ratio: int = 200
    free: int = 64 * 1024 * 1024
    total: int = 200 * 1024**3


class Original(io.RawIOBase):
    """The file as it is on the disk: counts and hashes what passes."""

    def __init__(self, file: BinaryIO, advanced: Callable[[int], None]) -> None:
        self._file = file
        self._advanced = advanced
        self._hash = hashlib.sha256()
        self._hashing: deque[Future[None]] = deque()
        self._behind: ThreadPoolExecutor | None = None
        self._told = 0
        self.count = 0
        self.damage: Message | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        found = self._found(buffer)
        self._pass(memoryview(buffer)[:found])
        self._counted(found)
        return found

    def _found(self, buffer: "bytearray | memoryview") -> int:
        """How many bytes were read into a buffer; none at the end, or where the disk fails."""
        try:
            return int(self._file.readinto(buffer))  # type: ignore[attr-defined]
        except OSError as error:
            self.damage = message("ingest.system", reason=reason_of(error))
            return 0

    def take(self, size: int) -> bytes:
        """So many bytes, fewer only at the end. They are nobody else's, so that they are hashed where they stand."""
        parts, wanted = [], size
        while wanted:
            try:
                part = self._file.read(wanted)
            except OSError as error:
                self.damage = message("ingest.system", reason=reason_of(error))
                break
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
            self._pass(part)
            self._counted(len(part))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def lines_within(self, size: int) -> int:
        """How many bytes of those that come next, at most `size`, end with a line; `size` where that is not known."""
        if size <= _NEAR_END:
            return size
        try:
            near = os.pread(self._file.fileno(), _NEAR_END, self.count + size - _NEAR_END)
        except OSError:
            return size
        cut = near.rfind(b"\n") + 1
        return size - _NEAR_END + cut if cut and len(near) == _NEAR_END else size

    def finish(self) -> str:
        """Read what nobody wanted, so that the hash is that of the whole file; the hash in hex."""
        rest = bytearray(_CHUNK)
        while self.readinto(rest):
            pass
        self._advanced(self.count)
        if self._behind is not None:
            self._behind.shutdown()
            self._behind = None
        return self._hash.hexdigest()

    def _counted(self, found: int) -> None:
        self.count += found
        if self.count - self._told >= 4 * _CHUNK:
            self._told = self.count
            self._advanced(self.count)

    def _pass(self, data: bytes | memoryview) -> None:
        """Hash what passes: of a large file in a thread of its own, beside what reads it."""
        if self._behind is None:
            if self.count < _HASH_BESIDE:
                self._hash.update(data)
                return
            self._behind = ThreadPoolExecutor(1, thread_name_prefix="hash")
        while len(self._hashing) >= _HASHES_WAITING:
            self._hashing.popleft().result()
        # A buffer is used again for what comes next; bytes stay as they are, and are not copied for it.
        self._hashing.append(self._behind.submit(self._hash.update, bytes(data)))


class _Member(Protocol):
    ended: bool

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Some of the content, and the data that must be given again."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self.ended = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        out = self._inflate.decompress(data, _CHUNK)
        self.ended = self._inflate.eof
        return out, self._inflate.unused_data if self.ended else self._inflate.unconsumed_tail


class _Zstd:
    def __init__(self) -> None:
        self._decompress = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self.ended = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        out = self._decompress.decompress(data) if data else b""
        self.ended = self._decompress.eof
        return out, self._decompress.unused_data if self.ended else b""


class Unpacked(io.RawIOBase):
    """The content of a gzip or zstd file of any number of members."""

    def __init__(self, packed: io.BufferedIOBase, form: str, original: Original, limits: Limits) -> None:
        self._packed = packed
        self._form = form
        self._original = original
        self._limits = limits
        self._member: _Member | None = None
        self._waiting = b""
        self._ready = memoryview(b"")
        self._ended = False
        self.count = 0
        self.damage: Message | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._more()
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _more(self) -> None:
        if not self._waiting:
            self._waiting = self._packed.read(_STEP[self._form])
        if self._member is None:
            self._member = self._next_member()
            if self._member is None:
                return
        fed = bool(self._waiting)
        try:
            out, self._waiting = self._member.feed(self._waiting)
        except (zlib.error, zstandard.ZstdError):
            self._end(message("ingest.damaged", form=self._form))
            return
        self._ready = memoryview(out)
        self.count += len(out)
        if self._member.ended:
            self._member = None
        elif not fed and not out:
            self._end(message("ingest.truncated", form=self._form))
            return
        self._bound()

    def _next_member(self) -> _Member | None:
        """A decompressor for what comes next; None where nothing does."""
        # Archives are padded with zeros to the blocks of a tape; anything else after the end is not ours.
        while self.count and not self._waiting.strip(b"\0") and self._waiting:
            self._waiting = self._packed.read(_STEP[self._form])
        waiting = self._waiting.lstrip(b"\0") if self.count else self._waiting
        waiting += self._packed.read(4 - len(waiting)) if 0 < len(waiting) < 4 else b""
        self._waiting = waiting
        if packing(waiting) == self._form:
            return _Gzip() if self._form == "gzip" else _Zstd()
        self._end(message("ingest.trailing", form=self._form) if waiting else None)
        return None

    def _bound(self) -> None:
        limits, read = self._limits, max(1, self._original.count)
        if self.count > limits.total:
            self._end(message("ingest.too_large", limit=limits.total // 1024**3))
        elif self.count > limits.free and self.count > limits.ratio * read:
            self._end(message("ingest.bomb", ratio=limits.ratio))

    def _end(self, damage: Message | None) -> None:
        self._ended = True
        self._waiting = b""
        self.damage = damage


class _Rewound(io.RawIOBase):
    """A stream whose beginning was already looked at."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._head:
            return self._rest.readinto(buffer)
        size = min(len(buffer), len(self._head))
        buffer[:size] = self._head[:size]
        self._head = self._head[size:]
        return size


class Plain(io.BufferedIOBase):
    """The bytes of a file that is not packed. Large pieces come without being copied on the way."""

    def __init__(self, head: bytes, original: Original) -> None:
        self._head = head
        self._original = original

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, fewer only at the end; all of them without a size."""
        if size is None or size < 0:
            return b"".join(iter(partial(self.read, _CHUNK), b""))
        begun, self._head = self._head[:size], self._head[size:]
        more = self._original.take(size - len(begun)) if len(begun) < size else b""
        return begun + more if begun else more

    def read_lines(self, size: int) -> bytes:
        """At most so many bytes, which end with a whole line if one ends near there; fewer at the end of the file."""
        return self.read(len(self._head) + self._original.lines_within(size - len(self._head)))


class Opened:
    """A file opened for reading: `head` its first bytes, unpacked; `stream` all of them."""

    def __init__(self, file: BinaryIO, limits: Limits, advanced: Callable[[int], None]) -> None:
        self._original = Original(file, advanced)
        self._layers: list[Unpacked] = []
        self.head = self._original.take(HEAD_BYTES)
        self.stream: io.BufferedIOBase = Plain(self.head, self._original)
        if not packing(self.head):
            return
        packed = _rewound(self.head, io.BufferedReader(self._original, _CHUNK))
        while (form := packing(self.head)) and len(self._layers) < _LAYERS:
            self._layers.append(Unpacked(packed, form, self._original, limits))
            unpacked: io.BufferedReader[Any] = io.BufferedReader(self._layers[-1], _CHUNK)
            self.head = unpacked.read(HEAD_BYTES)
            self.stream = packed = _rewound(self.head, unpacked)

    @property
    def damage(self) -> Message | None:
        """What was wrong with the file or its packing, once it has been read."""
        parts: tuple[Original | Unpacked, ...] = (self._original, *self._layers)
        return next((part.damage for part in parts if part.damage is not None), None)

    @property
    def bytes_read(self) -> int:
        """How much of the original has passed."""
        return self._original.count

    def finish(self) -> str:
        """The SHA-256 of the original in hex, all of which is read for it."""
        return self._original.finish()


def packing(head: bytes) -> str:
    """`gzip`, `zstd`, or "" for a file that is not packed so."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head.startswith(_ZSTD) else ""


def _rewound(head: bytes, rest: io.BufferedIOBase) -> "io.BufferedReader[Any]":
    return io.BufferedReader(_Rewound(head, rest), _CHUNK)
