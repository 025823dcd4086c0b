"""Questions and answers of DNS, joined: a question waits for its answer, and is written alone when none comes."""

from typing import NamedTuple, Protocol

from minewarden.telemetry.packets.dns_wire import DnsMessage, parse_dns
from minewarden.telemetry.packets.rows import Rows

MOST_WAITING = 65_536
PATIENCE_US = 30_000_000


class Party(Protocol):
    """An address with a port."""

    @property
    def ip(self) -> str: ...
    @property
    def port(self) -> int: ...


class _Key(NamedTuple):
    client: str
    port: int
    resolver: str
    number: int
    query: str
    qtype: str


class _Asked(NamedTuple):
    ts: int
    row: int


class DomainLog:
    """Writes rows of the table `dns`. Time and packet number are those of the question, where it was seen."""

    def __init__(self, rows: Rows, most: int = MOST_WAITING) -> None:
        self._rows, self._most = rows, most
        self._waiting: dict[_Key, _Asked] = {}

    def message(self, data: bytes, sender: Party, receiver: Party, ts: int, row: int) -> None:
        """Take a message from one end to the other."""
        said = parse_dns(data)
        if said is None:
            return
        client, server = (receiver, sender) if said.response else (sender, receiver)
        key = _Key(client.ip, client.port, server.ip, said.number, said.query, said.qtype)
        if said.response:
            asked = self._waiting.pop(key, None)
            self._write(key, asked or _Asked(ts, row), said)
        elif key not in self._waiting:
            self._waiting[key] = _Asked(ts, row)

    def expire(self, now: int | None) -> None:
        """Write what has waited too long at `now`, or everything where it is None."""
        limit = None if now is None else now - PATIENCE_US
        over = len(self._waiting) - self._most
        # The oldest stand first; a clock that jumped back only delays them.
        gone = []
        for key, asked in self._waiting.items():
            if limit is not None and asked.ts >= limit and over <= 0:
                break
            gone.append(key)
            over -= 1
        for key in gone:
            self._write(key, self._waiting.pop(key), None)

    def _write(self, key: _Key, asked: _Asked, said: DnsMessage | None) -> None:
        answers = None if said is None else list(said.answers)
        code = None if said is None else said.rcode
        self._rows.add("dns", asked.ts, key.client, key.resolver, key.query, key.qtype, code, answers, asked.row)
