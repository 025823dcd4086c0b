"""Where cases of the desk meet the arithmetic of energy: what was said of a case, or what the ledger knows of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Asset
from minewarden.desk.measures.models import EnergyFact, RegionalFigure
from minewarden.energy.estimate import Estimate, by_meter, by_power, estimate, hours_between, share
from minewarden.energy.figures import Factor, Figures, Rate, shipped
from minewarden.vocab.message import Message, message


@dataclass(frozen=True, slots=True)
class Energy:
    """What is known of the energy of a case, exact and not rounded; `missing` says what nobody knows yet.

    how: on what it rests. fact: what a person said; None where the ledger's rated power was taken.
    """

    case: Case
    kwh: Decimal | None
    began: datetime | None
    ended: datetime | None
    how: Message | None
    fact: EnergyFact | None
    missing: str = ""

    def within(self, figures: Figures, since: datetime | None = None, until: datetime | None = None) -> Estimate | None:
        """The estimate, of the part that falls into a period; None where nothing can be said."""
        if self.kwh is None or self.began is None or self.ended is None:
            return None
        kwh = share(self.kwh, self.began, self.ended, since, until)
        first, last = max(self.began, since or self.began), min(self.ended, until or self.ended)
        if last <= first:
            return None
        region = self.case.unit.region_code
        return estimate(kwh, timezone.localdate(first), timezone.localdate(last), region, figures)


def figures_now() -> Figures:
    """The figures in force: what was added, the newest in front, before what is shipped."""
    factors, rates = [], []
    for row in RegionalFigure.objects.all():
        if row.what == RegionalFigure.What.FACTOR and row.year is not None:
            factors.append(Factor(row.region, row.year, row.value, row.source))
        else:
            rates.append(Rate(row.region, row.value, row.source, row.since, row.until))
    return shipped().plus(factors, rates)


def knowable() -> Q:
    """The cases of which anything may be known, as a condition: somebody said it, or the ledger has a device of known
    power with the MAC or the address."""
    said = Q(Exists(EnergyFact.objects.filter(case=OuterRef("pk"))))
    rated = Asset.objects.filter(power__gt=0)
    by_mac = ~Q(device_mac="") & Q(Exists(rated.filter(mac=OuterRef("device_mac"))))
    by_address = ~Q(device_ip="") & Q(Exists(rated.filter(ip=OuterRef("device_ip"))))
    # Where no ledger tells a power, it is not looked up for each of thousands of cases.
    return said | (Q(Exists(rated)) & (by_mac | by_address))


def with_said(cases: "QuerySet[Case]") -> "QuerySet[Case]":
    """The same, with `said`: whether anybody said anything of the energy of each, so that it need not be looked for."""
    return cases.annotate(said=Exists(EnergyFact.objects.filter(case=OuterRef("pk"))))


def energy_of(cases: Iterable[Case]) -> list[Energy]:
    """The energy of each case, in a number of queries that does not depend on how many there are."""
    cases = list(cases)
    facts: dict[int, EnergyFact] = {}
    if said := [case for case in cases if getattr(case, "said", True)]:
        for fact in EnergyFact.objects.filter(case__in=said).order_by("version"):
            facts[fact.case_id] = fact
    powers = _powers([case for case in cases if case.pk not in facts])
    return [_said(case, facts[case.pk]) if case.pk in facts else _known(case, powers) for case in cases]


def _said(case: Case, fact: EnergyFact) -> Energy:
    if fact.method == EnergyFact.Method.METER:
        kwh, days = fact.meter_kwh or Decimal(0), fact.meter_days or 1
        exact = by_meter(kwh, days, fact.mining_days or 0)
        how = message("desk_measures.how_meter", kwh=_plain(kwh), days=days, mining=fact.mining_days or 0)
    else:
        watts = fact.watts or Decimal(0)
        hours = fact.hours if fact.hours is not None else hours_between(fact.began_at, fact.ended_at)
        exact = by_power(watts, hours, fact.idle_watts)
        how = message(
            "desk_measures.how_device", watts=_plain(watts), idle=_plain(fact.idle_watts), hours=_plain(hours)
        )
    return Energy(case, exact, fact.began_at, fact.ended_at, how, fact)


def _known(case: Case, powers: Mapping[int, int]) -> Energy:
    """From the rated power in the ledger and the time over which it was seen; less is not guessed."""
    if case.first_seen is None or case.last_seen is None or case.last_seen <= case.first_seen:
        return Energy(case, None, None, None, None, None, "hours")
    watts = powers.get(case.pk)
    if not watts:
        return Energy(case, None, case.first_seen, case.last_seen, None, None, "watts")
    hours = hours_between(case.first_seen, case.last_seen)
    how = message("desk_measures.how_rated", watts=watts, hours=_plain(hours))
    return Energy(case, by_power(Decimal(watts), hours), case.first_seen, case.last_seen, how, None)


def _powers(cases: Iterable[Case]) -> dict[int, int]:
    """By case: the rated power, in watts, of the device that was locked, where the ledger has exactly one."""
    cases = list(cases)
    macs = {case.device_mac for case in cases} - {""}
    addresses = {case.device_ip for case in cases} - {""}
    # Each device by its own address: a year's cases have thousands, and no two of them are compared.
    by_mac: dict[str, list[tuple[str, int]]] = defaultdict(list)
    by_address: dict[str, list[tuple[str, int]]] = defaultdict(list)
    known = Asset.objects.filter(Q(mac__in=macs) | Q(ip__in=addresses), power__gt=0).order_by()
    for mac, address, path, watts in known.values_list("mac", "ip", "unit__path", "power"):
        by_mac[mac].append((path, watts or 0))
        by_address[address].append((path, watts or 0))
    found = {}
    for case in cases:
        below = case.unit.path
        for like, devices in ((case.device_mac, by_mac), (case.device_ip, by_address)):
            same = [watts for path, watts in devices.get(like, ()) if path.startswith(below)] if like else []
            if same:
                if len(same) == 1:
                    found[case.pk] = same[0]
                break
    return found


def _plain(value: Decimal) -> str:
    """A number as people write it: no noughts at the end, no exponent."""
    return f"{value.quantize(Decimal('0.01')).normalize():f}"
