"""The process that takes what comes through the sockets and puts it into the spool, and does nothing else.

It stands beside the watch, so that a long look or a slow disk never lets the system's buffers run over. It ends when
its standard input does, and so also with a watch that was killed, after it has put away what had come. Every few
seconds it says in a line of JSON on standard output what was lost since the last line, where something was.

    python -m minewarden.patrol.watch_listen FOLDER '[["udp", "", 7], ["unix", "eve", 8]]'
"""

import json
import os
import selectors
import signal
import socket
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from minewarden.patrol.watch_spool import Spool
from minewarden.telemetry.syslog_messages import Frame, Frames, is_message, program_of, sequence_of

MESSAGE_BYTES = 64 * 1024
"""A syslog message of more is cut, which is said."""
LINE_BYTES = 1024 * 1024
"""A line of JSON of more is cut."""
MOST_CONNECTIONS = 128
AT_ONCE = 1 << 18
_DATAGRAMS_AT_ONCE = 1000
_TOLD_EVERY_S = 3.0
_MOST_GAP = 100_000
"""A sender whose numbers leap further has begun anew."""
_MOST_SENDERS = 4096


@dataclass(frozen=True, slots=True)
class Ear:
    """A socket that listens: udp, tcp, unix or unixgram, and what the files of its senders are called by ("": by their
    address)."""

    kind: str
    label: str
    socket: socket.socket


@dataclass(slots=True, eq=False)
class _Talk:
    """A connection. frames: of messages; None while its first byte has not come, or where it sends lines of JSON."""

    socket: socket.socket
    sender: str
    frames: Frames | None = None
    lines: bool = False
    held: bytearray = field(default_factory=bytearray)
    cut: int = 0
    waiting: list[tuple[str, bytes, str]] = field(default_factory=list)
    """What the spool had no room for: nothing more is taken from this connection before it is put away."""


class Listener:
    """Takes from sockets, gives to the spool, counts what is lost."""

    def __init__(self, ears: Sequence[Ear], spool: Spool, now: Callable[[], datetime]) -> None:
        self._spool, self._now = spool, now
        self._selector = selectors.DefaultSelector()
        self._ears = list(ears)
        for ear in ears:
            self._selector.register(ear.socket, selectors.EVENT_READ, ear)
        self._talks: list[_Talk] = []
        self._lost: Counter[str] = Counter()
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._dropped = _Dropped([ear.socket for ear in ears if ear.kind == "udp"])

    def turn(self, wait_s: float) -> None:
        """Wait for what comes, for so long, and put it away."""
        for talk in [talk for talk in self._talks if talk.waiting]:
            self._put_off(talk)
        for key, _ in self._selector.select(wait_s):
            if isinstance(key.data, _Talk):
                self._hear(key.data)
            elif isinstance(key.data, Ear) and key.data.kind in ("tcp", "unix"):
                self._accept(key.data)
            elif isinstance(key.data, Ear):
                self._take_datagrams(key.data)

    def settle(self) -> dict[str, int]:
        """Have the disk keep what has come; what was lost since the last call, by reason."""
        try:
            self._spool.settle()
        except OSError:
            self._lost["disk"] += 1
        self._lost["buffer"] += self._dropped.since_last()
        lost, self._lost = self._lost, Counter()
        return {reason: count for reason, count in lost.items() if count}

    def close(self) -> None:
        """Take what has come already, put everything away, finish the files."""
        until = time.monotonic() + 2.0
        while self._selector.select(0) and time.monotonic() < until:
            self.turn(0)
            if all(talk.waiting for talk in self._talks):
                break
        for talk in list(self._talks):
            self._end(talk)
        self._spool.close()
        self._selector.close()

    def _accept(self, ear: Ear) -> None:
        try:
            made, address = ear.socket.accept()
        except OSError:
            return
        if len(self._talks) >= MOST_CONNECTIONS:
            made.close()
            self._lost["connections"] += 1
            return
        made.setblocking(False)
        talk = _Talk(made, ear.label or _sender(address))
        self._talks.append(talk)
        self._selector.register(made, selectors.EVENT_READ, talk)

    def _take_datagrams(self, ear: Ear) -> None:
        batch: dict[tuple[str, str], list[bytes]] = {}
        for _ in range(_DATAGRAMS_AT_ONCE):
            try:
                data, address = ear.socket.recvfrom(LINE_BYTES)
            except OSError:
                break
            sender = ear.label or _sender(address)
            if len(data) > MESSAGE_BYTES and is_message(data):
                frame = Frame(data[:MESSAGE_BYTES], len(data))
            else:
                frame = Frame(data.rstrip(b"\r\n\0"), len(data.rstrip(b"\r\n\0")))
            if frame.data:
                source, ending, line = self._line_of(sender, frame)
                batch.setdefault((source, ending), []).append(line)
        for (source, ending), lines in batch.items():
            data = b"".join(lines)
            taken = self._spool.append(source, data, ending, self._now())
            self._lost["full"] += data.count(b"\n", taken)

    def _hear(self, talk: _Talk) -> None:
        try:
            data = talk.socket.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(talk)
            return
        if talk.frames is None and not talk.lines:
            talk.lines = data.lstrip()[:1] == b"{"
            talk.frames = None if talk.lines else Frames(MESSAGE_BYTES)
        if talk.frames is None:
            self._lines(talk, data)
        else:
            self._messages(talk.sender, talk.frames.feed(data), talk)

    def _lines(self, talk: _Talk, data: bytes) -> None:
        """Lines of JSON, many at a time as they came."""
        cut = data.rfind(b"\n") + 1
        if cut:
            if talk.cut:
                # The rest of a line that was cut; it ends here.
                end = data.index(b"\n") + 1
                data, cut, talk.cut = data[end:], cut - end, 0
            whole = bytes(talk.held) + data[:cut]
            talk.held.clear()
            if whole:
                self._give(talk, f"eve/{talk.sender}", whole, "json")
        if talk.cut:
            return
        talk.held += data[cut:]
        if len(talk.held) > LINE_BYTES:
            talk.cut = 1
            self._lost["long"] += 1
            self._give(talk, f"eve/{talk.sender}", bytes(talk.held[:MESSAGE_BYTES]) + b"\n", "json")
            talk.held.clear()

    def _messages(self, sender: str, frames: Iterator[Frame], talk: _Talk) -> None:
        batch: dict[tuple[str, str], list[bytes]] = {}
        for frame in frames:
            source, ending, line = self._line_of(sender, frame)
            batch.setdefault((source, ending), []).append(line)
        for (source, ending), lines in batch.items():
            self._give(talk, source, b"".join(lines), ending)

    def _line_of(self, sender: str, frame: Frame) -> tuple[str, str, bytes]:
        """The source, the ending of its file's name, and the line for it. A line feed within stands as #012."""
        if not frame.whole:
            self._lost["long"] += 1
        data = frame.data
        if b"\n" in data:
            data = data.replace(b"\n", b"#012")
        if data.startswith(b"{"):
            return f"eve/{sender}", "json", data + b"\n"
        if b"sequenceId" in data:
            self._count(sender, data)
        return f"syslog/{sender}/{program_of(data) if is_message(data) else 'other'}", "log", data + b"\n"

    def _count(self, sender: str, data: bytes) -> None:
        """See whether messages are missing between the numbers that the sender gave; one that comes late is not."""
        number = sequence_of(data)
        if number is None:
            return
        before = self._numbers.pop(sender, None)
        while len(self._numbers) >= _MOST_SENDERS:
            self._numbers.popitem(last=False)
        if before is not None and 1 < number - before < _MOST_GAP:
            self._lost["gap"] += number - before - 1
        elif before is not None and 0 < before - number < 1000:
            self._lost["gap"] -= 1
            number = before
        self._numbers[sender] = number

    def _give(self, talk: _Talk, source: str, lines: bytes, ending: str) -> None:
        taken = 0 if talk.waiting else self._spool.append(source, lines, ending, self._now())
        if taken == len(lines):
            return
        if not talk.waiting:
            self._selector.unregister(talk.socket)
        talk.waiting.append((source, lines[taken:], ending))

    def _put_off(self, talk: _Talk) -> None:
        """Try again to put away what had no room; then go on listening."""
        while talk.waiting:
            source, lines, ending = talk.waiting[0]
            taken = self._spool.append(source, lines, ending, self._now())
            if taken < len(lines):
                talk.waiting[0] = (source, lines[taken:], ending)
                return
            talk.waiting.pop(0)
        self._selector.register(talk.socket, selectors.EVENT_READ, talk)

    def _end(self, talk: _Talk) -> None:
        """The connection has ended: what had come of its last message is kept too."""
        if talk.waiting:
            self._put_off(talk)
        if talk.frames is not None and (frame := talk.frames.rest()) is not None:
            self._messages(talk.sender, iter([frame]), talk)
        elif talk.held:
            self._give(talk, f"eve/{talk.sender}", bytes(talk.held) + b"\n", "json")
        if not talk.waiting:
            self._selector.unregister(talk.socket)
        self._lost["full"] += sum(lines.count(b"\n") for _, lines, _ in talk.waiting)
        talk.socket.close()
        self._talks.remove(talk)


class _Dropped:
    """How many datagrams the system threw away because a socket's buffer was full, as /proc/net says it."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._inodes = {str(os.fstat(made.fileno()).st_ino) for made in sockets}
        self._before = self._now()

    def since_last(self) -> int:
        before, self._before = self._before, self._now()
        return max(0, self._before - before)

    def _now(self) -> int:
        total = 0
        for name in ("udp", "udp6") if self._inodes else ():
            path = Path("/proc/net") / name
            for line in path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else ():
                cells = line.split()
                if cells[9] in self._inodes:
                    total += int(cells[-1])
        return total


def _sender(address: object) -> str:
    """The sender's address as a name for a folder."""
    text = str(address[0]) if isinstance(address, tuple) else "local"
    return text.partition("%")[0].removeprefix("::ffff:") or "local"


def main(folder: str, ears: str) -> int:
    """Listen until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They mean the watch, which ends this process in its own time.
        signal.signal(number, signal.SIG_IGN)
    opened = [Ear(kind, label, socket.socket(fileno=fd)) for kind, label, fd in json.loads(ears)]
    listener = Listener(opened, Spool(Path(folder)), lambda: datetime.now(UTC))
    os.set_blocking(0, False)
    _tell({"ready": 1})
    told_at = time.monotonic()
    while True:
        listener.turn(0.2)
        ended = _ended()
        if not ended and time.monotonic() < told_at + _TOLD_EVERY_S:
            continue
        told_at = time.monotonic()
        if lost := listener.settle():
            try:
                _tell(lost)
            except OSError:
                ended = True
        if ended:
            listener.close()
            return 0


def _tell(counts: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(counts) + "\n")
    sys.stdout.flush()


def _ended() -> bool:
    """Whether standard input has ended."""
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
