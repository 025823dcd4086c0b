"""Ranks connections in which the server keeps pushing small messages of one size on a pool's timer.

Source: detection.md of the project's field notes, §5, and the connections it was measured on. It sees no content: alone
it never says more than "suspected". Scenario: encrypted mining at an unknown address (S3).
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.detect.push import MOST_ANSWERED, MOST_ASKED, Push, seen, sides
from minewarden.detect.push_hours import HOUR_US, Hour, Kept, Place, hours_of, lasting, together
from minewarden.detect.records import shown
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.clock import from_us, to_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import Message, message


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights are log-likelihood ratios in nats, set by hand from eight real miners' connections (all have size and
    rate, three the timer) and from all harmless captures (none has the timer together with size); a sample too small to
    fit more. Things that report on change keep a pool's timer too, but hand in nothing at random that is answered
    (bench/ACCURACY.md). `weight_polled`: work that is asked for on a timer and handed out unasked as well, as
    eth_getWork's is (detection.md, §3), by hand; beside blocks it makes a finding probable, but is too little to help
    confirm one. `doubt_no_shares`: nats taken where `no_shares_hours` saw nothing handed in, by hand: pools set their
    difficulty so that shares come within minutes, and who is sent reports on a timer hands in none. Sizes in bytes,
    rates in bytes a second from the server. What weighs less than `least_weight` is not stated at all, not even beside
    other reasons. A watch keeps sums of each hour for `kept_days`, by which a place is
    judged too that its window alone shows too little of."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    least_pushes: int = setting(8, 2, 100_000)
    least_minutes: float = setting(4.0, 0.5, 1440)
    least_share: float = setting(0.6, 0.05, 1)
    least_size: int = setting(60, 1, 1400)
    most_size: int = setting(1400, 60, 16_384)
    least_rate: float = setting(1.0, 0, 1000)
    most_rate: float = setting(150.0, 1, 100_000)
    weight_timer: float = setting(2.0, 0, 6)
    weight_shares: float = setting(1.5, 0, 6)
    weight_polled: float = setting(1.5, 0, 6)
    weight_push: float = setting(0.5, 0, 6)
    weight_one_size: float = setting(0.5, 0, 6)
    weight_silent: float = setting(1.0, 0, 6)
    weight_job_sized: float = setting(0.5, 0, 6)
    weight_never_answered: float = setting(0.5, 0, 6)
    doubt_no_shares: float = setting(1.5, 0, 6)
    no_shares_hours: float = setting(5.0, 1, 48)
    least_weight: float = setting(2.0, 0.5, 6)
    kept_days: int = setting(14, 1, 90)


DEFAULT = Settings()

_ACCUMULATED = """
    SELECT src, dst, dst_port FROM (
        SELECT src, dst, dst_port, origin, stream, max(ts) - min(ts) AS lasted,
            count(*) FILTER (WHERE NOT from_client) AS told, sum(length) FILTER (WHERE NOT from_client) AS bytes,
            count(*) FILTER (WHERE NOT from_client AND length BETWEEN {least_size} AND {most_size}) AS small
        FROM record GROUP BY src, dst, dst_port, origin, stream)
    GROUP BY src, dst, dst_port
    HAVING sum(small) >= {least_pushes} AND sum(small) >= 1e-1 * sum(told) AND sum(lasted) >= {least_us}
        AND sum(bytes) BETWEEN {least_rate} * sum(lasted) AND {most_rate} * sum(lasted)
"""


# Less is asked of what is kept: days of it may come to as much as one look asks for.
_KEPT = """
    SELECT src, dst, dst_port FROM record WHERE NOT from_client AND ts >= {since} AND ts < {until}
    GROUP BY src, dst, dst_port
    HAVING count(*) >= 2 AND avg(length) BETWEEN {least_size} AND {most_size} AND max(ts) - min(ts) >= 60000000
        AND sum(length) <= {most_rate} * (max(ts) - min(ts))
    ORDER BY count(*) DESC, src, dst, dst_port LIMIT {most}
"""
MOST_CITED = 10
MOST_PLACES = 20_000
"""(host, server, port) of one look that are kept: those that were told most."""
LATE_HOURS = 2
"""Hours that are written anew each time, for rows that come late."""


@dataclass(frozen=True, slots=True)
class PushFlowDetector:
    """One sighting for each (host, server, port) whose server pushes like a pool."""

    name: str = "push_flow"
    reads: frozenset[str] = frozenset({"record"})
    settings: Settings = DEFAULT

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State what weighs enough to be counted, in the order of host, server and port."""
        known: dict[Place, float] = {}
        with context.lake.engine() as engine:
            everything = shown(engine, accumulated(self.settings))
            for _, group in groupby(everything, key=lambda one: (one.host, one.server, one.port)):
                connections = list(group)
                push = seen([sides(one) for one in connections])
                nats = weight(push, self.settings)
                if nats >= self.settings.least_weight:
                    first = connections[0]
                    told = _Told(
                        (first.host, first.server, first.port),
                        first.host_port if len(connections) == 1 else 0,
                        min(int(one.ts[0]) for one in connections),
                        max(int(one.ts[-1]) for one in connections),
                        tuple((one.origin, one.stream) for one in connections),
                    )
                    known[told.place] = nats
                    yield from self._sightings(told, push, nats, context)
        if context.lake.since_us is not None:
            yield from self._from_days(known, context.lake.since_us, context)

    def remember(self, context: Context) -> None:
        """Write the sums of the hours that have ended. Rows that come more than two hours late are not in them."""
        own, now_hour = self.settings, to_us(context.now) // HOUR_US
        kept = Kept.opened(context.lake.directory, make=True)
        assert kept is not None  # noqa: S101 # it was to be made
        with closing(kept):
            settled = kept.settled()
            oldest = now_hour - 24 * own.kept_days
            first = max(oldest, oldest if settled is None else min(settled, now_hour) - LATE_HOURS)
            if settled is not None and settled >= now_hour:
                return
            # The hour before is read with it, for the gaps that reach into the first.
            since, until = (first - 1) * HOUR_US, now_hour * HOUR_US
            seen_there = context.lake.selected(Selection(since_us=since))
            chosen = _KEPT.format(
                since=since,
                until=until,
                least_size=own.least_size,
                most_size=own.most_size,
                most=MOST_PLACES,
                most_rate=f"{4 * own.most_rate / 1e6:e}",
            )
            with seen_there.engine() as engine:
                everything = shown(engine, chosen, f"ts >= {since} AND ts < {until}")
                groups = groupby(everything, key=lambda one: (one.host, one.server, one.port))
                hours = ((place, hours_of(list(group), first, now_hour)) for place, group in groups)
                kept.settle(hours, first, now_hour, oldest)

    def _from_days(self, known: dict[Place, float], since_us: int, context: Context) -> Iterator[Sighting]:
        """What the kept hours show of places that the window shows less of, or nothing."""
        for place, hours in lasting(context.lake.directory, since_us):
            push = together(hours)
            nats = weight(push, self.settings)
            if nats < self.settings.least_weight or nats <= known.get(place, 0.0):
                continue
            sources = {source for one in hours for source in one.sources}
            told = _Told(place, 0, hours[0].first_us, hours[-1].last_us, tuple(sorted(sources)[-MOST_CITED:]))
            yield from self._sightings(told, push, nats - known.get(place, 0.0), context)
            yield self._kept(told, hours, context)

    def _kept(self, told: "_Told", hours: list[Hour], context: Context) -> Sighting:
        text = message(
            "push_flow.kept",
            hours=len(hours),
            days=len({one.hour // 24 for one in hours}),
            first=from_us(told.first_us),
            last=from_us(told.last_us),
        )
        return Sighting(*told.place, self._evidence(told, text, 0.0, context))

    def _sightings(self, told: "_Told", push: Push, nats: float, context: Context) -> Iterator[Sighting]:
        server = told.place[1]
        place: dict[str, str | int] = {
            "host": told.place[0],
            "server": f"[{server}]" if ":" in server else server,
            "port": told.place[2],
        }
        pace = message(
            "push_flow.timer" if push.reset and not push.polled else "push_flow.push",
            **place,
            minutes=push.duration_us // 60_000_000,
            pushes=push.pushes,
            percent=round(100 * push.share),
            size=push.size,
            timer=round(push.timer_us / 1e6),
            timed=round(100 * push.timed),
            early=round(100 * push.early),
            said=push.said,
        )
        beside = []
        if push.shares:
            shares = message("push_flow.shares", **place, said=push.said, shares=push.shares)
            beside.append((shares, min(nats, self.settings.weight_shares)))
        if push.polled:
            beside.append((message("push_flow.polled", **place, size=push.size), self.settings.weight_polled))
        if _hands_in_nothing(push, self.settings):
            idle = message("push_flow.no_shares", hours=push.duration_us // 3_600_000_000)
            beside.append((idle, -self.settings.doubt_no_shares))
        texts = [(pace, nats - sum(more for _, more in beside)), *beside]
        for text, weight_of in texts:
            yield Sighting(*told.place, self._evidence(told, text, weight_of, context), host_port=told.host_port)

    def _evidence(self, told: "_Told", text: Message, nats: float, context: Context) -> Evidence:
        rows = {RowRef(context.sources.get(origin, str(origin)), stream) for origin, stream in told.sources}
        return Evidence(
            detector=self.name,
            family="behaviour",
            grade=Grade.BEHAVED,
            weight=nats,
            text=text,
            first_seen=from_us(told.first_us),
            last_seen=from_us(told.last_us),
            rows=tuple(sorted(rows)),
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """Whose push it is, when it was seen (microseconds), and in which connections of which sources."""

    place: Place
    host_port: int
    first_us: int
    last_us: int
    sources: tuple[tuple[int, int], ...]


def accumulated(own: Settings) -> str:
    """The query for the (src, dst, dst_port) whose rows of `record` are worth a look."""
    return _ACCUMULATED.format(
        least_size=own.least_size,
        most_size=own.most_size,
        least_pushes=own.least_pushes,
        least_us=round(own.least_minutes * 60e6),
        least_rate=f"{own.least_rate / 1e6:e}",
        most_rate=f"{own.most_rate / 1e6:e}",
    )


def weight(push: Push, own: Settings = DEFAULT) -> float:
    """The weight in nats; 0 where it is no push, or one that somebody asked for or answered."""
    rate = push.bytes_down * 1e6 / max(1, push.duration_us)
    if (
        push.pushes < own.least_pushes
        or push.duration_us < own.least_minutes * 60e6
        or push.share < own.least_share
        or (push.asked > MOST_ASKED and not push.polled)
        or push.answered > MOST_ANSWERED
        or not own.least_size <= push.size <= own.most_size
        or not own.least_rate <= rate <= own.most_rate
    ):
        return 0.0
    terms = (
        (own.weight_timer, push.reset and not push.polled),
        (own.weight_shares, push.shares > 0),
        (own.weight_push, True),
        (own.weight_one_size, push.share >= 0.8),
        (own.weight_polled, push.polled),
        (own.weight_silent, push.said - push.shares - push.beats <= push.pushes / 2),
        (own.weight_job_sized, push.size >= 200),
        (own.weight_never_answered, push.answered <= 0.1),
        (-own.doubt_no_shares, _hands_in_nothing(push, own)),
    )
    return sum(nats for nats, holds in terms if holds)


def _hands_in_nothing(push: Push, own: Settings) -> bool:
    return not push.shares and not push.polled and push.duration_us >= own.no_shares_hours * 3.6e9
