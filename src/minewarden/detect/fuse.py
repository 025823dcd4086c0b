"""Adds up what detectors saw to findings, one per (host, server, port), with three states of stated meaning.

confirmed   the mining protocol itself was parsed: a handshake or work was exchanged. Nothing else confirms.
probable    the reasons together outweigh the base rate of mining, and there was more than a name looked up.
suspected   anything less, among it every name that was only looked up.

What was seen by shape and behaviour alone, and weighs little, is no finding at all (`STATED`).

Log-likelihood ratios (nats) are added per family, each family capped: ten list hits are one reason ten times, not ten
reasons. The prior is the base rate of a mining (host, server) pair in a campus, 1e-4 (detection.md: 0-50 miners a day
against 1e5-1e6 long flows).
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from minewarden.vocab.finding import Evidence, Finding, Grade, Sighting, State

BASE_RATE = 1e-4
FAMILY_CAPS = {
    "protocol": 40.0,
    "intel-flow": 11.0,
    "intel-dns": 5.0,
    "sensor": 10.0,
    "shape": 6.0,
    "behaviour": 6.0,
}
OTHER_CAP = 6.0
RANKING = frozenset({"shape", "behaviour"})
"""Families that see neither content nor names: each cap is below the base rate, so that none is probable alone."""
STATED = 5.0
"""Nats below which reasons of these families alone are no finding at all: harmless programs get so far."""

_Key = tuple[str, str, int, str]


def fuse(sightings: Iterable[Sighting]) -> list[Finding]:
    """Turn sightings into findings, strongest first, then by first sight, host, server and port."""
    groups: dict[_Key, list[Sighting]] = defaultdict(list)
    names_only: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting.server:
            groups[(sighting.host, sighting.server, sighting.port, "")].append(sighting)
        else:
            names_only[(sighting.host, sighting.server_name)].append(sighting)
    _fold_names(groups, names_only)
    findings = [_finding(key, group) for key, group in groups.items() if _stated(group)]
    return sorted(findings, key=_order)


def log_odds(evidence: Iterable[Evidence]) -> float:
    """Prior plus the capped sum of the families, in nats."""
    return math.log(BASE_RATE / (1 - BASE_RATE)) + _capped(evidence)


def state_of(evidence: Iterable[Evidence]) -> State:
    """The state that the evidence allows."""
    items = tuple(evidence)
    if any(item.family == "protocol" and item.grade >= Grade.HANDSHAKE for item in items):
        return State.CONFIRMED
    if max(item.grade for item in items) > Grade.LOOKED_UP and log_odds(items) > 0:
        return State.PROBABLE
    return State.SUSPECTED


def _capped(evidence: Iterable[Evidence]) -> float:
    families: dict[str, float] = defaultdict(float)
    for item in evidence:
        families[item.family] += item.weight
    return sum(min(total, FAMILY_CAPS.get(family, OTHER_CAP)) for family, total in families.items())


def _stated(group: list[Sighting]) -> bool:
    evidence = _distinct(sighting.evidence for sighting in group)
    return any(item.family not in RANKING for item in evidence) or _capped(evidence) >= STATED


def _fold_names(groups: dict[_Key, list[Sighting]], names_only: dict[tuple[str, str], list[Sighting]]) -> None:
    """A name that a host looked up and then used belongs to that use; otherwise it is a finding of its own."""
    used: dict[tuple[str, str], list[_Key]] = defaultdict(list)
    for key, group in groups.items():
        for name in {sighting.server_name for sighting in group if sighting.server_name}:
            used[(key[0], name)].append(key)
    for place, group in names_only.items():
        if place in used:
            for key in used[place]:
                groups[key].extend(replace(sighting, server=key[1], port=key[2]) for sighting in group)
        else:
            groups[(place[0], "", 0, place[1])].extend(group)


def _finding(key: _Key, group: list[Sighting]) -> Finding:
    host, server, port, _ = key
    strongest_first = sorted(group, key=lambda s: (-s.evidence.grade, -s.evidence.weight, s.evidence.first_seen))
    evidence = _distinct(sighting.evidence for sighting in strongest_first)
    return Finding(
        host=host,
        server=server,
        port=port,
        state=state_of(evidence),
        first_seen=min(item.first_seen for item in evidence),
        last_seen=max(item.last_seen for item in evidence),
        evidence=evidence,
        server_name=_first(s.server_name for s in strongest_first),
        protocol=_first(s.protocol for s in strongest_first),
        coins=_coins(strongest_first),
        account=_first(s.account for s in strongest_first),
        worker=_first(s.worker for s in strongest_first),
        agent=_first(s.agent for s in strongest_first),
        host_port=next((s.host_port for s in strongest_first if s.host_port), 0),
        shares=sum(s.shares for s in group),
        jobs=sum(s.jobs for s in group),
        sources=tuple(sorted({row.source for item in evidence for row in item.rows})),
    )


def _coins(strongest_first: list[Sighting]) -> tuple[str, ...]:
    """What the messages themselves say beats what a list says of the pool, which may serve twenty coins."""
    for family in ("protocol", None):
        named = {c for s in strongest_first if family in (None, s.evidence.family) for c in s.coins}
        if named:
            return tuple(sorted(named))
    return ()


def _distinct(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _order(finding: Finding) -> tuple[int, float, str, str, int, str]:
    return (
        -finding.state.rank,
        finding.first_seen.timestamp(),
        finding.host,
        finding.server,
        finding.port,
        finding.server_name,
    )
