"""The time in which a block can be tested against a series of messages, and how much of it the windows cover.

A block at b hits, at lag d and width w, when a message arrives within (b + d, b + d + w]; equally, when b + d lies in
the last min(gap, w) of the gap between two messages. So everything is said in the time of the messages: a block's
due time is b + d, and what a window covers depends on the gaps alone. Windows are half open, so that times cut to
whole seconds are counted as they should be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.messages import Times
from minewarden.detect.clock.spans import Spans, overlaps


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Messages and the stretches of time that count. Every stretch lies between the first and the last message."""

    times_us: Times
    spans_us: Spans

    @property
    def length_us(self) -> int:
        """How much time counts."""
        return int((self.spans_us[:, 1] - self.spans_us[:, 0]).sum())

    def counts(self, due_us: Times) -> NDArray[np.bool_]:
        """Which due times lie in time that counts."""
        if len(self.spans_us) == 0:
            return np.zeros(len(due_us), bool)
        at = np.searchsorted(self.spans_us[:, 0], due_us, "left") - 1
        return np.asarray((at >= 0) & (due_us <= self.spans_us[np.maximum(at, 0), 1]))

    def delays(self, due_us: Times) -> Times:
        """From each due time (which must count) to the next message, in microseconds."""
        return np.asarray(self.times_us[np.searchsorted(self.times_us, due_us, "left")] - due_us)

    def covered(self, widths_us: Times) -> NDArray[np.float64]:
        """The share of the time that each width's windows cover; 0 where no time counts."""
        if self.length_us == 0:
            return np.zeros(len(widths_us))
        if len(self.spans_us) == 1 and tuple(self.spans_us[0]) == (self.times_us[0], self.times_us[-1]):
            gaps = np.diff(self.times_us)
            sums = [np.minimum(gaps, width).sum() for width in widths_us]
        else:
            sums = [self.covered_each(int(width)).sum() for width in widths_us]
        return np.array(sums, np.float64) / self.length_us

    def covered_each(self, width_us: int) -> Times:
        """How much of each stretch one width's windows cover, in microseconds; here stretches may overlap."""
        return self._until(width_us, 1) - self._until(width_us, 0)

    def turned(self, due_us: Times, shares: NDArray[np.float64]) -> Times:
        """Due times moved on around the circle of the time that counts: shape (shifts, times)."""
        lengths = self.spans_us[:, 1] - self.spans_us[:, 0]
        begins = np.concatenate(([0], np.cumsum(lengths)))
        at = np.searchsorted(self.spans_us[:, 0], due_us, "left") - 1
        place = begins[at] + due_us - self.spans_us[at, 0]
        moved = (place[None, :] + (shares[:, None] * self.length_us).astype(np.int64) - 1) % self.length_us + 1
        at = np.searchsorted(begins, moved, "left") - 1
        return np.asarray(self.spans_us[at, 0] + moved - begins[at])

    def _until(self, width: int, side: int) -> Times:
        """Covered time from the first message to each stretch's begin or end."""
        gaps = np.diff(self.times_us)
        last = np.minimum(gaps, width)
        done = np.concatenate(([0], np.cumsum(last)))
        x = self.spans_us[:, side]
        gap = np.clip(np.searchsorted(self.times_us, x, "left") - 1, 0, len(gaps) - 1)
        return np.asarray(done[gap] + np.maximum(0, x - (self.times_us[gap + 1] - last[gap])))


def awake(times_us: Times, silence_us: int) -> Spans:
    """From the first message to the last, without gaps longer than `silence_us`: nobody was served then."""
    silent = np.flatnonzero(times_us[1:] - times_us[:-1] > silence_us)
    begins = np.concatenate((times_us[:1], times_us[silent + 1]))
    ends = np.concatenate((times_us[silent], times_us[-1:]))
    return np.stack((begins, ends), axis=1)


def exposure(times_us: Times, within_us: Spans, silence_us: int) -> Exposure:
    """Messages tested within the given stretches, as far as they were awake."""
    return Exposure(times_us, overlaps(awake(times_us, silence_us), within_us))
