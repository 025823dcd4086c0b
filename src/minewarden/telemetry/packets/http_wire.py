"""HTTP/1 in one direction: heads, and the JSON that bodies carry. A body that is not JSON is passed over, not kept."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from minewarden.telemetry.packets.jsonstream import KEPT_BYTES, JsonStream, Text

HEAD_BYTES = 16 * 1024
_MOST_TEXTS = 256
"""What a body of HTTP may hold: a few bytes unpack to many thousand texts."""
_END = re.compile(rb"\r?\n\r?\n")
_REQUEST = re.compile(rb"([A-Z]{2,20}) (\S{1,8192}) HTTP/1\.[01]$")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |$)")
_FIELD = re.compile(
    rb"^(host|user-agent|content-length|transfer-encoding|content-encoding|upgrade)[ \t]*:([^\n]*)", re.I | re.M
)
_BLANK = b" \t\r\n\xef\xbb\xbf"

METHODS = (b"GET ", b"POST", b"PUT ", b"HEAD", b"OPTI", b"DELE", b"PATC", b"CONN", b"HTTP")
"""The first four bytes of a head."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request (`method`, `uri`) or of a response (`status`)."""

    method: str | None
    uri: str | None
    status: int | None
    host: str | None
    agent: str | None
    upgrade: str | None
    length: int | None
    chunked: bool
    packed: str | None


def parse_head(raw: bytes) -> Head | None:
    """Read a head without its final blank line; None where it is not one. Source: RFC 9112."""
    first, _, rest = raw.partition(b"\n")
    first = first.rstrip(b"\r")
    request, status = _REQUEST.match(first), _STATUS.match(first)
    if request is None and status is None:
        return None
    fields: dict[bytes, str] = {}
    for name, value in _FIELD.findall(rest):
        fields.setdefault(name.lower(), value.strip().decode("utf-8", "replace"))
    length = fields.get(b"content-length", "")
    return Head(
        method=request[1].decode("ascii") if request else None,
        uri=request[2].decode("utf-8", "replace") if request else None,
        status=int(status[1]) if status else None,
        host=_host(fields.get(b"host")),
        agent=fields.get(b"user-agent"),
        upgrade=fields[b"upgrade"].lower() if b"upgrade" in fields else None,
        length=int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        chunked="chunked" in fields.get(b"transfer-encoding", "").lower(),
        packed=fields.get(b"content-encoding", "").lower() or None,
    )


def _host(text: str | None) -> str | None:
    """A Host field without its port, in lower case."""
    if not text:
        return None
    text = text.lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    name, _, port = text.rpartition(":")
    return (name if name and port.isdigit() and ":" not in name else text).rstrip(".")


class HttpStream:
    """Feed it bytes in order; heads go to `on_head`, which says whether a body can follow, JSON texts to `on_text`."""

    __slots__ = (
        "_body",
        "_chunk",
        "_held",
        "_left",
        "_on_head",
        "_on_text",
        "_room",
        "_unpack",
        "lost",
        "skip",
        "upgraded",
    )

    def __init__(self, on_head: Callable[[Head], bool], on_text: Callable[[Text], None]) -> None:
        self._on_head, self._on_text = on_head, on_text
        self._held = b""
        # How many bytes of body are left; -1: until the end of the connection; None: a head is next.
        self._left: int | None = None
        self._chunk = False
        self._room = _MOST_TEXTS
        self._body: JsonStream | None = None
        self._unpack: zlib._Decompress | None = None
        self.skip = 0
        self.lost = False
        self.upgraded = b""

    @property
    def weight(self) -> int:
        """Bytes kept."""
        return len(self._held) + (len(self._body.held) if self._body else 0)

    @property
    def idle(self) -> bool:
        """Whether another one, to which nothing was said yet, would go on just as well."""
        return self._left is None and not (self._held or self.lost or self.upgraded or self.skip)

    def feed(self, data: bytes) -> None:
        """Take bytes. Afterwards `skip` says how many may be left out, `lost` that the next head's place is unknown."""
        self._held += data
        while self._held and not self.lost and not self.upgraded:
            moved = self._next_head() if self._left is None else self._next_body()
            if not moved:
                break

    def _next_head(self) -> bool:
        self._held = self._held.lstrip(b"\r\n")
        end = _END.search(self._held)
        if end is None:
            self.lost = len(self._held) > HEAD_BYTES or (len(self._held) >= 4 and self._held[:4] not in METHODS)
            return False
        head = parse_head(self._held[: end.start()])
        rest, self._held = self._held[end.end() :], b""
        if head is None:
            self.lost = True
            return False
        follows = self._on_head(head)
        self._held = rest
        if head.upgrade and (head.status == 101 or (head.method and "websocket" in head.upgrade)):
            self.upgraded = head.upgrade.encode()
        elif follows:
            self._begin_body(head)
        return True

    def rest(self) -> bytes:
        """What stands behind the head of an upgrade."""
        rest, self._held = self._held, b""
        return rest

    def _begin_body(self, head: Head) -> None:
        self._chunk = head.chunked
        self._body = None
        self._room = _MOST_TEXTS
        self._unpack = zlib.decompressobj(47) if head.packed in ("gzip", "deflate", "x-gzip") else None
        if head.chunked:
            self._left = 0
        elif head.length is not None:
            self._left = head.length or None
        else:
            self._left = -1 if head.status is not None else None

    def _next_body(self) -> bool:
        if self._chunk and self._left == 0:
            return self._next_chunk()
        left = self._left or 0
        part = self._held if left < 0 else self._held[:left]
        self._held = self._held[len(part) :]
        json = self._read_body(part)
        if left > 0:
            self._left = left - len(part)
            if not json and not self._chunk:
                self.skip, self._left = self._left, 0
        elif not json:
            self.lost = True
        if self._left == 0 and not self._chunk:
            self._end_body()
        elif self._chunk and not json:
            self.lost = self.lost or self._left != 0 or len(self._held) == 0
        return True

    def _next_chunk(self) -> bool:
        self._held = self._held.lstrip(b"\r\n") if self._body is not None else self._held
        line, newline, rest = self._held.partition(b"\n")
        if not newline:
            self.lost = len(self._held) > 1024
            return False
        size = line.split(b";")[0].strip()
        try:
            self._left = int(size, 16)
        except ValueError:
            self.lost = True
            return False
        self._held = rest
        if self._left <= 0:
            # What follows the last chunk (trailers, a blank line) is skipped by the search for the next head.
            trailer = _END.search(b"\n" + self._held[:HEAD_BYTES])
            self._held = self._held[max(0, trailer.end() - 1) :] if trailer else b""
            self._end_body()
        return True

    def _read_body(self, part: bytes) -> bool:
        """Give a part of a body to the JSON reader; False when the body is not JSON."""
        if self._unpack is not None:
            try:
                part = self._unpack.decompress(part, 2 * KEPT_BYTES)
            except zlib.error:
                return False
        if self._body is None:
            text = part.lstrip(_BLANK)
            if not text:
                return True
            if text[0] not in b"{[":
                return False
            self._body = JsonStream(synced=True)
        for found in self._body.feed(part)[: max(0, self._room)]:
            self._on_text(found)
            self._room -= 1
        return not self._body.dead and self._room > 0

    def _end_body(self) -> None:
        self._left, self._chunk = None, False
        self._body = self._unpack = None
