"""The desk's ledger as others ask it: whose an address was at a time, and which device fits the clues of a trace."""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from minewarden.desk.ledger.models import Asset, Duty, Line, Shift, Staff, UnitRange, sort_key
from minewarden.desk.ledger.registry import Claims, contradictions, decided, heir, outline_of, valid_at
from minewarden.desk.org.models import Unit
from minewarden.trace.directory import Clues, Device
from minewarden.vocab.blockrule import Site
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Address, Network, canonical_ip, is_inside

# Strongest first. Host name, address and port say little of a device whose own MAC address is another.
_KEYS = ("mac", "hostname", "ip", "login", "switch_port")
_SURE_WHATEVER_THE_MAC = frozenset({"mac", "login"})
_RESOLVER_WORDS = ("resolver", "dns", "域名解析", "域名服务")
_AT_ONCE = 500
DAY_SHIFT, NIGHT_SHIFT = time(8, 30), time(17, 30)
"""When the shifts of the roster (白班, 夜班) take over from each other: with the hours of an office."""
# From so many addresses on it is quicker to read all ranges once.
_MANY = 50


class Outcome(StrEnum):
    """FOUND: one unit. CONFLICT: units contradict each other, for people to settle. UNKNOWN: nothing says whose."""

    FOUND = "found"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: an address at the time of the activity, behind which exit where it is a private one."""

    address: str
    at: datetime
    egress: str | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose an address was. Only FOUND may be acted upon without a person; `reason` says why in every case.

    `range` is the claim that it rests on, `purpose` its purpose (`UnitRange.Purpose`, such as "resolver"; empty where
    there is none), `conflicting` the claims that contradict each other, or among which nothing decides.
    """

    address: str
    at: datetime
    outcome: Outcome
    reason: Message
    unit: Unit | None = None
    range: UnitRange | None = None
    conflicting: tuple[UnitRange, ...] = ()
    purpose: str = ""

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units between which nothing decides, each once."""
        return tuple({claim.unit_id: claim.unit for claim in self.conflicting}.values())


def attribute(address: str, at: datetime, *, egress: str | None = None) -> Attribution:
    """Whose an address was at a time (aware; the time of the activity, not that of the notice).

    A private address is answered only together with its exit: `egress` is a line's number or key (VLAN, tunnel), or the
    public address behind which it was seen. Raises ValueError for a text that is no address.
    """
    return _answer(Asked(address, at, egress), Claims())


def attribute_many(questions: Sequence[Asked]) -> list[Attribution]:
    """The same for many addresses, in their order; thousands take no longer than reading the ranges once."""
    claims = Claims()
    if len(questions) > _MANY:
        claims.load()
    # Lines of a notice ask for the beginning and the end of an activity, which is often one moment.
    answers = {question: _answer(question, claims) for question in dict.fromkeys(questions)}
    return [answers[question] for question in questions]


def _answer(asked: Asked, claims: Claims) -> Attribution:
    address = ipaddress.ip_address(canonical_ip(asked.address))
    found = claims.of(address)
    if is_inside(address):
        return _inside(asked, address, found, claims)
    return _judged(asked, address, found)


def _judged(asked: Asked, address: Address, found: Sequence[UnitRange]) -> Attribution:
    """By the claims alone: right for public addresses, and for those behind one exit."""
    text, at = str(address), asked.at
    valid = valid_at(found, at)
    winner, against = decided(valid)
    if against:
        units = "、".join(dict.fromkeys(claim.unit.label for claim in against))
        why = message("ledger_attribution.conflict", address=text, at=at, units=units, count=len(against))
        return Attribution(text, at, Outcome.CONFLICT, why, conflicting=against)
    if winner is None:
        return Attribution(text, at, Outcome.UNKNOWN, _nobody(text, at, found))
    unit = heir(winner.unit, at)
    if unit is None:
        why = message("ledger_attribution.closed", address=text, unit=winner.unit.name, range=winner.cidr)
        return Attribution(text, at, Outcome.UNKNOWN, why, range=winner, purpose=winner.purpose)
    since = winner.valid_from
    why = message("ledger_attribution.range", address=text, unit=unit.name, range=winner.cidr, since=since)
    if unit != winner.unit:
        why = message(
            "ledger_attribution.merged",
            address=text, unit=unit.name, range=winner.cidr, since=since, before=winner.unit.name,
        )  # fmt: skip
    return Attribution(text, at, Outcome.FOUND, why, unit, winner, purpose=winner.purpose)


def _nobody(text: str, at: datetime, found: Sequence[UnitRange]) -> Message:
    """Nobody had it then; who had it at another time helps to ask on."""
    before = [claim for claim in found if claim.valid_to is not None and claim.valid_to <= at]
    if before:
        last = max(before, key=lambda claim: claim.valid_to or at)
        until = last.valid_to or at
        return message("ledger_attribution.until", address=text, at=at, unit=last.unit.name, until=until)
    if found:
        first = min(found, key=lambda claim: claim.valid_from)
        return message("ledger_attribution.not_yet", address=text, at=at, unit=first.unit.name, since=first.valid_from)
    return message("ledger_attribution.unknown", address=text)


def _inside(asked: Asked, address: Address, found: Sequence[UnitRange], claims: Claims) -> Attribution:
    """A private address: the same one is used behind many exits, so the exit must be known."""
    text, at, exit_ = str(address), asked.at, (asked.egress or "").strip()
    valid = tuple(valid_at(found, at))
    if not exit_:
        why = message("ledger_attribution.needs_egress", address=text, count=len(valid))
        return Attribution(text, at, Outcome.UNKNOWN, why, conflicting=valid)
    try:
        outside = ipaddress.ip_address(canonical_ip(exit_))
    except ValueError:
        lines = set(Line.objects.filter(Q(number__iexact=exit_) | Q(key__iexact=exit_)).values_list("pk", flat=True))
        if not lines:
            why = message("ledger_attribution.no_such_exit", address=text, egress=exit_)
            return Attribution(text, at, Outcome.UNKNOWN, why, conflicting=valid)
        return _behind(asked, address, [claim for claim in found if claim.line_id in lines], exit_)
    holder = _judged(Asked(exit_, at), outside, claims.of(outside))
    if holder.unit is None or holder.range is None:
        return Attribution(text, at, holder.outcome, holder.reason, conflicting=holder.conflicting)
    pool, owner = holder.range, holder.unit
    behind = [claim for claim in found if _is_behind(claim, pool, owner)]
    units = {claim.unit_id for claim in valid_at(behind, at)}
    if len(units) > 1 and decided(valid_at(behind, at))[0] is None:
        # A shared exit: whoever runs it can trace further, and nobody behind it is named by an inside address alone.
        why = message("ledger_attribution.shared_exit", address=text, egress=exit_, unit=owner.name, count=len(units))
        among = tuple(valid_at(behind, at))
        return Attribution(text, at, Outcome.FOUND, why, owner, pool, among, purpose=pool.purpose)
    return _behind(asked, address, behind, exit_)


def _behind(asked: Asked, address: Address, claims: Sequence[UnitRange], exit_: str) -> Attribution:
    answer = _judged(asked, address, claims)
    if answer.unit is None or answer.range is None:
        return answer
    why = message(
        "ledger_attribution.behind",
        address=str(address), unit=answer.unit.name, range=answer.range.cidr, egress=exit_,
    )  # fmt: skip
    return Attribution(
        answer.address, answer.at, answer.outcome, why, answer.unit, answer.range, purpose=answer.purpose
    )


def _is_behind(claim: UnitRange, pool: UnitRange, owner: Unit) -> bool:
    """Whether a private range may lie behind an exit: by its line, or, without one, because its unit stands below."""
    line = claim.line
    if line is None:
        return owner.contains(claim.unit)
    if line.upstream_id is not None:
        return line.upstream_id == owner.pk
    if line.unit_id != owner.pk:
        return False
    return pool.line_id is None or pool.line_id == line.pk


def exit_of(unit: Unit, address: str, first: datetime, last: datetime) -> tuple[Outcome, UnitRange | None]:
    """The public range behind which an inside address of a unit lay from one time to another, by the ledger.

    FOUND only where the range of the address is tied to a line, and the lines lead to one exit that was there all the
    time and that nobody else claims. CONFLICT: there are several, or it is contested. UNKNOWN: the ledger names none.
    """
    inside = ipaddress.ip_address(canonical_ip(address))
    # Schools use the same inside addresses: only what stands in the same line of units speaks of this one.
    claims = [one for one in Claims().of(inside) if one.unit.contains(unit) or unit.contains(one.unit)]
    claims = [one for one in claims if _touches(one, first, last)]
    narrowest = min((one.size for one in claims), default=0)
    if not claims or any(one.line is None for one in claims if one.size == narrowest):
        return Outcome.UNKNOWN, None
    lines = {one.line.pk: one.line for one in claims if one.line is not None}
    per_line = [_pools(line, inside.version, first, last) for line in lines.values()]
    pools = {pool.pk: pool for found in per_line for pool in found or ()}
    if not pools and None not in per_line:
        return Outcome.UNKNOWN, None
    if len(pools) != 1 or not all(per_line):
        return Outcome.CONFLICT, None
    pool = next(iter(pools.values()))
    shared = UnitRange.objects.filter(first__lte=pool.last, last__gte=pool.first).select_related("unit", "allocated_by")
    rivals = contradictions(outline_of(one, one.pk) for one in shared if _touches(one, first, last))
    if any(pool.pk in (one.pk, other.pk) for one, other in rivals):
        return Outcome.CONFLICT, None
    whole = all(_throughout(one, first, last) for one in (*claims, pool))
    return (Outcome.FOUND, pool) if whole else (Outcome.UNKNOWN, None)


def _pools(line: Line, version: int, first: datetime, last: datetime) -> list[UnitRange] | None:
    """The public ranges at the exit of a line; empty where it had ended or does not say whose exit it uses.

    None: whose exit it is has several lines, and nothing says which of them was taken.
    """
    begun, ended = timezone.localdate(first), timezone.localdate(last)
    if (line.ended_on is not None and line.ended_on < ended) or (line.upstream_id is None and not line.own_egress):
        return []
    owner = line.upstream_id or line.unit_id
    ranges = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, unit=owner, first__startswith=str(version))
    if line.upstream_id is None:
        ranges = ranges.filter(Q(line=None) | Q(line=line.pk))
    found = ranges.exclude(line__ended_on__lt=begun).select_related("unit", "allocated_by")
    pools = [pool for pool in found if not pool.is_inside and _touches(pool, first, last)]
    lines = Line.objects.filter(unit=owner, upstream=None, own_egress=True).exclude(ended_on__lt=begun)
    untied = line.upstream_id is not None or any(pool.line_id is None for pool in pools)
    return None if untied and lines.count() > 1 else pools


def _touches(claim: UnitRange, first: datetime, last: datetime) -> bool:
    return claim.valid_from <= last and (claim.valid_to is None or claim.valid_to > first)


def _throughout(claim: UnitRange, first: datetime, last: datetime) -> bool:
    return claim.valid_from <= first and (claim.valid_to is None or claim.valid_to > last)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody who can be called about a unit: as what (a code of `Duty.Post`, or "on_duty"), and the number."""

    post: str
    name: str
    phone: str


def reachable(unit: Unit, at: datetime) -> list[Reachable]:
    """Whom to call about a unit at a time, in that order: who is on duty then, contact A, contact B, the others.

    Who has no number is left out.
    """
    day = timezone.localdate(at)
    shifts = _on_duty(unit, at)
    duties = [duty for duty in Duty.objects.filter(unit=unit) if duty.holds_on(day)]
    order = {post: place for place, post in enumerate(("contact_a", "contact_b", "security", "direct", "head"))}
    duties.sort(key=lambda duty: (order.get(duty.post, len(order)), duty.name))
    found = [Reachable("on_duty", shift.name, shift.phone) for shift in shifts]
    return [who for who in (*found, *(Reachable(duty.post, duty.name, duty.phone) for duty in duties)) if who.phone]


def _on_duty(unit: Unit, at: datetime) -> list[Shift]:
    """Who has the shift at a time; after midnight the night still is the evening's before. Where the roster of the day
    leaves a gap then, all whom it names."""
    day, clock = timezone.localdate(at), timezone.localtime(at).time()
    by_day = DAY_SHIFT <= clock < NIGHT_SHIFT
    night = day if clock >= NIGHT_SHIFT else day - timedelta(days=1)
    rows = list(Shift.objects.filter(unit=unit, day__in=(day, night)).order_by("span", "name"))
    then = {(day, Shift.Span.WHOLE), (day, Shift.Span.DAY) if by_day else (night, Shift.Span.NIGHT)}
    now = [row for row in rows if (row.day, row.span) in then]
    return now or [row for row in rows if row.day == day]


def has_left(unit: Unit, name: str, day: date) -> bool:
    """Whether all of that name whom the roll of a unit knows have left; False where it knows nobody so called."""
    left = Staff.objects.filter(unit__path__startswith=unit.path, name=name.strip()).values_list("left_on", flat=True)
    return bool(left) and all(until is not None and until <= day for until in left)


def protected_site(at: datetime, touching: Iterable[Network] | None = None) -> Site:
    """What must never be cut off nor be listed: every range that any unit of the ledger owns at a time.

    touching: only what shares an address with one of these. Whoever asks about a few addresses gets the same answer
    from that, and the ledger of a city, forty thousand ranges, is not read for it.
    """
    ranges = UnitRange.objects.filter(valid_from__lte=at).exclude(valid_to__lte=at)
    if touching is not None:
        ranges = _sharing(ranges, touching)
    networks = {network for claim in ranges for network in claim.networks}
    return Site(own=tuple(sorted(networks, key=str)))


def _sharing(ranges: "QuerySet[UnitRange]", networks: Iterable[Network]) -> "QuerySet[UnitRange]":
    """Those of the ranges that share an address with one of the networks."""
    spans = sorted((sort_key(network[0]), sort_key(network[-1])) for network in networks)
    if len(spans) <= _MANY:
        overlap = Q(pk__in=())
        for first, last in spans:
            overlap |= Q(first__lte=last, last__gte=first)
        return ranges.filter(overlap)
    begins: list[str] = []
    ends: list[str] = []
    for first, last in spans:
        if ends and first <= ends[-1]:
            ends[-1] = max(ends[-1], last)
        else:
            begins.append(first)
            ends.append(last)
    found = []
    for number, first, last in ranges.order_by().values_list("pk", "first", "last"):
        at = bisect_right(begins, last) - 1
        if at >= 0 and ends[at] >= first:
            found.append(number)
    return ranges.filter(pk__in=found) if len(found) <= _AT_ONCE else ranges


class DeskDirectory:
    """Implements `minewarden.trace.directory.Directory` for one unit's subtree.

    One subtree and not the whole city: schools use the same private addresses, and a device of one must not answer
    for a device of another.
    """

    def __init__(self, unit: Unit) -> None:
        self._assets: QuerySet[Asset] = Asset.objects.filter(unit__path__startswith=unit.path).select_related("unit")

    def devices(self, clues: Sequence[Clues]) -> list[list[Device]]:
        """The devices that fit each clue, by the strongest key that finds any; sorted by number."""
        known = {key: self._by(key, {getattr(clue, key).lower() for clue in clues}) for key in _KEYS}
        return [_fitting(clue, known) for clue in clues]

    def resolvers(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of the addresses whose entry in the ledger says that it resolves names."""
        named = Q()
        for text in _RESOLVER_WORDS:
            named |= Q(name__icontains=text)
        found: set[str] = set()
        for part in _parts(sorted(set(addresses))):
            found.update(self._assets.filter(named, ip__in=part).values_list("ip", flat=True))
        return frozenset(found)

    def _by(self, key: str, wanted: set[str]) -> dict[str, list[Asset]]:
        """The assets that carry one of the values, by value."""
        found: dict[str, list[Asset]] = {}
        for part in _parts(sorted(wanted - {""})):
            rows = self._assets.annotate(clue=Lower(key)).filter(clue__in=part).order_by("number", "pk")
            for asset in rows:
                found.setdefault(asset.clue, []).append(asset)
        return found


def _fitting(clue: Clues, known: dict[str, dict[str, list[Asset]]]) -> list[Device]:
    for key in _KEYS:
        value = getattr(clue, key).lower()
        fitting = [
            asset
            for asset in known[key].get(value, [])
            if key in _SURE_WHATEVER_THE_MAC or not asset.mac or not clue.mac or asset.mac == clue.mac
        ]
        if value and fitting:
            return [_device(asset, key) for asset in fitting]
    return []


def _device(asset: Asset, key: str) -> Device:
    return Device(
        asset=asset.number,
        key=key,
        name=asset.name,
        mac=asset.mac,
        switch_port=asset.switch_port,
        place=asset.place,
        department=asset.department,
        person=asset.person_name,
        unit=asset.unit.name,
    )


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    """The values in portions that a statement can carry."""
    rest = iter(values)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
