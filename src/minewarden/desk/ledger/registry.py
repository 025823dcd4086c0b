"""Which of several claims to an address holds at a time; the rules by which a range is somebody's."""

import ipaddress
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from minewarden.desk.ledger.models import Line, UnitRange, sort_key
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import Address

# First and last of the addresses that many networks use, as they are stored; by them the database and a sweep can tell.
INSIDE = tuple(
    (sort_key(ipaddress.ip_address(first)), sort_key(ipaddress.ip_address(last)))
    for first, last in (
        ("10.0.0.0", "10.255.255.255"), ("172.16.0.0", "172.31.255.255"), ("192.168.0.0", "192.168.255.255"),
        ("100.64.0.0", "100.127.255.255"), ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    )
)  # fmt: skip
_INSIDE_FIRST, _INSIDE_LAST = zip(*sorted(INSIDE), strict=True)
# The group of the addresses that exist once in the world; the others are grouped by their exit.
_PUBLIC = 0
# Databases take only so many numbers in one question.
_ASKED_AT_ONCE = 10_000


def all_claims() -> QuerySet[UnitRange]:
    """Every range with what judging it needs."""
    return UnitRange.objects.select_related("unit", "unit__successor", "line", "line__upstream", "allocated_by")


class Claims:
    """The claims to addresses: asked of the database one address at a time, or from memory after `load`."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[int, int], dict[int, list[UnitRange]]] | None = None

    def load(self) -> "Claims":
        """Hold every range, so that thousands of addresses are answered without a query each.

        Each unit and line is made once and shared: joined to each of forty thousand ranges they took more time and
        memory than the ranges themselves.
        """
        self._loaded = {}
        units, lines = Unit.objects.in_bulk(), Line.objects.in_bulk()
        for unit in units.values():
            unit.successor = units[unit.successor_id] if unit.successor_id else None
        for line in lines.values():
            line.upstream = units[line.upstream_id] if line.upstream_id else None
        for claim in UnitRange.objects.all():
            claim.unit = units[claim.unit_id]
            claim.line = lines[claim.line_id] if claim.line_id else None
            claim.allocated_by = units[claim.allocated_by_id] if claim.allocated_by_id else None
            for width, number in _networks(claim):
                self._loaded.setdefault(width, {}).setdefault(number, []).append(claim)
        return self

    def of(self, address: Address) -> list[UnitRange]:
        """The claims to an address, at whatever time."""
        if self._loaded is None:
            key = sort_key(address)
            return list(all_claims().filter(first__lte=key, last__gte=key))
        return list(self._in_memory(address, self._loaded))

    def all(self) -> list[UnitRange]:
        """Every range, each once. Only after `load`."""
        spans = (self._loaded or {}).values()
        return list({claim.pk: claim for networks in spans for found in networks.values() for claim in found}.values())

    @staticmethod
    def _in_memory(address: Address, loaded: dict[tuple[int, int], dict[int, list[UnitRange]]]) -> Iterator[UnitRange]:
        number, bits = int(address), address.max_prefixlen
        for (version, length), networks in loaded.items():
            if version == address.version:
                yield from networks.get(number >> (bits - length) << (bits - length), ())


def _networks(claim: UnitRange) -> Iterator[tuple[tuple[int, int], int]]:
    """The networks of a range as ((version, length), first address). One that is written as a network is not parsed."""
    length = claim.cidr.partition("/")[2]
    if length:
        yield (int(claim.first[0]), int(length)), int(claim.first[1:], 16)
        return
    for network in claim.networks:
        yield (network.version, network.prefixlen), int(network[0])


def valid_at(claims: Iterable[UnitRange], at: datetime) -> list[UnitRange]:
    """Those that hold at a time: from `valid_from` on, before `valid_to`."""
    return [c for c in claims if c.valid_from <= at and (c.valid_to is None or c.valid_to > at)]


def decided(claims: Sequence[UnitRange]) -> tuple[UnitRange | None, tuple[UnitRange, ...]]:
    """The claim that holds among claims valid at once, or None and those that contradict each other.

    The narrowest is the more exact statement, of equally narrow ones that of the lower unit. A wider claim agrees where
    its unit stands above or below, or where the narrower was given out of it; any other unit contradicts, however much
    wider its claim: who is right is for people to settle.
    """
    if not claims:
        return None, ()
    winner = min(claims, key=lambda claim: (claim.size, -claim.unit.depth, claim.pk))
    against = [claim for claim in claims if not _agree(winner, claim)]
    return (None, (winner, *against)) if against else (winner, ())


def _agree(narrow: UnitRange, wide: UnitRange) -> bool:
    if narrow.unit.contains(wide.unit) or wide.unit.contains(narrow.unit):
        return True
    giver = narrow.allocated_by
    return giver is not None and wide.size > narrow.size and wide.unit.contains(giver)


@dataclass(frozen=True, slots=True)
class Outline:
    """As much of a claim as tells whether it contradicts another; forty thousand of them are read at once."""

    pk: int
    first: str
    last: str
    cidr: str
    unit: str
    giver: str
    line: int | None
    begins: datetime
    ends: datetime | None

    @property
    def narrow(self) -> int:
        """How many addresses it spans."""
        return int(self.last[1:], 16) - int(self.first[1:], 16)


def outlines(only: set[int] | None = None) -> list[Outline]:
    """Every range as an outline, or those of some numbers."""
    kept = UnitRange.objects.order_by("first")
    if only is not None:
        kept = kept.filter(pk__in=only)
    rows = kept.values_list(
        "pk", "first", "last", "cidr", "unit__path", "allocated_by__path", "line_id", "valid_from", "valid_to"
    )
    return [Outline(*row[:5], row[5] or "", *row[6:]) for row in rows]


def outline_of(claim: UnitRange, number: int) -> Outline:
    """The outline of a range that may not be stored yet, under a number of the caller's."""
    giver = claim.allocated_by.path if claim.allocated_by else ""
    return Outline(
        number, claim.first, claim.last, claim.cidr, claim.unit.path, giver, claim.line_id, claim.valid_from,
        claim.valid_to,
    )  # fmt: skip


def standing() -> list[tuple[Outline, Outline]]:
    """The contradictions among all ranges that are kept, as `contradictions` finds them.

    Only ranges that share addresses with a range of an unrelated unit are read whole: most of the time that a page of
    forty thousand took went into times and texts of ranges that nobody contests.
    """
    contested = _contested()
    return contradictions(outlines(contested if len(contested) <= _ASKED_AT_ONCE else None))


def _contested() -> set[int]:
    """Numbers of the ranges that share addresses, behind the same exit, with one of a unit neither above nor below."""
    paths: dict[int, str] = {}
    rows = UnitRange.objects.order_by("first", "-last", "pk").values_list("pk", "first", "last", "unit_id", "line_id")
    reach: dict[int, str] = {}
    open_: dict[int, list[tuple[str, int, int]]] = {}
    found: set[int] = set()
    for pk, first, last, unit, line in rows:
        at = bisect_right(_INSIDE_FIRST, first) - 1
        inside = at >= 0 and first <= _INSIDE_LAST[at]
        if inside and not line:
            continue
        group = line if inside else _PUBLIC
        # Most ranges lie beyond all that came before them.
        if first > reach.get(group, ""):
            reach[group], open_[group] = last, [(last, pk, unit)]
            continue
        paths = paths or dict(Unit.objects.order_by().values_list("pk", "path"))
        still = [wide for wide in open_[group] if wide[0] >= first]
        for _, other, above in still:
            if not (paths[unit].startswith(paths[above]) or paths[above].startswith(paths[unit])):
                found.update((pk, other))
        still.append((last, pk, unit))
        reach[group], open_[group] = max(reach[group], last), still
    return found


def contradictions(claims: Iterable[Outline], *, own: bool = False) -> list[tuple[Outline, Outline]]:
    """Pairs of claims of which at most one can be right: they share addresses and time, and neither gave to the other.

    Private ranges contradict each other only behind the same exit. Sorted by address. own: also the same range twice in
    one unit's own list.
    """
    groups: dict[tuple[str, int | str | None], list[Outline]] = defaultdict(list)
    for claim in claims:
        if not any(low <= claim.first <= high for low, high in INSIDE):
            groups["public", None].append(claim)
        elif claim.line is not None:
            groups["line", claim.line].append(claim)
        elif own:
            groups["unit", claim.unit].append(claim)
    found = [pair for group in groups.values() for pair in _sweep(group, own)]
    return sorted(found, key=lambda pair: (pair[1].first, pair[1].pk))


def _sweep(claims: list[Outline], own: bool) -> Iterator[tuple[Outline, Outline]]:
    open_: list[Outline] = []
    for claim in sorted(claims, key=lambda claim: (claim.first, -claim.narrow, claim.pk)):
        open_ = [other for other in open_ if other.last >= claim.first]
        yield from ((other, claim) for other in open_ if _contradict(other, claim, own))
        open_.append(claim)


def _contradict(wide: Outline, narrow: Outline, own: bool) -> bool:
    if wide.unit == narrow.unit:
        if not own or wide.cidr != narrow.cidr or wide.line != narrow.line:
            return False
    elif _lineal(wide, narrow):
        return False
    return (wide.ends is None or wide.ends > narrow.begins) and (narrow.ends is None or narrow.ends > wide.begins)


def _lineal(wide: Outline, narrow: Outline) -> bool:
    """One unit stands below the other, or the narrower range was given out of the wider."""
    if narrow.unit.startswith(wide.unit) or wide.unit.startswith(narrow.unit):
        return True
    return bool(narrow.giver) and wide.narrow > narrow.narrow and narrow.giver.startswith(wide.unit)


def heir(unit: Unit, at: datetime) -> Unit | None:
    """Who answers for a unit's ranges at a time: itself, the unit into which it was merged, or nobody.

    Its beginning is not asked: a unit is often entered long after it was founded.
    """
    day, seen = timezone.localdate(at), set[int]()
    while unit.valid_to is not None and unit.valid_to < day:
        if unit.successor is None or unit.pk in seen:
            return None
        seen.add(unit.pk)
        unit = unit.successor
    return unit
