"""JSON texts in a stream of bytes: one per line, back to back, or split; the ends are found without reading them whole.

Only the boundary is looked for: quotes, escapes and brackets. A text that is whole is then proved by a parser, so that
a language with braces is not taken for JSON.
"""

import json
import re
from typing import NamedTuple

import orjson

KEPT_BYTES = 64 * 1024
DEEPEST = 128
_SKIPPED_BYTES = 4 * 1024 * 1024
_GARBAGE_BYTES = 64 * 1024
_GARBAGE_TIMES = 16

_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING = re.compile(rb'["\\]')
_LIKELY = re.compile(rb'(?:\[\s*)*\{\s*"[^"\\]{1,128}"\s*:')
_BLANK = b" \t\r\n\0\xef\xbb\xbf"
_BLANKS = re.compile(rb"[ \t\r\n\0\xef\xbb\xbf]+")
_EMPTY = re.compile(rb"[{\[]\s*[}\]]")
_OPENING, _CLOSING = b"{[", b"}]"


class Text(NamedTuple):
    """A JSON text as it went over the wire; `cut`: only its first part was kept."""

    body: bytes
    cut: bool = False


def is_json(body: bytes) -> bool:
    """Whether a text is JSON, told by a strict parser, then by one that forgives what miners do wrong."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            json.loads(body.decode("utf-8", "replace"), strict=False)
        except (ValueError, RecursionError):
            return False
    return True


class JsonStream:
    """Feed it bytes in order. `synced`: the first byte is known to start a text; else they may begin in a torn tail."""

    __slots__ = ("_at", "_depth", "_garbage", "_in_string", "_kept", "_skipped", "_times", "dead", "held", "synced")

    def __init__(self, *, synced: bool) -> None:
        self.synced = synced
        self.dead = False
        self.held = bytearray()
        self._garbage = self._times = 0
        self._reset()

    def _reset(self) -> None:
        self._at = self._depth = self._skipped = 0
        self._in_string = False
        self._kept = True

    @property
    def idle(self) -> bool:
        """Whether no text has begun."""
        return not self.held and self._kept

    def feed(self, data: bytes) -> list[Text]:
        """The texts that these bytes complete."""
        if self.synced and not self.held and self._kept:
            whole = _lines(data)
            if whole is not None:
                self._garbage = self._times = 0
                return whole
        self.held += data
        found: list[Text] = []
        while self.held and self._step(found):
            pass
        if self._garbage > _GARBAGE_BYTES or self._times > _GARBAGE_TIMES:
            self.dead = True
            self.held.clear()
        return found

    def gap(self) -> None:
        """Bytes were lost: what had begun cannot be completed."""
        self.held.clear()
        self._reset()
        self.synced = False

    def _step(self, found: list[Text]) -> bool:
        """One move forward; False when more bytes are needed."""
        if self._depth == 0 and self._kept:
            return self._begin()
        end = self._scan()
        if end < 0:
            return False
        if end == 0:
            self._overlong(found)
            return False
        body = bytes(self.held[:end]) if self._kept else b""
        del self.held[:end]
        kept = self._kept
        self._reset()
        if kept:
            self._judge(body, found)
        return True

    def _begin(self) -> bool:
        """Find where a text starts."""
        # The front of a bytearray is taken off in place: many small texts in one large piece stay cheap.
        blanks = _BLANKS.match(self.held)
        if blanks:
            del self.held[: blanks.end()]
        if not self.held:
            return False
        if self.held[0] in _OPENING:
            self._depth, self._at = 1, 1
            return True
        line = self.held.find(b"\n")
        wasted = line + 1 if line >= 0 else len(self.held)
        if self.synced:
            self._times += 1
        self._garbage += wasted
        del self.held[:wasted]
        self.synced = False
        return bool(self.held)

    def _scan(self) -> int:
        """Where the text ends; -1: not yet; 0: it is longer or deeper than is kept."""
        held = self.held
        while self._at < len(held):
            match = (_STRING if self._in_string else _STRUCTURE).search(held, self._at)
            if match is None:
                self._at = len(held)
                break
            byte = held[match.start()]
            self._at = match.end()
            if byte == 0x22:
                self._in_string = not self._in_string
            elif byte == 0x5C:
                # The escaped byte may still be on its way: the place then points behind the end.
                self._at += 1
            elif byte in _OPENING:
                self._depth += 1
            else:
                self._depth -= 1
            if self._depth == 0:
                return self._at
            if self._depth > DEEPEST:
                self._garbage = _GARBAGE_BYTES + 1
                return 0
        return 0 if len(held) > KEPT_BYTES or not self._kept else -1

    def _overlong(self, found: list[Text]) -> None:
        """Keep the first part of a text, and count brackets until its end without keeping more."""
        if self._kept and self._garbage <= _GARBAGE_BYTES and _LIKELY.match(self.held):
            found.append(Text(bytes(self.held[:KEPT_BYTES]), cut=True))
        self._kept = False
        self._skipped += len(self.held)
        self._at -= len(self.held)
        self.held.clear()
        if self._skipped > _SKIPPED_BYTES:
            self.gap()

    def _judge(self, body: bytes, found: list[Text]) -> None:
        torn = not self.synced and bytes(self.held[:32].lstrip(_BLANK)[:1]) in (b",", b"}", b"]")
        if not torn and is_json(body):
            # An empty object says nothing, and millions of them fit into a piece of a file.
            if not _EMPTY.fullmatch(body):
                found.append(Text(body))
            self.synced = True
            self._garbage = self._times = 0
        else:
            self._garbage += len(body)
            self._times += 1
            self.synced = False


def _lines(data: bytes) -> list[Text] | None:
    """The common case: whole texts, one on each line. None where it is not so."""
    found: list[Text] = []
    for line in data.split(b"\n"):
        text = line.strip(_BLANK)
        if text:
            if text[0] not in _OPENING or text[-1] not in _CLOSING:
                return None
            try:
                orjson.loads(text)
            except orjson.JSONDecodeError:
                return None
            if len(text) > 8 or not _EMPTY.fullmatch(text):
                found.append(Text(text))
    return found
