"""Log-only: what rules would have met in telemetry that is there already, before anybody approves them.

It asks the tables `dns`, `conn`, `tls`, `http` and `session` of a lake and reaches no network. A lookup that came from
a resolver counts for the resolver: whoever stands behind it is not seen there.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from minewarden.enforce.fold import fold
from minewarden.enforce.guard import spelling
from minewarden.enforce.ranges import Ranges
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import from_us, to_us
from minewarden.vocab.net import Network, parents

_NAMES = (("dns", "query"), ("tls", "sni"), ("http", "host"))
_TERMINALS = ((Target.ACCOUNT, "login"), (Target.STATION, "mac"))
_CLIENTS = {"session": "coalesce(mac, ip, login)"}
"""Who is a client, where it is not the sender. Of a session the device counts; an account may be on several."""


@dataclass(frozen=True, slots=True)
class Met:
    """What one rule would have met. `units`: (label, hits, clients), most clients first; the label is empty for clients
    that belong to no range that was given."""

    rule: BlockRule
    hits: int
    clients: int
    units: tuple[tuple[str, int, int], ...]
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every rule, met or not, in its one spelling and the order of keys. `rows`: how much telemetry there was: nothing
    met in nothing read says nothing."""

    rules: tuple[Met, ...]
    rows: int


def dry_run(
    lake: duckdb.DuckDBPyConnection,
    rules: Iterable[BlockRule],
    *,
    since: datetime,
    until: datetime,
    units: Sequence[tuple[Network, str]] = (),
    among: Set[str] | None = None,
) -> DryRun:
    """Hold rules against the rows between two aware instants. `units`: whose range is whose. `among`: the addresses of
    clients that count; None: all do."""
    folded = fold(spelling(rule) for rule in rules)
    labels = _Whose(units)
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    ends: dict[int, list[int]] = {}
    rows = 0
    span = (to_us(since), to_us(until))
    for table, column, pairs in _questions(lake, folded, span):
        rows += int(lake.execute(f"SELECT count(*) FROM {table} WHERE ts BETWEEN ? AND ?", span).fetchall()[0][0])
        if not pairs:
            continue
        lake.register("asked", pa.table({"what": [what for what, _ in pairs], "rule": [number for _, number in pairs]}))
        found = lake.execute(
            f"SELECT rule, {_CLIENTS.get(table, 'src')} AS client, count(*), min(ts), max(ts) "
            f"FROM {table} JOIN asked ON {column} = what WHERE ts BETWEEN ? AND ? GROUP BY ALL",
            span,
        ).fetchall()
        lake.unregister("asked")
        for number, client, hits, first, last in found:
            if among is not None and client not in among:
                continue
            counts[number][client] += hits
            seen = ends.setdefault(number, [first, last])
            seen[:] = [min(seen[0], first), max(seen[1], last)]
    return DryRun(tuple(_met(rule, counts[n], ends.get(n), labels) for n, rule in enumerate(folded)), rows)


def _questions(
    lake: duckdb.DuckDBPyConnection, rules: Sequence[BlockRule], span: tuple[int, int]
) -> Iterator[tuple[str, str, list[tuple[str, int]]]]:
    """Table, expression, and which of its values each rule meets, matched on the distinct values."""
    names: dict[str, list[int]] = defaultdict(list)
    below: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        if rule.target in (Target.NAME, Target.SUBTREE):
            names[rule.value].append(number)
        if rule.target is Target.SUBTREE:
            below[rule.value].append(number)
    for table, column in _NAMES:
        pairs = []
        for value in _distinct(lake, table, f"lower({column})", span):
            hit = [*names.get(value, ()), *(n for above in parents(value)[1:] for n in below.get(above, ()))]
            pairs += [(value, number) for number in dict.fromkeys(hit)]
        yield table, f"lower({column})", pairs
    yield "conn", "dst || ' ' || coalesce(dst_port, 0)", _addresses(lake, rules, span)
    for target, column in _TERMINALS:
        # Only asked where such a rule is there: other telemetry is what the others are held against.
        if pairs := [(rule.value, number) for number, rule in enumerate(rules) if rule.target is target]:
            yield "session", column, pairs


def _addresses(
    lake: duckdb.DuckDBPyConnection, rules: Sequence[BlockRule], span: tuple[int, int]
) -> list[tuple[str, int]]:
    single: dict[tuple[str, int], list[int]] = defaultdict(list)
    wide: list[tuple[Network, int]] = []
    for number, rule in enumerate(rules):
        if rule.target is Target.IP_PORT or rule.target is Target.IP:
            single[(rule.value, rule.port)].append(number)
        elif rule.target is Target.CIDR:
            wide.append((ipaddress.ip_network(rule.value), number))
    if not single and not wide:
        return []
    pairs: list[tuple[str, int]] = []
    reach = Ranges((network, "") for network, _ in wide)
    for value in _distinct(lake, "conn", "dst || ' ' || coalesce(dst_port, 0)", span):
        address, _, port = value.partition(" ")
        hit = [*single.get((address, 0), ()), *(single.get((address, int(port)), ()) if port != "0" else ())]
        if wide and reach.touching(network := ipaddress.ip_network(address)):
            hit += [n for block, n in wide if block.version == network.version and network.subnet_of(block)]  # type: ignore[arg-type]
        pairs += [(value, number) for number in dict.fromkeys(hit)]
    return pairs


def _distinct(lake: duckdb.DuckDBPyConnection, table: str, column: str, span: tuple[int, int]) -> Iterator[str]:
    asked = lake.execute(f"SELECT DISTINCT {column} AS it FROM {table} WHERE ts BETWEEN ? AND ?", span)
    while part := asked.fetchmany(10_000):
        yield from (row[0] for row in part if row[0])


class _Whose:
    """Whose an address is: that of the narrowest range, since a school's lies within its district's."""

    def __init__(self, units: Sequence[tuple[Network, str]]) -> None:
        self._labels = {(n.version, n.prefixlen, int(n.network_address)): label for n, label in units}
        self._lengths = sorted({(n.version, n.prefixlen) for n, _ in units}, reverse=True)

    def of(self, client: str) -> str:
        """The label; empty where no range holds the address."""
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return ""  # A device by its MAC address, or an account.
        bits = address.max_prefixlen
        for version, length in self._lengths:
            start = int(address) >> (bits - length) << (bits - length) if version == address.version else -1
            if found := self._labels.get((version, length, start)):
                return found
        return ""


def _met(rule: BlockRule, clients: dict[str, int], ends: list[int] | None, labels: "_Whose") -> Met:
    units: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for client, hits in clients.items():
        row = units[labels.of(client)]
        row[0] += hits
        row[1] += 1
    ordered = sorted(units.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    first, last = (from_us(ends[0]), from_us(ends[1])) if ends else (None, None)
    return Met(
        rule, sum(clients.values()), len(clients), tuple((name, row[0], row[1]) for name, row in ordered), first, last
    )
