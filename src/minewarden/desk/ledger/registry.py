"""Which of several claims to an address holds at a time; the rules by which a range is somebody's."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from minewarden.desk.ledger.models import UnitRange, sort_key
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import Address


def all_claims() -> QuerySet[UnitRange]:
    """Every range with what judging it needs."""
    return UnitRange.objects.select_related("unit", "unit__successor", "line", "line__upstream", "allocated_by")


class Claims:
    """The claims to addresses: asked of the database one address at a time, or from memory after `load`."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[int, int], dict[int, list[UnitRange]]] | None = None

    def load(self) -> "Claims":
        """Hold every range, so that thousands of addresses are answered without a query each."""
        self._loaded = {}
        for claim in all_claims():
            for network in claim.networks:
                width = (network.version, network.prefixlen)
                self._loaded.setdefault(width, {}).setdefault(int(network[0]), []).append(claim)
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


def contradictions(claims: Iterable[UnitRange], *, own: bool = False) -> list[tuple[UnitRange, UnitRange]]:
    """Pairs of claims of which at most one can be right: they share addresses and time, and neither gave to the other.

    Private ranges contradict each other only behind the same exit. Sorted by address. own: also the same range twice in
    one unit's own list.
    """
    found: list[tuple[UnitRange, UnitRange]] = []
    open_: list[UnitRange] = []
    for claim in sorted(claims, key=lambda claim: (claim.first, -claim.size, claim.pk or 0)):
        open_ = [other for other in open_ if other.last >= claim.first]
        found += [(other, claim) for other in open_ if _contradict(other, claim, own)]
        open_.append(claim)
    return found


def _contradict(wide: UnitRange, narrow: UnitRange, own: bool) -> bool:
    if wide.unit_id == narrow.unit_id:
        if not own or wide.cidr != narrow.cidr or wide.line_id != narrow.line_id:
            return False
    elif _agree(narrow, wide) or (narrow.is_inside and (narrow.line_id is None or narrow.line_id != wide.line_id)):
        return False
    return (wide.valid_to is None or wide.valid_to > narrow.valid_from) and (
        narrow.valid_to is None or narrow.valid_to > wide.valid_from
    )


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
