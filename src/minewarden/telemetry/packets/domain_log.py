"""Questions and answers of DNS, joined: a question waits for its answer, and is written alone when none comes."""

from collections import Counter
from collections.abc import Iterable

from minewarden.telemetry.packets.dns_wire import DnsMessage, parse_dns
from minewarden.telemetry.packets.rows import Rows

MOST_WAITING = 65_536
PATIENCE_US = 30_000_000


# Bare tuples, for there is one of each per message: client, its port, resolver, number, query, qtype | time, packet.
_Key = tuple[str, int, str, int, str, str]
_Asked = tuple[int, int]


class DomainLog:
    """Writes rows of the table `dns`. Time and packet number are those of the question, where it was seen."""

    def __init__(self, rows: Rows, most: int = MOST_WAITING) -> None:
        self._rows, self._most = rows, most
        self._waiting: dict[_Key, _Asked] = {}
        self._marks: Counter[int] = Counter()

    def message(self, data: bytes, src: str, sport: int, dst: str, dport: int, ts: int, row: int) -> None:
        """Read a message from one end to the other."""
        said = parse_dns(data)
        if said is not None:
            self.take(said, src, sport, dst, dport, ts, row)

    def take(self, said: DnsMessage, src: str, sport: int, dst: str, dport: int, ts: int, row: int) -> None:
        """Take what a message from one end to the other says."""
        if said.response:
            key = (dst, dport, src, said.number, said.query, said.qtype)
            self._write(key, self._answered(key) if key in self._waiting else (ts, row), said)
            return
        key = (src, sport, dst, said.number, said.query, said.qtype)
        if key not in self._waiting:
            self._waiting[key] = ts, row
            self._marks[sport << 16 | said.number] += 1

    def may_wait(self, asked: Iterable[int]) -> list[bool]:
        """Whether a question like these may wait for an answer; of each the client's port, then the number."""
        marks = self._marks
        return [mark in marks for mark in asked]

    def expire(self, now: int | None) -> None:
        """Write what has waited too long at `now`, or everything where it is None."""
        limit = None if now is None else now - PATIENCE_US
        over = len(self._waiting) - self._most
        # The oldest stand first; a clock that jumped back only delays them.
        gone = []
        for key, asked in self._waiting.items():
            if limit is not None and asked[0] >= limit and over <= 0:
                break
            gone.append(key)
            over -= 1
        for key in gone:
            self._write(key, self._answered(key), None)

    def _answered(self, key: _Key) -> _Asked:
        """Take away a question that waits no longer."""
        mark = key[1] << 16 | key[3]
        self._marks[mark] -= 1
        if not self._marks[mark]:
            del self._marks[mark]
        return self._waiting.pop(key)

    def _write(self, key: _Key, asked: _Asked, said: DnsMessage | None) -> None:
        answers = None if said is None else list(said.answers)
        code = None if said is None else said.rcode
        client, _, resolver, _, query, qtype = key
        self._rows.add("dns", asked[0], client, resolver, query, qtype, code, answers, asked[1])
