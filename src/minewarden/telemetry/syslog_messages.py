"""The syslog messages of a stream of bytes, who says them, and the line that an ordinary log would have of them.

Sources: RFC 3164, RFC 5424 (messages), RFC 6587 (octet counting and line feeds over TCP), RFC 5424 §7.3.1 (sequenceId).
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

_COUNT = re.compile(rb"([1-9]\d{0,8}) (?=<)")
_MAYBE_COUNT = re.compile(rb"[1-9]\d{0,8} ?\Z")
_TO_LINE_FEED = -1
_PRIORITY = re.compile(rb"<(?:1[0-8]\d|19[01]|[1-9]?\d)>")
_NEW = re.compile(rb"<\d{1,3}>1 (?P<time>\S+) (?P<host>\S+) (?P<program>\S+) (?P<process>\S+) \S+ ")
_STRUCTURE = re.compile(rb'(?:-|(?:\[[^\]"\\]*(?:"(?:[^"\\]|\\.)*"[^\]"\\]*)*\])+) ?(?:\xef\xbb\xbf)?', re.DOTALL)
_DEVICE = re.compile(rb"%%\d\d(\w{1,32})/")
_DAY = rb"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?: \d{4})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)"
_OLD = re.compile(rb"<\d{1,3}>" + _DAY + rb" (?:\S+ )?(?P<program>[\w./-]{1,48})(?:\[\w*\])?:")
_JSON = re.compile(rb"^<\d{1,3}>[^\n{]{0,300}?: ?(?:@cee: ?)?(?=\{)", re.MULTILINE)
_NEW_LINE = re.compile(rb"^<\d{1,3}>1 [^\n]*$", re.MULTILINE)
_SEQUENCE = re.compile(rb'\[meta [^\]]*sequenceId="(\d{1,10})"')
OTHER = "other"
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it came. length: how long it was, where more came than is kept."""

    data: bytes
    length: int

    @property
    def whole(self) -> bool:
        """Whether all of it was kept."""
        return self.length == len(self.data)


class Frames:
    """Parts a stream into messages, each framed by its count of octets or by a line feed, as it begins.

    No more than `limit` bytes of a message are held; of a longer one the rest is counted and thrown away.
    """

    def __init__(self, limit: int, *, counted: bool = True) -> None:
        self._limit, self._counted = limit, counted
        self._held = bytearray()
        self._message = bytearray()
        self._length = 0
        self._left: int | None = None
        """The octets of the message that are still to come, `_TO_LINE_FEED`, or None between two messages."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The messages that end in `data`."""
        held = self._held
        held += data
        while held:
            if self._left is None and not self._begin():
                return
            if self._left == _TO_LINE_FEED:
                found = held.find(b"\n")
                ended, end = found >= 0, found if found >= 0 else len(held)
                after = end + ended
            else:
                after = end = min(self._left or 0, len(held))
                self._left = (self._left or 0) - end
                ended = not self._left
            self._message += held[: min(end, self._limit - len(self._message))]
            self._length += end
            del held[:after]
            if ended and (frame := self._ended()) is not None:
                yield frame

    def rest(self) -> Frame | None:
        """What had come of the last message when the stream ended."""
        self._message += self._held[: self._limit]
        self._length += len(self._held)
        self._held.clear()
        return self._ended()

    def _begin(self) -> bool:
        """See how the next message is framed; whether enough of it is there to know."""
        count = _COUNT.match(self._held) if self._counted else None
        if count is not None:
            self._left = int(count[1])
            del self._held[: count.end()]
        elif self._counted and _MAYBE_COUNT.match(self._held):
            return False
        else:
            self._left = _TO_LINE_FEED
        return True

    def _ended(self) -> Frame | None:
        data, length = bytes(self._message), self._length
        self._message.clear()
        self._length, self._left = 0, None
        if len(data) < length:
            return Frame(data, length)
        data = data.rstrip(b"\r\n")
        return Frame(data, len(data)) if data else None


def is_message(data: bytes) -> bool:
    """Whether it begins as a syslog message does."""
    return _PRIORITY.match(data) is not None


def program_of(data: bytes) -> str:
    """Who says a message, as a name for a file: the program, or the module of a network device's log."""
    device = _DEVICE.search(data, 0, 200)
    found = device[1] if device else None
    if found is None:
        new = _NEW.match(data)
        old = None if new else _OLD.match(data)
        found = new["program"] if new else old["program"] if old else b""
    name = re.sub(rb"[^A-Za-z0-9_-]", b"_", found.rpartition(b"/")[2])[:48].decode("ascii").strip("_-")
    return name or OTHER


def sequence_of(data: bytes) -> int | None:
    """The number that the sender gave the message."""
    found = _SEQUENCE.search(data, 0, 1024)
    return int(found[1]) if found else None


def plain(data: bytes) -> bytes:
    """Messages, one a line, as a syslog daemon would have written them to a file; as many lines as before.

    A line of RFC 5424 becomes `TIME HOST PROGRAM[PROCESS]: TEXT`; a JSON text stands without its header, as EVE does.
    """
    if b">1 " in data:
        data = _NEW_LINE.sub(_as_file, data)
    return _JSON.sub(b"", data) if b"{" in data else data


class Unwrapped(io.RawIOBase):
    """A file of messages, one a line as they came over the network, as an ordinary log would have them (`plain`)."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """It is read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Some of its bytes; none at the end."""
        while not self._ready:
            data = self._stream.read(_AT_ONCE)
            whole = self._rest + data
            # A line that is longer than a log's passes as it comes; its reader refuses it.
            cut = whole.rfind(b"\n") + 1 if data and len(whole) < 2 * _AT_ONCE else len(whole)
            self._ready, self._rest = memoryview(plain(whole[:cut])), whole[cut:]
            if not data:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _as_file(found: re.Match[bytes]) -> bytes:
    line = found[0]
    head = _NEW.match(line)
    if head is None or (structure := _STRUCTURE.match(line, head.end())) is None:
        return line
    # rsyslog keeps the blank that stood in front of an older message's text.
    text = line[structure.end() :].lstrip(b" ")
    if text.removeprefix(b"@cee:").lstrip().startswith(b"{"):
        return text.removeprefix(b"@cee:").lstrip()
    process = b"" if head["process"] == b"-" else b"[" + head["process"] + b"]"
    return b"%s %s %s%s: %s" % (head["time"], head["host"], head["program"], process, text)
