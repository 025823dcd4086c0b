"""Says how a finding's state came about, to somebody who knows neither statistics nor mining: a teacher, a parent.

First what the reasons add up to, then why the state is this one, then each kind of reason with what else could explain
it. Numbers are said in words too, and never as certain: the weights behind them are set by hand.
"""

from collections.abc import Mapping

from minewarden.detect.weigh import FAMILIES, Weighed
from minewarden.vocab.message import Message, message

BANDS = ((0.99, "almost"), (0.9, "very_likely"), (0.5, "likely"), (0.2, "open"), (0.01, "unlikely"))
"""From which probability on which sentence is said; below the last: `remote`."""


def explained(weighed: Weighed) -> tuple[Message, ...]:
    """The sentences, in the order in which they are to be read."""
    kinds = {family: nats for family, nats in weighed.families.items() if nats > 0}
    told = [_sum(weighed, kinds), message(f"explain.ground_{weighed.ground.replace('-', '_')}")]
    told.extend(_family(family, nats) for family, nats in kinds.items())
    if weighed.doubt > 0:
        told.append(message("explain.doubt", nats=f"{weighed.doubt:.1f}"))
    return tuple(told)


def _sum(weighed: Weighed, kinds: Mapping[str, float]) -> Message:
    band = next((name for least, name in BANDS if weighed.probability >= least), "remote")
    one_in = round(1 / weighed.base_rate)
    return message(f"explain.sum_{band}", percent=percent(weighed.probability), kinds=len(kinds), one_in=one_in)


def _family(family: str, nats: float) -> Message:
    key = family.replace("-", "_") if family in FAMILIES else "other"
    return message(f"explain.family_{key}", nats=f"{nats:.1f}")


def percent(probability: float) -> str:
    """Two digits at most, and neither nought nor a hundred: `0.01`, `2.4`, `37`, `99`."""
    hundredths = min(99.0, 100 * probability)
    return f"{hundredths:.0f}" if hundredths >= 10 else f"{max(0.01, hundredths):.2g}"
