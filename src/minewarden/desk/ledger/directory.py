"""The desk's ledger as tracing asks for it: the devices of a unit and all below, by the strongest clue that fits."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.models import Unit
from minewarden.trace.directory import Clues, Device

# Strongest first. Host name, address and port say little of a device whose own MAC address is another.
_KEYS = ("mac", "hostname", "ip", "login", "switch_port")
_SURE_WHATEVER_THE_MAC = frozenset({"mac", "login"})
_RESOLVER_WORDS = ("resolver", "dns", "域名解析", "域名服务")
_AT_ONCE = 500


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
