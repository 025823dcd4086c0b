"""Adds up what detectors saw to findings, one per (host, server, port), with three states of stated meaning.

confirmed   the mining protocol itself was parsed: a handshake or work was exchanged; or a test with an exact null shows
            that the server follows a chain's blocks, and a second, independent reason points to mining.
probable    the reasons together outweigh the base rate of mining, and there was more than a name looked up.
suspected   anything less, among it every name that was only looked up.

What was seen by families that only rank, and weighs little, is no finding at all. How evidence is weighed
stands in `weigh`, and why so in docs/adr/0007-what-may-confirm.md.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from minewarden.detect.explain import explained
from minewarden.detect.upstream import backed
from minewarden.detect.weigh import DEFAULT, DOUBTS, EXACT_FAMILY, RANKING, Fusion, passes, weigh
from minewarden.vocab.finding import Evidence, Finding, Sighting

STATED = DEFAULT.least_stated
"""Nats below which families that only rank are no finding at all, where nobody set another number."""

_Key = tuple[str, str, int, str]


def fuse(sightings: Iterable[Sighting], own: Fusion = DEFAULT) -> list[Finding]:
    """Turn sightings into findings, strongest first, then by first sight, host, server and port."""
    groups: dict[_Key, list[Sighting]] = defaultdict(list)
    names_only: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting.server:
            groups[(sighting.host, sighting.server, sighting.port, "")].append(sighting)
        else:
            names_only[(sighting.host, sighting.server_name)].append(sighting)
    _fold_names(groups, names_only)
    for key, evidence in backed({key[:3]: group for key, group in groups.items() if key[1]}, own):
        groups[(*key, "")].append(evidence)
    findings = [_finding(key, group, own) for key, group in groups.items() if stated((s.evidence for s in group), own)]
    return sorted(findings, key=_order)


def stated(evidence: Iterable[Evidence], own: Fusion = DEFAULT) -> bool:
    """Whether so much evidence of one place is a finding at all."""
    items = _distinct(evidence)
    reasons = [item for item in items if item.family not in DOUBTS]
    if any(item.family not in RANKING for item in reasons):
        return True
    if {item.family for item in reasons} == {EXACT_FAMILY} and not any(
        passes(item, own.lone_clock_p) for item in reasons
    ):
        return False
    weighed = weigh(items, own)
    return bool(reasons) and sum(weighed.families.values()) - weighed.doubt >= own.least_stated


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


def _finding(key: _Key, group: list[Sighting], settled: Fusion) -> Finding:
    host, server, port, _ = key
    strongest_first = sorted(group, key=lambda s: (-s.evidence.grade, -s.evidence.weight, s.evidence.first_seen))
    evidence = _distinct(sighting.evidence for sighting in strongest_first)
    # What others did at the same server says nothing of when this host was there.
    own = [item for item in evidence if item.family not in DOUBTS]
    weighed = weigh(evidence, settled)
    return Finding(
        host=host,
        server=server,
        port=port,
        state=weighed.state,
        first_seen=min(item.first_seen for item in own),
        last_seen=max(item.last_seen for item in own),
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
        probability=weighed.probability,
        explanation=explained(weighed),
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
