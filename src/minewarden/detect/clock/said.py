"""Says the result of a clock's test as a sentence, with what else could explain it."""

from collections.abc import Iterable
from math import floor, log10

from minewarden.detect.clock.reference import BlockClock, Gap
from minewarden.detect.clock.same_clock import Pair
from minewarden.detect.clock.test import BlockResult
from minewarden.vocab.clock import from_us
from minewarden.vocab.message import Message, message

SIGNIFICANT = 1e-3
SMALLEST = 1e-12
"""Below this a chance is only said to be at most so small: no model of the world is better known."""


def said_of_blocks(result: BlockResult) -> Message:
    """The sentence for a flow and a chain: that it follows, or that no relation was seen."""
    first, last = from_us(result.first_us), from_us(result.last_us)
    if result.p_corrected >= SIGNIFICANT:
        return message(
            "clock.unrelated",
            first=first,
            last=last,
            coin=result.coin,
            blocks=result.blocks,
            tests=result.tests,
            chance=f"{result.p_corrected:.2g}",
        )
    return message(
        "clock.follows",
        first=first,
        last=last,
        coin=result.coin,
        blocks=result.blocks,
        hits=result.hits,
        lag=result.lag_s,
        until=result.lag_s + result.width_s,
        expected=_expected(result.blocks * result.p0),
        tests=result.tests,
        chance=one_in(result.p_corrected),
    )


def said_of_pair(pair: Pair, other: str, pairs: int) -> Message:
    """The sentence for two flows of one clock. `other`: how the other one may be shown to the reader."""
    return message(
        "clock.same",
        other=other,
        events=pair.events,
        hits=pair.hits,
        lag=pair.lag_s,
        until=pair.lag_s + pair.width_s,
        expected=_expected(pair.events * pair.p0),
        pairs=pairs,
        chance=one_in(pair.p_corrected),
    )


def said_of_gaps(clock: BlockClock, gaps: Iterable[Gap]) -> list[Message]:
    """One sentence for each stretch of a clock that is left out."""
    return [
        message(
            "clock.gap", coin=clock.coin, source=clock.source, first=from_us(gap.from_us), last=from_us(gap.until_us)
        )
        for gap in gaps
    ]


def one_in(p: float) -> str:
    """A probability as `1/1,900,000`, two digits, never smaller than it is, and never below 10^-12."""
    inverse = 1 / max(p, SMALLEST)
    unit = 10 ** max(0, floor(log10(inverse) + 1e-9) - 1)
    return f"1/{int(inverse / unit + 1e-9) * unit:,}"


def _expected(count: float) -> str:
    return f"{count:.1f}" if count < 10 else f"{count:.0f}"
