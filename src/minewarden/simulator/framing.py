"""How sayings travel: lines of JSON, HTTP requests and answers, WebSocket frames, or bytes as they are."""

import base64
import json
import struct
from dataclasses import dataclass, field
from random import Random


def compact(said: object) -> bytes:
    """JSON without spaces, in the order of the keys given."""
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(slots=True)
class Lines:
    """One JSON text per line. `spaced` writes as Python and Go miners do, with a space after colon and comma."""

    spaced: bool = False
    _rest: bytes = b""

    def encode(self, said: object) -> bytes:
        """One line."""
        text = json.dumps(said, ensure_ascii=False).encode() if self.spaced else compact(said)
        return text + b"\n"

    def decode(self, data: bytes) -> list[object]:
        """The whole lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]


@dataclass(slots=True)
class Raw:
    """Bytes as they are; a saying is what was written at once."""

    def encode(self, said: object) -> bytes:
        """The bytes themselves."""
        return said if isinstance(said, bytes) else compact(said)

    def decode(self, data: bytes) -> list[object]:
        """The bytes themselves."""
        return [data]


@dataclass(slots=True)
class HttpRequests:
    """JSON posted to a server."""

    host: str
    agent: str
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    _rest: bytes = b""

    def encode(self, said: object) -> bytes:
        """One POST."""
        body = compact(said)
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: {self.host}",
            f"User-Agent: {self.agent}",
            "Accept: */*",
            "Content-Type: application/json",
            *(f"{name}: {value}" for name, value in self.headers),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def decode(self, data: bytes) -> list[object]:
        """The bodies that are whole."""
        bodies, self._rest = _http_bodies(self._rest + data)
        return bodies


@dataclass(slots=True)
class HttpAnswers:
    """What the server answers, optionally in chunks."""

    chunked: bool = False
    _rest: bytes = b""

    def encode(self, said: object) -> bytes:
        """One answer with status 200."""
        body = compact(said)
        if not self.chunked:
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        half = len(body) // 2 or 1
        parts = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + parts + b"0\r\n\r\n"

    def decode(self, data: bytes) -> list[object]:
        """The bodies that are whole."""
        bodies, self._rest = _http_bodies(self._rest + data)
        return bodies


def _http_bodies(data: bytes) -> tuple[list[object], bytes]:
    bodies: list[object] = []
    while b"\r\n\r\n" in data:
        head, _, rest = data.partition(b"\r\n\r\n")
        if b"Transfer-Encoding: chunked" in head:
            body = b""
            while rest:
                size_text, _, rest = rest.partition(b"\r\n")
                size = int(size_text, 16)
                body, rest = body + rest[:size], rest[size + 2 :]
                if not size:
                    break
        else:
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
            )
            if len(rest) < length:
                break
            body, rest = rest[:length], rest[length:]
        bodies.append(json.loads(body))
        data = rest
    return bodies, data


def websocket_opening(host: str, rng: Random, path: str = "/", agent: str = "Mozilla/5.0") -> bytes:
    """The HTTP request with which a WebSocket begins."""
    key = base64.b64encode(rng.randbytes(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {agent}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


WEBSOCKET_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: aW52ZW50ZWQgYW5kIG5vdCBjaGVja2Vk\r\n\r\n"
)


@dataclass(slots=True)
class WebSocket:
    """Text frames, masked where the client sends. The HTTP opening passes through as bytes."""

    mask: Random | None = None
    _open: bool = field(default=False)

    def encode(self, said: object) -> bytes:
        """One text frame."""
        body = compact(said)
        bit = 0x80 if self.mask else 0
        if len(body) < 126:
            head = struct.pack("!BB", 0x81, bit | len(body))
        else:
            head = struct.pack("!BBH", 0x81, bit | 126, len(body))
        if self.mask is None:
            return head + body
        key = self.mask.randbytes(4)
        return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(body))

    def decode(self, data: bytes) -> list[object]:
        """The frame's JSON; the opening as bytes."""
        if not self._open:
            self._open = True
            return [data]
        length, at = data[1] & 0x7F, 2
        if length == 126:
            length, at = int.from_bytes(data[2:4], "big"), 4
        key = data[at : at + 4] if data[1] & 0x80 else b"\0" * 4
        body = data[at + 4 if data[1] & 0x80 else at :][:length]
        return [json.loads(bytes(byte ^ key[i % 4] for i, byte in enumerate(body)))]
