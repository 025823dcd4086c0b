"""What the ledger knows of a device, and the ledger that comes with the logs as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import RowRef


@dataclass(frozen=True, slots=True)
class Clues:
    """What a trace knows of a device between `start` and `end` (microseconds of true time). "": not known."""

    start: int
    end: int
    mac: str = ""
    hostname: str = ""
    ip: str = ""
    login: str = ""
    switch_port: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of the ledger. `since`, `till` in microseconds, None: open. `key` names the clue that led to it:
    mac | hostname | ip | login | switch_port. `row` is where it stands, where the ledger is a file."""

    asset: str
    key: str
    name: str = ""
    kind: str = ""
    mac: str = ""
    switch_port: str = ""
    place: str = ""
    department: str = ""
    person: str = ""
    unit: str = ""
    since: int | None = None
    till: int | None = None
    row: RowRef | None = None


class Directory(Protocol):
    """The ledger, as far as tracing needs it. One call answers many questions."""

    def devices(self, clues: Sequence[Clues]) -> list[list[Device]]:
        """The devices that fit each clue at its time, by the strongest clue that finds any: MAC, hostname, address,
        account, switch port. An entry with another MAC address does not fit by hostname, address or port."""
        ...

    def resolvers(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of the addresses that resolve names for others."""
        ...


_CLUES = pa.schema(
    [("k", pa.int32()), ("first", pa.int64()), ("last", pa.int64())]
    + [(name, pa.string()) for name in ("mac", "hostname", "ip", "login", "switch_port")]
)

_MATCH = """
SELECT c.k, {rank} AS rank, a.asset, coalesce(a.name, ''), coalesce(a.kind, ''), coalesce(a.mac, ''),
    coalesce(a.switch_port, ''), coalesce(a.place, ''), coalesce(a.department, ''), coalesce(a.person, ''),
    coalesce(a.unit, ''), a.ts, a.until, a.origin, a.row
FROM asset a JOIN clues c ON lower(a.{key}) = lower(c.{key})
WHERE c.{key} <> '' AND coalesce(a.ts <= c.last, true) AND coalesce(a.until >= c.first, true)
    AND ({rank} IN (0, 3) OR a.mac IS NULL OR c.mac = '' OR a.mac = c.mac)
"""
_KEYS = ("mac", "hostname", "ip", "login", "switch_port")
_RESOLVER_WORDS = ("resolver", "dns", "域名解析", "域名服务")


class LakeDirectory:
    """The ledger that was read with the logs: the lake's table `asset`."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._names = {record.origin: record.name for record in lake.sources()}

    def devices(self, clues: Sequence[Clues]) -> list[list[Device]]:
        """See `Directory.devices`."""
        found: list[list[Device]] = [[] for _ in clues]
        if not clues or "asset" not in self._lake.tables():
            return found
        rows = [
            {
                "k": k, "first": clue.start, "last": clue.end, "mac": clue.mac, "hostname": clue.hostname,
                "ip": clue.ip, "login": clue.login, "switch_port": clue.switch_port,
            }
            for k, clue in enumerate(clues)
        ]  # fmt: skip
        union = " UNION ALL ".join(_MATCH.format(rank=rank, key=key) for rank, key in enumerate(_KEYS))
        query = f"FROM ({union}) QUALIFY rank = min(rank) OVER (PARTITION BY k) ORDER BY k, asset, origin, row"
        with self._lake.connect() as connection:
            connection.register("clues", pa.Table.from_pylist(rows, _CLUES))
            for k, rank, asset, *details, origin, row in connection.execute(query).fetchall():
                ref = RowRef(self._names.get(origin, str(origin)), row)
                if not any(device.asset == asset for device in found[k]):
                    name, kind, mac, port, place, department, person, unit, since, till = details
                    told = (name, kind, mac, port, place, department, person, unit, since, till, ref)
                    found[k].append(Device(asset, _KEYS[rank], *told))
        return found

    def resolvers(self, addresses: Iterable[str]) -> frozenset[str]:
        """Addresses of which the ledger says so, and those that answered queries in a DNS log."""
        wanted = sorted(set(addresses))
        said = " OR ".join(f"contains(lower(coalesce(kind, '')), '{word}')" for word in _RESOLVER_WORDS)
        query = f"""
            SELECT dst FROM dns WHERE dst IN (SELECT unnest($1))
            UNION SELECT ip FROM asset WHERE ip IN (SELECT unnest($1)) AND ({said})"""
        if not wanted:
            return frozenset()
        with self._lake.connect() as connection:
            return frozenset(row[0] for row in connection.execute(query, [wanted]).fetchall())
