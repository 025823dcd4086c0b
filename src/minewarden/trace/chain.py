"""The chain: address, port, time -> NAT -> inside address -> lease -> MAC -> login -> switch port -> asset -> person.

Each hop is one set-based query for all questions. What a hop finds in several spellings stays several candidates; a
candidate is as sure as its weakest hop. Translations may stand one behind the other. Where the address is a resolver's,
the chain goes on from those who asked it for the name. Where no server leased an address, a router's ARP table tells.

Schools use the same inside addresses, so an inside address says whose it is only together with the network (`site`)
that it was seen in: the source of the innermost translation tells it, or whoever asks.
"""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from minewarden.telemetry.lake import Lake
from minewarden.trace.directory import Clues, Device, Directory
from minewarden.trace.hop import Hop, Known, Step, TraceSettings, set_clocks, weaker
from minewarden.trace.hops.arp import ArpHop
from minewarden.trace.hops.lease import LeaseHop
from minewarden.trace.hops.login import LoginHop
from minewarden.trace.hops.lookup import Listed, LookupHop
from minewarden.trace.hops.nat import NatHop, outside_addresses
from minewarden.trace.hops.switch_port import SwitchPortHop
from minewarden.vocab.attribution import Attribution, Candidate, Certainty
from minewarden.vocab.attribution import Hop as HopRecord
from minewarden.vocab.clock import from_us, microseconds, to_us
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Endpoint, canonical_ip

if TYPE_CHECKING:
    import duckdb

DEFAULT_SETTINGS = TraceSettings()


@dataclass(frozen=True, slots=True)
class Question:
    """Who used this address (and port, 0: unknown; towards `peer`) at `at` (to `until`), give or take `tolerance`?

    `needs_nat`: whether the address is outside a translation; None: it is where some NAT row has it so. `site`: the
    network of an inside address. `names`: the pool's names that the notice tells, for the case that the address is a
    resolver's.
    """

    ip: str
    port: int
    at: datetime
    until: datetime | None = None
    peer: Endpoint | None = None
    tolerance: timedelta = timedelta(seconds=60)
    needs_nat: bool | None = None
    site: str = ""
    names: tuple[str, ...] = ()

    def known(self) -> Known:
        """The question as a hop takes it. Raises ValueError for a bad address, a time without a zone, a bad span."""
        at = to_us(self.at)
        until = to_us(self.until) if self.until is not None else at
        slack = microseconds(self.tolerance)
        if until < at or slack < 0:
            raise ValueError("a question's end is not before its beginning, and its tolerance is not negative")
        peer = self.peer
        return Known(
            canonical_ip(self.ip), at - slack, until + slack, at, until, self.port,
            canonical_ip(peer.ip) if peer else "", peer.port if peer else 0, site=self.site,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Path:
    """A candidate in the making: the question it answers, what the next hop may use, what was found so far."""

    question: int
    known: Known
    candidate: Candidate
    hostname: str = ""
    unmeasured: frozenset[str] = frozenset()
    rank: tuple[tuple[int, int], ...] = ()
    outside: frozenset[str] = field(default_factory=frozenset)
    """The outside addresses that it came through."""


def trace(
    lake: Lake,
    questions: Sequence[Question],
    directory: Directory,
    settings: TraceSettings = DEFAULT_SETTINGS,
    listed: Listed | None = None,
) -> list[Attribution]:
    """One attribution per question, in their order; candidates best first. `listed` tells names of pools, for questions
    about a resolver that name none.

    Raises ValueError for a question that is none (see `Question.known`). Rows must be in true time, as readers write
    them; sources whose offset is not registered are searched in a window widened by `settings.unregistered`.
    """
    known = [question.known() for question in questions]
    warnings: list[list[Message]] = [[] for _ in questions]
    sources = lake.sources()
    with lake.connect() as connection:
        set_clocks(connection, sources, settings)
        paths = _enter(connection, questions, known, warnings, settings)
        resolvers = directory.resolvers({k.ip for k in known} | {p.candidate.internal_ip for p in paths})
        paths = _behind_resolvers(connection, questions, paths, warnings, settings, resolvers, listed)
        _suspect_night(connection, {record.name for record in sources if record.zone}, paths, warnings)
        paths = _walk(connection, LeaseHop(), paths, warnings, settings, _with_lease)
        _suspect_zone(connection, LeaseHop(), [p for p in paths if not p.candidate.mac], warnings, settings)
        paths = _walk_some(connection, ArpHop(), paths, warnings, settings, _with_arp, lambda p: not p.candidate.mac)
        paths = _walk(connection, LoginHop(), paths, warnings, settings, _with_login)
        paths = _walk(connection, SwitchPortHop(), paths, warnings, settings, _with_switch_port)
    paths = _with_devices(directory, paths)
    paths = _of_some_site(paths, warnings, {record.site for record in sources if record.site})
    return _attributions(questions, known, paths, warnings, resolvers)


def _enter(
    connection: "duckdb.DuckDBPyConnection",
    questions: Sequence[Question],
    known: Sequence[Known],
    warnings: list[list[Message]],
    settings: TraceSettings,
) -> list[_Path]:
    """The first hop: through the translation where the address is outside one, straight in where it is not."""
    unsure = [k.ip for q, k in zip(questions, known, strict=True) if q.needs_nat is None]
    outside = outside_addresses(connection, unsure)
    straight: list[_Path] = []
    translated: list[_Path] = []
    for number, (question, one) in enumerate(zip(questions, known, strict=True)):
        through = question.needs_nat if question.needs_nat is not None else one.ip in outside
        start = "" if through else one.ip
        path = _Path(number, one, Candidate(start, Certainty.UNIQUE))
        (translated if through else straight).append(path)
    entered = _walk(connection, NatHop(), translated, warnings, settings, _with_nat)
    missed = [path for path in entered if not path.candidate.internal_ip]
    for path in missed:
        warnings[path.question].append(message("trace.no_translation", ip=path.known.ip))
    _suspect_zone(connection, NatHop(), missed, warnings, settings)
    entered = _deeper(connection, [p for p in entered if p.candidate.internal_ip], warnings, settings)
    # What follows asks of the inside address alone.
    return [replace(p, known=replace(p.known, port=0, peer_ip="", peer_port=0)) for p in (*straight, *entered)]


def _deeper(
    connection: "duckdb.DuckDBPyConnection", paths: list[_Path], warnings: list[list[Message]], settings: TraceSettings
) -> list[_Path]:
    """Through the translations behind the first one. An address that was passed already is a hairpin, not a layer."""
    whole: list[_Path] = []
    for _ in range(settings.layers - 1):
        outside = outside_addresses(connection, sorted({p.known.ip for p in paths} - {""}))
        within: list[_Path] = []
        for path in paths:
            (within if path.known.ip in outside and path.known.ip not in path.outside else whole).append(path)
        if not within:
            return whole
        # A path for which the next log has no row comes back as it went in.
        unchanged = set(map(id, within))
        paths = []
        for path in _walk(connection, NatHop(), within, warnings, settings, _with_nat):
            if id(path) in unchanged:
                _say_once(warnings[path.question], message("trace.layer_missing", ip=path.known.ip))
                whole.append(path)
            else:
                paths.append(path)
    return whole + paths


def _behind_resolvers(
    connection: "duckdb.DuckDBPyConnection",
    questions: Sequence[Question],
    paths: list[_Path],
    warnings: list[list[Message]],
    settings: TraceSettings,
    resolvers: frozenset[str],
    listed: Listed | None,
) -> list[_Path]:
    """On from a resolver to its clients, where a log has them; else the resolver stays."""
    names = [
        tuple(name.strip().lower().rstrip(".") for name in questions[path.question].names)
        for path in paths
        if path.known.ip in resolvers
    ]
    hop = LookupHop(names, listed)
    return _walk_some(connection, hop, paths, warnings, settings, _with_client, lambda p: p.known.ip in resolvers)


def _walk_some(
    connection: "duckdb.DuckDBPyConnection",
    hop: Hop,
    paths: Sequence[_Path],
    warnings: list[list[Message]],
    settings: TraceSettings,
    extend: Callable[[_Path, Step], _Path],
    which: Callable[[_Path], bool],
) -> list[_Path]:
    """Walk those that are meant; the others go on as they are."""
    meant = [path for path in paths if which(path)]
    return [p for p in paths if not which(p)] + _walk(connection, hop, meant, warnings, settings, extend)


def _of_some_site(paths: Sequence[_Path], warnings: list[list[Message]], sites: set[str]) -> list[_Path]:
    """An inside address that several schools may use is nobody's alone, unless it is known in which network it was."""
    if len(sites) < 2:
        return list(paths)
    settled = []
    for path in paths:
        candidate = path.candidate
        if candidate.internal_ip and not path.known.site and ipaddress.ip_address(candidate.internal_ip).is_private:
            path = replace(path, candidate=replace(candidate, certainty=weaker(candidate.certainty, Certainty.LIKELY)))
            _say_once(
                warnings[path.question], message("trace.site_unknown", ip=candidate.internal_ip, sites=len(sites))
            )
        settled.append(path)
    return settled


def _walk(
    connection: "duckdb.DuckDBPyConnection",
    hop: Hop,
    paths: Sequence[_Path],
    warnings: list[list[Message]],
    settings: TraceSettings,
    extend: Callable[[_Path, Step], _Path],
) -> list[_Path]:
    """Extend each path by each step that the hop finds; a path for which it finds nothing goes on as it is."""
    if not paths:
        return []
    grown: list[_Path] = []
    for path, steps in zip(paths, hop.find(connection, [p.known for p in paths], settings), strict=True):
        grown.extend([extend(path, step) for step in steps] or [path])
        if steps and steps[0].of > len(steps):
            told = message("trace.more_found", known=path.known.ip, count=steps[0].of, shown=len(steps))
            _say_once(warnings[path.question], told)
    return grown


def _say_once(said: list[Message], sentence: Message) -> None:
    if sentence not in said:
        said.append(sentence)


def _suspect_zone(
    connection: "duckdb.DuckDBPyConnection",
    hop: Hop,
    paths: Sequence[_Path],
    warnings: list[list[Message]],
    settings: TraceSettings,
) -> None:
    """Where a window holds nothing, but would a whole zone away, the file may have been read in the wrong zone.

    A busy log has the same port or address again every few hours, so this is said only where the log does not cover the
    window at all, or where the row a zone away is of the very destination that was asked for.
    """
    if not paths:
        return
    covered = {name: (first, last) for name, first, last in connection.execute(_COVERED).fetchall()}
    for shift in settings.zones:
        found = hop.find(connection, [path.known.shifted(shift) for path in paths], settings)
        for path, steps in zip(paths, found, strict=True):
            rows = {row.source for step in steps for row in step.rows}
            sources = sorted(name for name in rows if path.known.peer_ip or not _covers(covered[name], path.known))
            if sources:
                hours = f"{shift // timedelta(hours=1):+d}"
                told = "、".join(sources)
                said = message("trace.zone_suspect", ip=path.known.ip, hours=hours, sources=told)
                _say_once(warnings[path.question], said)


def _suspect_night(
    connection: "duckdb.DuckDBPyConnection",
    zoned: set[str],
    paths: Sequence[_Path],
    warnings: list[list[Message]],
) -> None:
    """Where a log of half a day or more, read in a zone that somebody gave, is busiest at night: the zone may be wrong.

    A whole day of UTC read as Beijing time covers every window, so `_suspect_zone` finds nothing missing in it.
    """
    cited: dict[int, set[str]] = {}
    for path in paths:
        rows = (row for hop in path.candidate.hops for row in hop.rows)
        cited.setdefault(path.question, set()).update({row.source for row in rows} & zoned)
    named = set[str]().union(*cited.values())
    if not named:
        return
    busy: dict[str, int] = dict(connection.execute(_NIGHT, [sorted(named)]).fetchall())
    for question, names in cited.items():
        if told := sorted(names & busy.keys()):
            share = max(busy[name] for name in told)
            _say_once(warnings[question], message("trace.busy_at_night", sources="、".join(told), share=share))


# From 23:00 to 6:00 in Beijing, as a share of all rows.
_NIGHT = """
SELECT name, share FROM (
    SELECT c.name, 100 * count(*) FILTER ((n.ts // 3600000000 + 8) % 24 NOT BETWEEN 6 AND 22) // count(*) AS share
    FROM nat n JOIN clock c USING (origin)
    WHERE c.name IN (SELECT unnest(?)) AND c.seen - c.begun >= 12 * 3600000000
    GROUP BY c.name
) WHERE share > 50
"""

_COVERED = "SELECT name, min(begun), max(seen) FROM clock GROUP BY name"


def _covers(span: tuple[int | None, int | None], known: Known) -> bool:
    first, last = span
    return first is not None and last is not None and first <= known.end and last >= known.start


def _clipped(known: Known, step: Step) -> Known:
    """The window that is left for the next hop: no further than the step may hold."""
    start, end = max(known.start, step.reach[0]), min(known.end, step.reach[1])
    at = min(max(known.at, start), end)
    return replace(known, start=start, end=end, at=at, until=min(max(known.until, at), end))


def _extended(path: _Path, step: Step, kind: str, known: str, certainty: Certainty | None = None) -> _Path:
    """The path with a hop more; `certainty` None: the hop does not bear on who it was."""
    record = HopRecord(
        kind=kind,
        known=known,
        found=step.found,
        valid_from=from_us(step.since) if step.since is not None else None,
        valid_until=from_us(step.till) if step.till is not None else None,
        rows=step.rows,
        note=step.note,
    )
    old = path.candidate
    sure = weaker(old.certainty, certainty) if certainty is not None else old.certainty
    return replace(
        path,
        candidate=replace(old, certainty=sure, hops=(*old.hops, record)),
        unmeasured=path.unmeasured | step.unmeasured,
    )


def _with_nat(path: _Path, step: Step) -> _Path:
    outside = str(Endpoint(path.known.ip, path.known.port)) if path.known.port else path.known.ip
    longer = _extended(path, step, "nat", outside, step.certainty)
    return replace(
        longer,
        known=replace(
            _clipped(path.known, step), ip=step.found, port=int(step.also or 0), site=step.site or path.known.site
        ),
        candidate=replace(longer.candidate, internal_ip=step.found),
        rank=(*path.rank, (-step.overlap, -step.count)),
        outside=path.outside | {path.known.ip},
    )


def _with_client(path: _Path, step: Step) -> _Path:
    looked_up = replace(step, note=message("trace.looked_up", name=step.also or "—", count=step.count))
    longer = _extended(path, looked_up, "dns", path.known.ip, step.certainty)
    return replace(
        longer,
        known=replace(_clipped(path.known, step), ip=step.found, site=step.site or path.known.site),
        candidate=replace(longer.candidate, internal_ip=step.found),
        rank=(*path.rank, (-step.overlap, -step.count)),
    )


def _with_lease(path: _Path, step: Step) -> _Path:
    longer = _extended(path, step, "lease", path.known.ip, step.certainty)
    return replace(
        longer,
        known=replace(_clipped(path.known, step), mac=step.found),
        candidate=replace(longer.candidate, mac=step.found),
        hostname=step.also,
        rank=(*path.rank, (-step.overlap, -step.count)),
    )


def _with_arp(path: _Path, step: Step) -> _Path:
    longer = _extended(path, step, "arp", path.known.ip, step.certainty)
    return replace(
        longer, known=replace(path.known, mac=step.found), candidate=replace(longer.candidate, mac=step.found)
    )


def _with_login(path: _Path, step: Step) -> _Path:
    known = path.candidate.mac or path.known.ip
    longer = _extended(path, step, "login", known, step.certainty)
    mac = path.candidate.mac or step.also
    return replace(
        longer,
        known=replace(_clipped(path.known, step), mac=mac),
        candidate=replace(longer.candidate, mac=mac, login=step.found),
        rank=(*path.rank, (-step.overlap, -step.count)),
    )


def _with_switch_port(path: _Path, step: Step) -> _Path:
    longer = _extended(path, step, "switch_port", path.known.mac)
    return replace(longer, candidate=replace(longer.candidate, switch_port=step.found))


def _with_devices(directory: Directory, paths: Sequence[_Path]) -> list[_Path]:
    """The last hops: what the ledger says of the device, and who answers for it."""
    clues = [
        Clues(
            start=path.known.start,
            end=path.known.end,
            mac=path.candidate.mac,
            hostname=path.hostname,
            ip=path.candidate.internal_ip,
            login=path.candidate.login,
            switch_port=path.candidate.switch_port,
        )
        for path in paths
    ]
    grown: list[_Path] = []
    for path, devices in zip(paths, directory.devices(clues), strict=True):
        sure = Certainty.UNIQUE if len(devices) < 2 else Certainty.LIKELY
        grown.extend([_with_device(path, device, sure) for device in devices] or [path])
    return grown


def _with_device(path: _Path, device: Device, sure: Certainty) -> _Path:
    candidate = path.candidate
    rows = (device.row,) if device.row is not None else ()
    since = from_us(device.since) if device.since is not None else None
    till = from_us(device.till) if device.till is not None else None
    hops = list(candidate.hops)
    # An account leads to its holder, not to the device, when another device is registered with it.
    is_device = not (device.key == "login" and candidate.mac and device.mac and device.mac != candidate.mac)
    known = {"ip": candidate.internal_ip, "hostname": path.hostname}.get(device.key) or getattr(candidate, device.key)
    if is_device:
        note = message("trace.asset_by_" + device.key, name=device.name or device.asset, place=device.place or "—")
        hops.append(HopRecord("asset", known, device.asset, since, till, rows, note))
    if device.person:
        source = device.asset if is_device else known
        note = message("trace.person", unit=device.unit or "—", department=device.department or "—")
        hops.append(HopRecord("person", source, device.person, since, till, rows, note))
    return replace(
        path,
        candidate=replace(
            candidate,
            certainty=weaker(candidate.certainty, sure),
            asset=device.asset if is_device else "",
            switch_port=candidate.switch_port or (device.switch_port if is_device else ""),
            person=device.person,
            hops=tuple(hops),
        ),
    )


def _attributions(
    questions: Sequence[Question],
    known: Sequence[Known],
    paths: Sequence[_Path],
    warnings: list[list[Message]],
    resolvers: frozenset[str],
) -> list[Attribution]:
    answers: list[list[_Path]] = [[] for _ in questions]
    for path in paths:
        if path.candidate.hops:
            answers[path.question].append(path)
    result = []
    for question, one, group, said in zip(questions, known, answers, warnings, strict=True):
        group.sort(key=_order)
        candidates = [path.candidate for path in group]
        if len(candidates) > 1:
            said.append(message("trace.not_unique", count=len(candidates)))
        if unmeasured := sorted({name for path in group for name in path.unmeasured}):
            said.append(message("trace.clock_unregistered", sources="、".join(unmeasured)))
        if not candidates and not said:
            said.append(message("trace.nothing_known", ip=one.ip))
        asked = [one.ip, *(candidate.internal_ip for candidate in candidates)]
        asked += [hop.known for candidate in candidates for hop in candidate.hops if hop.kind == LookupHop.kind]
        said.extend(message("trace.resolver", ip=ip) for ip in sorted(set(asked) & resolvers))
        result.append(Attribution(one.ip, question.port, question.at, tuple(candidates), tuple(said)))
    return result


def _order(path: _Path) -> tuple[object, ...]:
    one = path.candidate
    return (list(Certainty).index(one.certainty), path.rank, one.internal_ip, one.mac, one.login, one.asset)
