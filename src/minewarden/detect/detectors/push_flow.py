"""Ranks connections in which the server keeps pushing small messages of one size on a pool's timer.

Source: detection.md of the project's field notes, §5, and the connections it was measured on. It sees no content: alone
it never says more than "suspected". Scenario: encrypted mining at an unknown address (S3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from minewarden.detect.detector import Context
from minewarden.detect.push import MOST_ANSWERED, MOST_ASKED, Push, seen, sides
from minewarden.detect.records import Shown, shown
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import message

LEAST_PUSHES = 8
LEAST_US = 240_000_000
LEAST_SHARE = 0.6
SIZES = (60, 1400)
RATES = (1.0, 150.0)
"""Bytes a second from the server."""

WEIGHTS = {
    "timer": 2.0,
    "shares": 1.5,
    "push": 0.5,
    "one size": 0.5,
    "silent": 1.0,
    "job sized": 0.5,
    "never answered": 0.5,
}
"""Log-likelihood ratios in nats, set by hand from eight real miners' connections (all have size and rate, three the
timer) and from all harmless captures (none has the timer together with size); a sample too small to fit more. Things
that report on change keep a pool's timer too, but hand in nothing at random that is answered (bench/ACCURACY.md)."""

LEAST_WEIGHT = 2.0
"""What weighs less is not stated at all, not even beside other reasons."""

_ACCUMULATED = f"""
    SELECT src, dst, dst_port FROM (
        SELECT src, dst, dst_port, origin, stream, max(ts) - min(ts) AS lasted,
            count(*) FILTER (WHERE NOT from_client) AS told, sum(length) FILTER (WHERE NOT from_client) AS bytes,
            count(*) FILTER (WHERE NOT from_client AND length BETWEEN {SIZES[0]} AND {SIZES[1]}) AS small
        FROM record GROUP BY src, dst, dst_port, origin, stream)
    GROUP BY src, dst, dst_port
    HAVING sum(small) >= {LEAST_PUSHES} AND sum(small) >= 1e-1 * sum(told) AND sum(lasted) >= {LEAST_US}
        AND sum(bytes) BETWEEN {RATES[0] / 1e6} * sum(lasted) AND {RATES[1] / 1e6} * sum(lasted)
"""


@dataclass(frozen=True, slots=True)
class PushFlowDetector:
    """One sighting for each (host, server, port) whose server pushes like a pool."""

    name: str = "push_flow"
    reads: frozenset[str] = frozenset({"record"})

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State what weighs enough to be counted, in the order of host, server and port."""
        with context.lake.engine() as engine:
            everything = shown(engine, _ACCUMULATED)
            for _, group in groupby(everything, key=lambda one: (one.host, one.server, one.port)):
                connections = list(group)
                push = seen([sides(one) for one in connections])
                nats = weight(push)
                if nats >= LEAST_WEIGHT:
                    yield from self._sightings(connections, push, nats, context)

    def _sightings(self, connections: list[Shown], push: Push, nats: float, context: Context) -> Iterator[Sighting]:
        first = connections[0]
        place: dict[str, str | int] = {
            "host": first.host,
            "server": f"[{first.server}]" if ":" in first.server else first.server,
            "port": first.port,
        }
        pace = message(
            "push_flow.timer" if has_timer(push) else "push_flow.push",
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
        handed_in = WEIGHTS["shares"] if push.shares else 0.0
        texts = [(pace, nats - handed_in)]
        if push.shares:
            texts.append((message("push_flow.shares", **place, said=push.said, shares=push.shares), handed_in))
        sources = {RowRef(context.sources.get(one.origin, str(one.origin)), one.stream) for one in connections}
        for text, weight_of in texts:
            evidence = Evidence(
                detector=self.name,
                family="behaviour",
                grade=Grade.BEHAVED,
                weight=weight_of,
                text=text,
                first_seen=from_us(min(int(one.ts[0]) for one in connections)),
                last_seen=from_us(max(int(one.ts[-1]) for one in connections)),
                rows=tuple(sorted(sources)),
            )
            port = first.host_port if len(connections) == 1 else 0
            yield Sighting(host=first.host, server=first.server, port=first.port, host_port=port, evidence=evidence)


def has_timer(push: Push) -> bool:
    """Whether most messages keep a timer that early ones start anew: a heartbeat has no early ones."""
    early = push.early * max(1, push.jobs - 1)
    return push.timed >= 0.4 and push.late <= 0.15 and push.timer_us >= 5_000_000 and early >= 2 and push.early >= 0.02


def weight(push: Push) -> float:
    """The weight in nats; 0 where it is no push, or one that somebody asked for or answered."""
    rate = push.bytes_down * 1e6 / max(1, push.duration_us)
    if (
        push.pushes < LEAST_PUSHES
        or push.duration_us < LEAST_US
        or push.share < LEAST_SHARE
        or push.asked > MOST_ASKED
        or push.answered > MOST_ANSWERED
        or not SIZES[0] <= push.size <= SIZES[1]
        or not RATES[0] <= rate <= RATES[1]
    ):
        return 0.0
    terms = {
        "timer": has_timer(push),
        "shares": push.shares > 0,
        "push": True,
        "one size": push.share >= 0.8,
        "silent": push.said <= push.pushes,
        "job sized": push.size >= 200,
        "never answered": push.answered <= 0.1,
    }
    return sum(WEIGHTS[name] for name, holds in terms.items() if holds)
