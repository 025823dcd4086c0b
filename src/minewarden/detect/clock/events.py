"""What in a flow may be a new block: messages that come before the server's refresh timer has run out.

Source: detection.md of the project's field notes, §5: pools send work again every R seconds and at once on a new
block, after which the timer starts anew; the gaps are R, R, R, short, R. Two timers that tick alike are no common
clock, so only what breaks the timer is compared.
"""

import numpy as np

from minewarden.detect.clock.messages import Times
from minewarden.detect.clock.reference import PHASES_S, keeps_phase

LEAST_SLACK_US, SLACK = 600_000, 0.07
TIMER_SHARE = 0.25
LATE_SHARE = 0.1
DEAD_US = 5_000_000
"""After an event none is taken for so long: a burst is one event, not ten coincidences."""

LEAST_EVENTS = 8
LEAST_SPACING_US = 12_000_000
"""Events closer than this on average are no blocks of a chain that can be told apart."""
LONG_PHASES_S = (*PHASES_S, 15.0, 20.0, 120.0, 900.0, 1800.0, 3600.0)
PHASE_STRENGTH = 6.0


def refresh_timer(times_us: Times) -> int:
    """The refresh timer in microseconds; 0 where the flow has none.

    A timer holds a quarter of the gaps at least, within 0.6 s or 7 %, and hardly any gap is longer.
    """
    gaps = np.sort(np.diff(times_us))
    if len(gaps) < LEAST_EVENTS:
        return 0
    slack = np.maximum(LEAST_SLACK_US, (gaps * SLACK).astype(np.int64))
    near = np.searchsorted(gaps, gaps + slack, "right") - np.searchsorted(gaps, gaps - slack, "left")
    best = int(near.argmax())
    timer, held = int(gaps[best]), int(near[best])
    late = len(gaps) - int(np.searchsorted(gaps, timer + slack[best], "right"))
    if held < TIMER_SHARE * len(gaps) or late > LATE_SHARE * len(gaps) or timer < 2 * DEAD_US:
        return 0
    return timer


def events(times_us: Times) -> Times:
    """Messages that break the timer, or all messages where there is no timer; thinned to one in five seconds."""
    timer = refresh_timer(times_us)
    chosen = times_us
    if timer:
        early = np.diff(times_us) < timer - max(LEAST_SLACK_US, int(timer * SLACK))
        chosen = times_us[1:][early]
    return _thinned(chosen)


def comparable(found: Times) -> bool:
    """Whether events may be compared with those of other flows: enough, not too dense, irregular, and at no
    round times."""
    if len(found) < LEAST_EVENTS:
        return False
    gaps = np.diff(found)
    if gaps.mean() < LEAST_SPACING_US:
        return False
    spread = float(gaps.std() / gaps.mean())
    return 0.4 < spread < 2.5 and not keeps_phase(found, LONG_PHASES_S, PHASE_STRENGTH)


def _thinned(times: Times) -> Times:
    if len(times) < 2 or int(np.diff(times).min()) >= DEAD_US:
        return times
    following = np.searchsorted(times, times + DEAD_US, "left").tolist()
    kept, at = [], 0
    while at < len(times):
        kept.append(at)
        at = following[at]
    return times[kept]
