"""Questions and answers of DNS, joined: a question waits for its answer, and is written alone when none comes."""

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

    def message(self, data: bytes, src: str, sport: int, dst: str, dport: int, ts: int, row: int) -> None:
        """Read a message from one end to the other."""
        said = parse_dns(data)
        if said is not None:
            self.take(said, src, sport, dst, dport, ts, row)

    def take(self, said: DnsMessage, src: str, sport: int, dst: str, dport: int, ts: int, row: int) -> None:
        """Take what a message from one end to the other says."""
        if said.response:
            key = (dst, dport, src, said.number, said.query, said.qtype)
            self._write(key, self._waiting.pop(key, (ts, row)), said)
        else:
            self._waiting.setdefault((src, sport, dst, said.number, said.query, said.qtype), (ts, row))

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
            self._write(key, self._waiting.pop(key), None)

    def _write(self, key: _Key, asked: _Asked, said: DnsMessage | None) -> None:
        answers = None if said is None else list(said.answers)
        code = None if said is None else said.rcode
        client, _, resolver, _, query, qtype = key
        self._rows.add("dns", asked[0], client, resolver, query, qtype, code, answers, asked[1])
