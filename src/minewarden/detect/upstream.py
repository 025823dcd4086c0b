"""Carries to an inside proxy's clients what is known of the server outside to which the proxy keeps.

A client of an inside proxy shows nothing of the pool. Where the proxy's own connection outward is parsed, listed or
alerted, that is a reason for each client too, of a family of its own and never enough alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from minewarden.detect.weigh import DEFAULT, Fusion, weigh
from minewarden.vocab.finding import Evidence, Grade, Sighting
from minewarden.vocab.message import message
from minewarden.vocab.net import Endpoint

WEIGHT = 7.5
"""Nats, by hand: with the least of a client's own (2 nats, `internal_proxy`) just above the 9.2 of the base rate."""
BACKING = ("protocol", "intel-flow", "sensor")
LEAST = 5.0
"""So much has to be known of the server outside, in one of these families: an aged address of a list is too little."""

Place = tuple[str, str, int]


def backed(groups: Mapping[Place, Sequence[Sighting]], own: Fusion = DEFAULT) -> Iterator[tuple[Place, Sighting]]:
    """What to add to which (host, server, port), in a fixed order. `groups`: all sightings of each."""
    for place in sorted(groups):
        beyond = {sighting.beyond for sighting in groups[place] if sighting.beyond}
        for server, port in sorted(beyond):
            known = _known(groups.get((place[1], server, port), ()), own)
            if known:
                yield place, _carried(place, Endpoint(server, port), groups[place], known)
                break


def _known(sightings: Iterable[Sighting], own: Fusion) -> list[Sighting]:
    """The sightings that say what the server outside is, where they weigh enough."""
    told = [sighting for sighting in sightings if sighting.evidence.family in BACKING]
    return told if any(nats >= LEAST for nats in weigh((s.evidence for s in told), own).families.values()) else []


def _carried(place: Place, upstream: Endpoint, own: Sequence[Sighting], known: Sequence[Sighting]) -> Sighting:
    host, server, port = place
    evidence = Evidence(
        detector="internal_proxy",
        family="upstream",
        grade=Grade.CONNECTED,
        weight=WEIGHT,
        text=message("internal_proxy.upstream", host=host, proxy=str(Endpoint(server, port)), upstream=str(upstream)),
        first_seen=min(sighting.evidence.first_seen for sighting in own),
        last_seen=max(sighting.evidence.last_seen for sighting in own),
        rows=tuple(sorted({row for sighting in known for row in sighting.evidence.rows})[:5]),
    )
    coins = frozenset().union(*(sighting.coins for sighting in known if sighting.evidence.family == "protocol"))
    return Sighting(host=host, server=server, port=port, evidence=evidence, coins=coins)
