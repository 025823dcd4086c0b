"""Tests whether a server's messages follow the blocks of a chain: by arrivals given as a file, or by the campus's own
miners that speak openly.

Source: detection.md of the project's field notes, §6, and docs/adr/0010-block-clock.md. The stated chance counts every
lag, width, size, coin and flow of the round. It sees no content; wallets, feeds and nodes follow blocks too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any, ClassVar

import numpy as np

from minewarden.config.settings import setting
from minewarden.detect.clock.arrivals_file import spread_out
from minewarden.detect.clock.canary import MINERS, canaries
from minewarden.detect.clock.messages import PushFlow, Times, push_flow
from minewarden.detect.clock.reference import BlockClock
from minewarden.detect.clock.said import said_of_blocks, said_of_gaps
from minewarden.detect.clock.test import BlockResult, strongest
from minewarden.detect.detector import SLOW, Context, Pace
from minewarden.detect.push import Push, seen, sides
from minewarden.detect.records import Shown, shown
from minewarden.telemetry.engine import Engine, tuples
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import Message, message

LEAST_BLOCKS = 3
MOST_SAID = 3
"""So many gaps of one record are said, the longest; of others only how many."""
MOST_PER_BLOCK, LEAST_INTERVAL_US, MANY_BLOCKS = 1.3, 45_000_000, 1500
FAMILY = "block-clock"
_WEB = ("h2", "http/1.1", "h3")


@dataclass(frozen=True, slots=True)
class Settings:
    """A server whose usual message is larger than `most_size` bytes sends blocks or pages, not jobs. From
    `many_servers` of one host in step on, it is taken for a node or a wallet. `doubt_only_blocks`: nats taken where
    the server says so little unasked beside the blocks, and the client hands in nothing that looks like shares:
    wallets and notices of blocks are like that (all of bench/ACCURACY.md's); a pool renews its work in between, or
    its miner hands some in. With a hello's shape and a pace besides it stays below the base rate (docs/adr/0007). On a
    chain too fast for that to show yet, as much is taken from shape and pace alone, which such followers have too."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    most_p: float = setting(1e-3, 1e-12, 0.05)
    most_nats: float = setting(15.0, 0, 15)
    least_messages: int = setting(8, 3, 1000)
    most_messages: int = setting(200_000, 100, 10_000_000)
    most_size: int = setting(1400, 60, 16_384)
    many_servers: int = setting(4, 2, 1000)
    doubt_only_blocks: float = setting(6.0, 0, 6)


DEFAULT = Settings()

_CHOSEN = """
    SELECT src, dst, dst_port FROM record WHERE NOT from_client GROUP BY src, dst, dst_port
    HAVING count(*) BETWEEN {least} AND {most} AND median(length) <= {size}
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A flow that follows a chain, with what is cited of it."""

    host: str
    server: str
    port: int
    host_port: int
    rows: tuple[RowRef, ...]
    result: BlockResult
    push: Push


@dataclass(frozen=True, slots=True)
class BlockClockDetector:
    """One sighting for each (host, server, port) that follows a chain beyond chance."""

    name: str = "block_clock"
    reads: frozenset[str] = frozenset({"block", "message"})
    settings: Settings = DEFAULT
    pace: ClassVar[Pace] = SLOW

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State what stays significant when all flows of the round are counted."""
        with context.lake.engine() as engine:
            own = self.settings
            engine.keep("clocked", _CHOSEN.format(least=own.least_messages, most=own.most_messages, size=own.most_size))
            # Reading what open miners say is most of the work, and for nothing where no flow is to be tested.
            if not any(batch.num_rows for batch in engine.ask("SELECT src FROM clocked LIMIT 1")):
                return
            given = _clocks(engine)
            named = {clock.coin for clock in given}
            clocks = [*given, *(clock for clock in canaries(engine) if clock.coin not in named)]
            if not clocks:
                return
            flows, kept = 0, list[_Kept]()
            chosen = "SELECT src, dst, dst_port FROM clocked"
            for (host, server, port), group in groupby(
                shown(engine, chosen), key=lambda one: (one.host, one.server, one.port)
            ):
                connections = list(group)
                result = strongest(_flow(connections), clocks)
                if result is None:
                    continue
                flows += 1
                if result.p_corrected <= own.most_p:
                    rows = {
                        RowRef(context.sources.get(one.origin, f"#{one.origin}"), one.stream) for one in connections
                    }
                    host_port = connections[0].host_port if len(connections) == 1 else 0
                    kept.append(
                        _Kept(
                            host,
                            server,
                            port,
                            host_port,
                            tuple(sorted(rows)),
                            result,
                            seen([sides(one) for one in connections]),
                        )
                    )
            web = _web(engine)
        counted = [one for one in (_counted(one, flows) for one in kept) if one.result.p_corrected <= own.most_p]
        alike = Counter((one.host, one.result.coin) for one in counted)
        for one in counted:
            yield from self._sightings(one, web.get((one.host, one.server, one.port), ""), alike)

    def abstains(self, context: Context) -> Iterator[Message]:
        """Which of the given arrivals cannot be tested, and what of the time watched they leave out."""
        with context.lake.engine() as engine:
            clocks = _clocks(engine)
            [(first, last)] = _watched(engine)
        for clock in clocks:
            if not clock.testable:
                yield message("clock.too_fast", coin=clock.coin, interval=f"{clock.interval_s:.2g}")
            elif first is not None and last is not None:
                yield from _left_out(clock, first, last)

    def _sightings(self, one: _Kept, alpn: str, alike: Counter[tuple[str, str]]) -> Iterator[Sighting]:
        servers = alike[one.host, one.result.coin]
        doubts: list[Message] = [message("block_clock.web", alpn=alpn)] if alpn else []
        if servers >= self.settings.many_servers:
            doubts.append(message("block_clock.many", servers=servers, coin=one.result.coin))
        nats = max(0.0, min(self.settings.most_nats, one.result.log_likelihood)) / (2 if doubts else 1)
        # What follows blocks for another likely reason may rank, but must not help to confirm.
        p_value = None if doubts else one.result.p_corrected
        beside = [message("block_clock.miners", coin=one.result.coin)] if one.result.source == MINERS else []
        for text, weight, p in (
            (said_of_blocks(one.result), nats, p_value),
            *((said, 0.0, None) for said in (*doubts, *beside)),
        ):
            evidence = Evidence(
                detector=self.name,
                family=FAMILY,
                grade=Grade.BEHAVED,
                weight=weight,
                text=text,
                first_seen=from_us(one.result.first_us),
                last_seen=from_us(one.result.last_us),
                rows=one.rows,
                p_value=p,
            )
            yield Sighting(one.host, one.server, one.port, evidence, host_port=one.host_port)
        if only_blocks(one.push, one.result):
            yield self._told_of_blocks(one, "confounder", "only")
        elif undecided(one.push, one.result):
            yield self._told_of_blocks(one, "follower", "undecided")

    def _told_of_blocks(self, one: _Kept, family: str, key: str) -> Sighting:
        text = message(
            f"block_clock.{key}", blocks=one.result.blocks, told=one.push.told, coin=one.result.coin, said=one.push.said
        )
        evidence = Evidence(
            detector=self.name,
            family=family,
            grade=Grade.CONNECTED,
            weight=-self.settings.doubt_only_blocks,
            text=text,
            first_seen=from_us(one.result.first_us),
            last_seen=from_us(one.result.last_us),
            rows=one.rows,
        )
        return Sighting(one.host, one.server, one.port, evidence, host_port=one.host_port)


def only_blocks(push: Push, result: BlockResult) -> bool:
    """Whether the server hardly says anything unasked but the blocks, and nothing looks like shares handed in.

    On a chain whose blocks come faster than most timers a pool hardly says anything in between either: there it is
    asked after many blocks only, when a timer would have run out now and then, and its end would show.
    """
    return _hardly_more(push, result) and (
        not _fast(result) or (result.blocks >= MANY_BLOCKS and not push.reset and not push.polled)
    )


def undecided(push: Push, result: BlockResult) -> bool:
    """Whether it looks so on a chain too fast, watched for too short a time, to tell a pool from a notice of blocks."""
    if only_blocks(push, result) or not _fast(result):
        return False
    return _hardly_more(push, result) and not push.reset and not push.polled


def _hardly_more(push: Push, result: BlockResult) -> bool:
    return not push.shares and push.told <= MOST_PER_BLOCK * result.blocks


def _fast(result: BlockResult) -> bool:
    return (result.last_us - result.first_us) / max(1, result.blocks) < LEAST_INTERVAL_US


def _clocks(engine: Engine) -> list[BlockClock]:
    """One clock per coin. Two nodes' arrivals of one height count once, as the earlier."""
    times: dict[str, list[int]] = defaultdict(list)
    query = "SELECT coin, min(ts) AS arrived FROM block GROUP BY coin, coalesce(height, -ts) ORDER BY coin, arrived"
    rows: Any = tuples(engine.ask(query))
    for coin, at in rows:
        times[coin].append(at)
    return [
        BlockClock(coin, _spread(np.array(row, np.int64)), coin, "file")
        for coin, row in times.items()
        if len(row) >= LEAST_BLOCKS
    ]


def _watched(engine: Engine) -> list[tuple[int | None, int | None]]:
    """When servers said the first and the last thing that could be tested."""
    rows: Any = tuples(engine.ask("SELECT min(ts) AS first, max(ts) AS last FROM record WHERE NOT from_client"))
    return list(rows)


def _left_out(clock: BlockClock, first_us: int, last_us: int) -> Iterator[Message]:
    """What a record of arrivals does not tell of the time from the first to the last message."""
    begin, end = int(clock.arrivals_us[0]), int(clock.arrivals_us[-1])
    if end < first_us or begin > last_us:
        yield message("clock.elsewhere", coin=clock.coin, first=from_us(begin), last=from_us(end))
        return
    gaps = [gap for gap in clock.gaps if gap.from_us < last_us and gap.until_us > first_us]
    longest = sorted(gaps, key=lambda gap: gap.from_us - gap.until_us)[:MOST_SAID]
    yield from said_of_gaps(clock, sorted(longest))
    if len(gaps) > MOST_SAID:
        yield message("clock.more_gaps", coin=clock.coin, count=len(gaps) - MOST_SAID)


def _spread(times: Times) -> Times:
    """Arrivals known to the second are spread within it, or a timer on whole seconds would keep their phase."""
    whole = times % 1_000_000 == 0
    times[whole] = spread_out(times[whole], 1_000_000)
    return np.sort(times)


def _flow(connections: list[Shown]) -> PushFlow:
    down = [~one.up for one in connections]
    times = np.concatenate([one.ts[mine] for one, mine in zip(connections, down, strict=True)])
    return push_flow(times, np.concatenate([one.length[mine] for one, mine in zip(connections, down, strict=True)]))


def _counted(one: _Kept, flows: int) -> _Kept:
    """The same with all flows of the round counted as tests."""
    result = one.result
    p = min(1.0, result.p_corrected * flows)
    return replace(one, result=replace(result, p_corrected=p, tests=result.tests * flows))


def _web(engine: Engine) -> dict[tuple[str, str, int], str]:
    listed = ", ".join(f"'{name}'" for name in _WEB)
    query = f"""
        SELECT src, dst, coalesce(dst_port, 0) AS port, min(alpn) AS alpn FROM tls WHERE alpn IN ({listed})
        GROUP BY src, dst, dst_port"""
    rows: Any = tuples(engine.ask(query))
    return {(src, dst, port): alpn for src, dst, port, alpn in rows}
