"""Logs of nodes: debug.log of Bitcoin Core and of the nodes made from it, and Monero's bitmonero.log (its lines:
`monero_node`). When did each new block become the top of the node's chain?

`2026-03-02T08:00:00Z UpdateTip: new best=<hash> height=<n> ... date='...' progress=1.000000 ...`; before version 0.17
the time is written `2026-03-02 08:00:00`, and it is UTC in both, with microseconds under `-logtimemicros`. The arrival
is the time at the head of the line. `date=` is the time in the block's header, which miners write
(docs/adr/0010-block-clock.md): it serves only to leave out blocks that the node fetched when they were long known.

A block that replaces another of its height came earlier than the line that tells of it, for it became the top only when
the next one followed: of a height the first block stays. The coin is the one that the file's name begins with, else
that of the program which says its name when it starts, or that gives its log its own name; nothing is guessed. Blocks
that do not come as that coin's do are refused whole (`arrivals`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from minewarden.telemetry import monero_node as monero
from minewarden.telemetry.arrivals import MOST_ROWS, coin_of_name, other_chain, said_of_other_chain, utc
from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

_TELLS = "UpdateTip: new best="
_TIME = r"(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z?"
_TIP = re.compile(
    rf"{_TIME} (?:.{{0,200}} )?UpdateTip: new best=(?P<hash>[0-9a-f]{{64}}) +height=(?P<height>\d{{1,9}}) .*?"
    r"\bdate='?(?P<header>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)Z?'? progress=(?P<progress>\d\.\d+)",
    re.ASCII,
)
_STARTED = re.compile(
    rf"{_TIME} (?:\[[^\]]{{0,80}}\] )*(?P<program>[A-Z][A-Za-z ]{{2,30}}?)(?: Core)? version v?\d", re.ASCII
)
_PROGRAMS = {
    "Bitcoin": "BTC",
    "Bitcoin Knots": "BTC",
    "Bitcoin Cash Node": "BCH",
    "Litecoin": "LTC",
    "Dogecoin": "DOGE",
    "Dash": "DASH",
    "Zcash": "ZEC",
    "Raven": "RVN",
    "Ravencoin": "RVN",
}
"""Not Bitcoin ABC, which followed one coin and later another."""

_APART_US = 7_200_000_000
"""By the rules of these coins a header's time may be two hours ahead of a node's clock; it seldom lags so far."""

_LEAST_PROGRESS = 0.999
"""Not 1: it is estimated from the header's age, and a new block whose header is some minutes old shows 0.999999."""

_BURST, _BURST_US = 3, 2_000_000
"""So many blocks, each so soon after the one before it, were fetched together: a node that was off for an hour."""


@dataclass(frozen=True, slots=True)
class _Tip:
    line: int
    height: int
    at: int


class NodeLogReader:
    """Logs of Bitcoin Core, Litecoin Core and others of their kind, and of Monero's node."""

    form = "node_log"
    grows = False
    """The coin may be said where the log begins only, and a burst be seen by its end: it is read whole."""

    def recognises(self, head: Head) -> bool:
        """By a line that tells of a new top, or by the program that says its name."""
        return monero.recognised(head.lines) or any(
            (_TELLS in line and _TIP.match(line) is not None) or _coin_of_program(line) is not None
            for line in head.lines
        )

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `block`. Raises InputError, and gives no row, where neither name nor log says the coin, or
        where the blocks are not that coin's."""
        coin = coin_of_name(source.name)
        told, theirs = _Told(source), monero.MoneroLog()
        others = 0
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if _TELLS not in line:
                said = theirs.take(number, line)
                if isinstance(said, monero.Cut):
                    yield Reject(said.line, message("node_log.monero_line"), kept(said.text.encode()))
                elif isinstance(said, monero.Added):
                    told.block(_Tip(said.line, said.height, said.at), late=said.late)
                else:
                    others += 1
                    if isinstance(said, monero.Fetched):
                        told.fetched(said.below)
                    coin = coin or _coin_of_program(line)
                continue
            try:
                tip, known = _tip(number, line, source)
            except ValueError:
                yield Reject(number, message("node_log.line"), kept(line.encode()))
                continue
            told.block(tip, late=known)
        if (cut := theirs.end()) is not None:
            yield Reject(cut.line, message("node_log.monero_line"), kept(cut.text.encode()))
        if others:
            source.pass_over("node_log", others)
        if coin is None and (theirs.started or (theirs.ours and monero.named(source.name))):
            coin = monero.COIN
        if coin is None:
            raise InputError(source.name, 1, message("node_log.no_coin"))
        yield from told.rows(coin, quiet=theirs.ours and not told.any)


class _Told:
    """The blocks that a log tells of, those left out counted."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._seen: set[int] = set()
        self._found: list[_Tip] = []
        self._late = self._again = 0

    @property
    def any(self) -> bool:
        """Whether any block was told of, however late."""
        return bool(self._found or self._late or self._again)

    def block(self, tip: _Tip, *, late: bool) -> None:
        """A new top. Raises InputError where there are more than can be held."""
        if late:
            self._late += 1
        elif tip.height in self._seen:
            self._again += 1
        else:
            self._found.append(tip)
            self._seen.add(tip.height)
        if len(self._found) > MOST_ROWS:
            raise InputError(self._source.name, tip.line, message("node_log.many", most=MOST_ROWS))

    def fetched(self, below: int) -> None:
        """The blocks just told of, up to this height and each soon after the one before it, were asked for."""
        while self._found and self._found[-1].height == below - 1:
            last = self._found.pop()
            self._late += 1
            below -= 1
            if not self._found or last.at - self._found[-1].at > _BURST_US:
                return

    def rows(self, coin: str, *, quiet: bool) -> Iterator[Batch | Note]:
        """`quiet`: the log is of a node that does not say when a block is added."""
        arrived = _without_bursts(self._found)
        late = self._late + len(self._found) - len(arrived)
        other = other_chain(coin, ((tip.height, tip.at) for tip in arrived))
        if other is not None:
            raise InputError(self._source.name, arrived[0].line, said_of_other_chain(coin, other))
        if quiet:
            yield Note(message("node_log.quiet"))
        elif late or self._again or not arrived:
            yield Note(message("node_log.left_out", coin=coin, count=len(arrived), late=late, again=self._again))
        rows = RowBuilder(self._source)
        for tip in arrived:
            yield from rows.add("block", tip.line, ts=tip.at, coin=coin, height=tip.height)
        yield from rows.finish()


def _coin_of_program(line: str) -> str | None:
    if " version " not in line:
        return None
    told = _STARTED.match(line)
    return _PROGRAMS.get(told["program"]) if told is not None else None


def _tip(number: int, line: str, source: Source) -> tuple[_Tip, bool]:
    """What a line tells, and whether the block was long known. Raises ValueError where it cannot be read."""
    told = _TIP.match(line)
    if told is None:
        raise ValueError("no such line")
    at, header = utc(told["at"]), utc(told["header"])
    apart = abs(at - source.clock.shift_us - header)
    return _Tip(number, int(told["height"]), at), apart > _APART_US or float(told["progress"]) < _LEAST_PROGRESS


def _without_bursts(found: list[_Tip]) -> list[_Tip]:
    kept_ones: list[_Tip] = []
    run: list[_Tip] = []
    for tip in found:
        if run and not 0 <= tip.at - run[-1].at <= _BURST_US:
            kept_ones += run if len(run) < _BURST else []
            run = []
        run.append(tip)
    return kept_ones + (run if len(run) < _BURST else [])
