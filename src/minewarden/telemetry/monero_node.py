"""Lines of bitmonero.log, as monerod writes them: which block was added when, and which of them were fetched late.

Source: monero-project/monero at 0aa9c51 (2026-08-20). `contrib/epee/src/mlog.cpp` has the form of a line, six fields
parted by tabs: time, thread, level, category, place in the source, message. The time is UTC with milliseconds
(`ELPP_UTC_DATETIME` in `external/easylogging++/ea_config.h`). `Blockchain::handle_block_to_main_chain`
(`src/cryptonote_core/blockchain.cpp`) says, in one message of five lines, `+++++ BLOCK SUCCESSFULLY ADDED`, `id:`,
`PoW:`, `HEIGHT n, difficulty:`, `block reward:`. Since June 2019 each of the lines has the five fields before it, until
then the first only. The arrival is the time of the first. It is of level INFO, which the node leaves out unless it
runs with `--log-level 0,blockchain:INFO`, or 1.

No header's time is in it, so what was fetched late is told otherwise (`src/cryptonote_protocol`,
`cryptonote_protocol_handler.inl`): from the line in which the node says its name when it starts to `You are now
synchronized with the network` it catches up; `Synced h/t` follows blocks that it asked for, and those below t were
there before. Other threads may write between the lines of one message; blocks are added one at a time.
"""

import re
from dataclasses import dataclass

from minewarden.telemetry.arrivals import utc

COIN = "XMR"
ADDED = "+++++ BLOCK SUCCESSFULLY ADDED"
_FIELDS = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\t[^\t]{0,100}\t"
    r"[A-Z]{4,8}\t[^\t]{0,60}\t[^\t]{1,200}:\d{1,6}\t(?P<said>.*)",
    re.ASCII | re.DOTALL,
)
_STARTED = re.compile(r"Monero '[A-Za-z ]{1,40}' \(v\d", re.ASCII)
_SYNCED = re.compile(r"Synced (\d{1,9})/(\d{1,9})(?!\d)", re.ASCII)
_CAUGHT_UP = "You are now synchronized with the network"
_HEIGHT = re.compile(r"HEIGHT (\d{1,9}), difficulty:", re.ASCII)
_NAMED = re.compile(r"(?:.*[/\\])?bitmonero\.log", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Added:
    """A block that was added: by the line that says so, when, how high, and whether it was late already."""

    line: int
    height: int
    at: int
    late: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """All blocks below this height which came right before were asked for."""

    below: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A line that begins a block of which the others do not follow as they should."""

    line: int
    text: str


def recognised(lines: tuple[str, ...]) -> bool:
    """Whether any line is one that only monerod writes: of a block, of blocks asked for, or of its own name."""
    return any(
        told is not None
        and (told["said"].startswith(ADDED) or _SYNCED.match(told["said"]) or _STARTED.match(told["said"]))
        for told in (_FIELDS.match(line) for line in lines)
    )


def named(name: str) -> bool:
    """Whether a file has the name that monerod gives its log, or one of those that it puts aside."""
    return _NAMED.match(name) is not None


@dataclass(frozen=True, slots=True)
class _Begun:
    """A block of which the height is still to come."""

    line: int
    at: int
    text: str


class MoneroLog:
    """What the lines so far have said. `ours`: whether any was monerod's; `started`: whether it said its name."""

    def __init__(self) -> None:
        self.ours = self.started = False
        self._starting, self._target = False, 0
        self._begun: _Begun | None = None

    def take(self, number: int, line: str) -> Added | Fetched | Cut | None:
        """What a line tells, if anything."""
        told = _FIELDS.match(line)
        begun = self._begun
        if begun is not None:
            said = told["said"] if told is not None else line
            if (height := _HEIGHT.match(said)) is not None:
                self._begun = None
                late = self._starting or int(height[1]) < self._target
                return Added(begun.line, int(height[1]), begun.at, late)
        if told is None:
            return Cut(number, line) if ADDED in line else None
        return self._message(number, told)

    def end(self) -> Cut | None:
        """The block that the file ends in the middle of."""
        return Cut(self._begun.line, self._begun.text) if self._begun is not None else None

    def _message(self, number: int, told: re.Match[str]) -> Fetched | Cut | None:
        said = told["said"]
        if said.startswith(ADDED):
            self.ours, cut = True, self.end()
            try:
                self._begun = _Begun(number, utc(told["at"]), told[0])
            except ValueError:
                self._begun = None
                return Cut(number, told[0])
            return cut
        if (synced := _SYNCED.match(said)) is not None:
            self.ours = True
            self._target = int(synced[2])
            return Fetched(int(synced[1]))
        if _STARTED.match(said) is not None:
            self.ours = self.started = self._starting = True
        elif said.startswith(_CAUGHT_UP):
            self._starting = False
        return None
