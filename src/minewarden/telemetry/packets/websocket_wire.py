"""WebSocket frames in one direction: the text messages they carry, masked, fragmented or compressed.

Source: RFC 6455, RFC 7692.
"""

import zlib

from minewarden.telemetry.packets.jsonstream import KEPT_BYTES, Text

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_KINDS = (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG)
_LONGEST = 1 << 32


class WebSocketStream:
    """Feed it the bytes behind the handshake. `lost`: they are not frames."""

    __slots__ = ("_cut", "_held", "_inflate", "_packed", "_skip", "_text", "lost")

    def __init__(self) -> None:
        self._held = b""
        self._text: bytearray | None = None
        self._cut = self._packed = False
        self._skip = 0
        self._inflate: zlib._Decompress | None = None
        self.lost = False

    @property
    def weight(self) -> int:
        """Bytes kept."""
        return len(self._held) + len(self._text or b"")

    def feed(self, data: bytes) -> list[Text]:
        """The text messages that these bytes complete."""
        found: list[Text] = []
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        self._held += data
        while self._held and not self.lost and self._frame(found):
            pass
        return found

    def _frame(self, found: list[Text]) -> bool:
        held = self._held
        if len(held) < 2:
            return False
        final, packed, kind = held[0] & 0x80, held[0] & 0x40, held[0] & 15
        if held[0] & 0x30 or kind not in _KINDS:
            self.lost = True
            return False
        masked, length, at = held[1] & 0x80, held[1] & 127, 2
        if length >= 126:
            wide = 2 if length == 126 else 8
            if len(held) < 2 + wide:
                return False
            length, at = int.from_bytes(held[2 : 2 + wide]), 2 + wide
        mask = held[at : at + 4] if masked else b""
        at += len(mask) if len(mask) == 4 or not masked else 4
        if length > _LONGEST:
            self.lost = True
            return False
        wanted = kind == _TEXT or (kind == _CONTINUATION and self._text is not None)
        if not wanted or length > 4 * KEPT_BYTES:
            return self._pass_over(at + length, wanted=wanted)
        if len(held) < at + length:
            return False
        body = held[at : at + length]
        self._held = held[at + length :]
        self._take(_unmasked(body, mask), bool(final), bool(packed), kind, found)
        return True

    def _pass_over(self, size: int, *, wanted: bool) -> bool:
        if wanted:
            self._text = None
        if len(self._held) < size:
            self._skip, self._held = size - len(self._held), b""
            return False
        self._held = self._held[size:]
        return True

    def _take(self, body: bytes, final: bool, packed: bool, kind: int, found: list[Text]) -> None:
        if kind == _TEXT:
            self._text, self._cut, self._packed = bytearray(), False, packed
        if self._text is None:
            return
        room = KEPT_BYTES - len(self._text)
        self._cut = self._cut or len(body) > room
        self._text += body[: max(0, room)]
        if not final:
            return
        text, self._text = bytes(self._text), None
        if self._packed:
            text = self._inflated(text)
        if text:
            found.append(Text(text, self._cut))

    def _inflated(self, text: bytes) -> bytes:
        if self._inflate is None:
            self._inflate = zlib.decompressobj(-15)
        try:
            plain = self._inflate.decompress(text + b"\0\0\xff\xff", KEPT_BYTES + 1)
        except zlib.error:
            self._inflate = None
            return b""
        self._cut = self._cut or len(plain) > KEPT_BYTES
        return plain[:KEPT_BYTES]


def _unmasked(body: bytes, mask: bytes) -> bytes:
    if not mask:
        return body
    stream = (mask * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body) ^ int.from_bytes(stream)).to_bytes(len(body))
