"""One stream on its way through: what was said, by which end, and what it adds up to once the stream is over.

Memory per stream is bounded: questions that wait for an answer, names that were used, and the rows that are cited.
"""

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from minewarden.detect.stratum.cryptonote import page_accepts, page_text
from minewarden.detect.stratum.dialects import read_answer, read_call
from minewarden.detect.stratum.protocols import most_special
from minewarden.detect.stratum.said import Act, Answer, Call, Said, Side
from minewarden.detect.stratum.shapes import is_miner, printable
from minewarden.detect.stratum.solo import torn_template
from minewarden.detect.stratum.texts import objects
from minewarden.detect.stratum.wallets import split_user

_Name = TypeVar("_Name", str, tuple[str, str])

MOST_OPEN_QUESTIONS = 512
MOST_NAMES = 64
FIRST_ROWS = 5
LEAST_BEATS = 3
"""So many of CryptoNote's `keepalived` prove mining where neither an answer nor anything else was seen."""


class Row(NamedTuple):
    """A row of the table `message`, as far as it is needed here."""

    origin: int
    stream: int
    ts: int
    row: int
    sender: str
    sender_port: int
    receiver: str
    receiver_port: int
    carrier: str
    http_host: str | None
    http_agent: str | None
    body: bytes
    cut: bool


@dataclass(slots=True)
class Tally:
    """What was counted in one direction of meaning: miner to server. Times in microseconds since 1970 UTC."""

    protocol: str = ""
    logins: int = 0
    jobs: int = 0
    shares: int = 0
    accepted: int = 0
    rejected: int = 0
    refused: int = 0
    users: Counter[tuple[str, str]] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    server_names: Counter[str] = field(default_factory=Counter)
    told: list[frozenset[str]] = field(default_factory=list)
    difficulty: float = 0.0
    effort: float = 0.0
    """The sum of the difficulties for which shares were handed in, in the protocol's own unit."""
    hashrate: float = 0.0
    alive: int = 0
    """Signs of life, and answers to them."""
    slots: Counter[int] = field(default_factory=Counter)
    """Shares by the last byte of their nonce: 256 at most."""
    next_servers: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Where the server told the miner to go on: when it was first said, and in which row of which source."""
    first_us: int = 0
    last_us: int = 0
    first_rows: list[tuple[int, int]] = field(default_factory=list)
    last_row: tuple[int, int] | None = None

    @property
    def worked(self) -> bool:
        """Whether work was exchanged: a job was given out (pushed, fetched or answered), or a share was handed in."""
        return bool(self.jobs or self.shares)

    @property
    def only_alive(self) -> bool:
        """Whether nothing was seen but signs of life, as from the midst of a session that has no work just now."""
        return bool(self.alive) and not (self.worked or self.logins or self.refused)


@dataclass(slots=True)
class Outcome:
    """A stream that was mining: who mined where, and what was counted."""

    miner: tuple[str, int]
    server: tuple[str, int]
    tally: Tally


class Conversation:
    """The state of one stream. `hear` takes its rows in the order of time; `outcome` says whether it was mining."""

    def __init__(self) -> None:
        self._ends: tuple[tuple[str, int], tuple[str, int]] | None = None
        self._tally = Tally()
        self._claims: set[str] = set()
        self._votes = [0, 0]
        self._sure = False
        self._beats = 0
        self._questions: OrderedDict[tuple[bool, object], deque[Said]] = OrderedDict()
        self._heard_any = False

    def hear(self, row: Row) -> None:
        """Take in one row."""
        if self._ends is None:
            self._ends = ((row.sender, row.sender_port), (row.receiver, row.receiver_port))
        from_first = (row.sender, row.sender_port) == self._ends[0]
        told = False
        for text in objects(row.body):
            told = self._one(text, row, from_first) or told
        if row.cut and not told:
            torn = torn_template(row.body)
            if torn is not None:
                self._note(torn, row, from_first)
                told = True
        if told:
            self._cite(row)

    def outcome(self) -> Outcome | None:
        """Miner, server and counts where at least one text alone proved mining."""
        if not self._sure or self._ends is None or self._votes[0] == self._votes[1]:
            return None
        self._tally.protocol = most_special(self._claims)
        miner = 0 if self._votes[0] > self._votes[1] else 1
        return Outcome(self._ends[miner], self._ends[1 - miner], self._tally)

    def _one(self, text: dict[str, Any], row: Row, from_first: bool) -> bool:
        method = text.get("method")
        if isinstance(method, str) and method and ("params" in text or "result" not in text):
            said = read_call(self._call(text, method, row))
            if said is None:
                return False
            self._ask(text.get("id"), said, from_first)
        elif "result" in text or "error" in text:
            return self._answered(text, row, from_first)
        elif page_accepts(text):
            self._tally.accepted += self._tally.shares > 0
            return self._tally.shares > 0
        else:
            said = page_text(text)
            if said is None:
                return False
        self._note(said, row, from_first)
        return True

    @staticmethod
    def _call(text: dict[str, Any], method: str, row: Row) -> Call:
        return Call(method, text.get("params"), row.http_agent or "", row.carrier == "http", text.get("worker"))

    def _ask(self, number: Any, said: Said, from_first: bool) -> None:
        if said.side is not Side.MINER or not isinstance(number, (str, int)):
            return
        key = (from_first, number)
        self._questions.setdefault(key, deque(maxlen=64)).append(said)
        if len(self._questions) > MOST_OPEN_QUESTIONS:
            self._questions.popitem(last=False)

    def _answered(self, text: dict[str, Any], row: Row, from_first: bool) -> bool:
        number, result, error = text.get("id"), text.get("result"), text.get("error")
        asked = None
        if isinstance(number, (str, int)):
            waiting = self._questions.get((not from_first, number))
            if waiting:
                asked = waiting.popleft()
                if not waiting:
                    del self._questions[(not from_first, number)]
        said = read_answer(Answer(result, asked, number in (None, 0), row.carrier == "http"))
        if said is not None:
            self._note(said, row, from_first)
        if asked is not None:
            self._judge(asked, result, error)
        return said is not None or asked is not None

    def _judge(self, asked: Said, result: Any, error: Any) -> None:
        """Count how a share or a login fared. submitblock says nothing where it accepts, and why where it does not."""
        tally = self._tally
        good = not error and (result is True or (isinstance(result, dict) and result.get("status") in ("OK", None)))
        if asked.act is Act.SHARE:
            if asked.protocol == "getblocktemplate":
                good = not error and result is None
            tally.accepted += good
            tally.rejected += not good
        elif (asked.act in (Act.SUBSCRIBE, Act.LOGIN, Act.ASK) and error) or (
            asked.act is Act.LOGIN and result is False
        ):
            tally.refused += 1

    def _note(self, said: Said, row: Row, from_first: bool) -> None:
        tally = self._tally
        self._beats += said.act is Act.ALIVE and said.side is Side.MINER
        if said.sure or self._beats >= LEAST_BEATS:
            self._sure = True
            self._votes[0 if from_first == (said.side is Side.MINER) else 1] += 1
        if said.protocol:
            self._claims.add(said.protocol)
        tally.jobs += said.act is Act.JOB
        tally.shares += said.act is Act.SHARE
        tally.alive += said.act is Act.ALIVE
        if said.slot >= 0:
            tally.slots[said.slot] += 1
        tally.logins += said.act in (Act.SUBSCRIBE, Act.LOGIN) and said.side is Side.MINER
        tally.difficulty = said.difficulty or tally.difficulty
        tally.effort += tally.difficulty * (said.act is Act.SHARE)
        tally.hashrate = said.hashrate or tally.hashrate
        if said.coins and said.coins not in tally.told[-MOST_NAMES:]:
            tally.told = [*tally.told, said.coins][-MOST_NAMES:]
        if said.next_server and len(tally.next_servers) < MOST_NAMES:
            tally.next_servers.setdefault(printable(said.next_server), (row.ts, row.origin, row.row))
        if said.side is Side.MINER:
            self._names(said, row)

    def _names(self, said: Said, row: Row) -> None:
        tally = self._tally
        program = said.agent or (row.http_agent if is_miner(row.http_agent) else "")
        _count(tally.agents, printable(program))
        _count(tally.server_names, _host_name(said.server_name or row.http_host or ""))
        if said.user:
            account, worker = split_user(printable(said.user, 300))
            place = (account, printable(said.worker) or worker)
            if place in tally.users or len(tally.users) < MOST_NAMES:
                tally.users[place] += 1

    def _cite(self, row: Row) -> None:
        tally = self._tally
        if not self._heard_any:
            self._heard_any, tally.first_us = True, row.ts
        tally.last_us = max(tally.last_us, row.ts)
        place = (row.origin, row.row)
        if place in tally.first_rows:
            return
        if len(tally.first_rows) < FIRST_ROWS:
            tally.first_rows.append(place)
        else:
            tally.last_row = place


def merged(whole: Tally, tally: Tally) -> Tally:
    """Two streams between the same two as one; `whole` is changed and returned."""
    whole.logins += tally.logins
    whole.jobs += tally.jobs
    whole.shares += tally.shares
    whole.accepted += tally.accepted
    whole.rejected += tally.rejected
    whole.refused += tally.refused
    _add(whole.users, tally.users)
    _add(whole.agents, tally.agents)
    _add(whole.server_names, tally.server_names)
    rows = sorted({*whole.first_rows, *tally.first_rows, *_ends_of(whole), *_ends_of(tally)})
    whole.first_rows, whole.last_row = rows[:FIRST_ROWS], rows[-1] if len(rows) > FIRST_ROWS else None
    whole.told = list(dict.fromkeys([*whole.told, *tally.told]))[-MOST_NAMES:]
    whole.difficulty = tally.difficulty or whole.difficulty
    whole.effort += tally.effort
    whole.hashrate = max(tally.hashrate, whole.hashrate)
    whole.alive += tally.alive
    whole.slots += tally.slots
    earliest_last = {**dict(sorted(tally.next_servers.items())), **whole.next_servers}
    for target, place in tally.next_servers.items():
        earliest_last[target] = min(place, earliest_last[target])
    whole.next_servers = dict(sorted(earliest_last.items())[:MOST_NAMES])
    whole.first_us, whole.last_us = min(whole.first_us, tally.first_us), max(whole.last_us, tally.last_us)
    return whole


def _ends_of(tally: Tally) -> list[tuple[int, int]]:
    return [tally.last_row] if tally.last_row is not None else []


def _add(names: Counter[_Name], more: Counter[_Name]) -> None:
    for name, times in more.items():
        if name in names or len(names) < MOST_NAMES:
            names[name] += times


def _count(names: Counter[str], name: str) -> None:
    if name and (name in names or len(names) < MOST_NAMES):
        names[name] += 1


@lru_cache(maxsize=4096)
def _host_name(text: str) -> str:
    """A name without scheme and port; "" for an address, which is known already."""
    name = printable(text, 253).rpartition("://")[2].split("/")[0].lower()
    name = name.rpartition(":")[0] if name.count(":") == 1 else name
    return name if "." in name and not name.replace(".", "").isdigit() and ":" not in name else ""
