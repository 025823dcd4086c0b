"""What the times and sizes of a server's messages show: whether it pushes like a pool.

A pool sends work of one size that nobody asked for: every R seconds, and at once on a new block, after which the timer
starts anew, so that hardly a gap exceeds R. Heartbeats have no early messages, or are answered, or wait for silence.
Source: detection.md of the project's field notes, §5, measured on real miners' connections of January 2026 and on
harmless captures; a small sample: what it gives are ranks, not proofs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.records import Shown

Ints = NDArray[np.int64]

MERGE_US = 50_000
ANSWER_US = 1_000_000
ASKED_US = 2_000_000
"""A message that follows so soon upon one of the other end is taken for an answer."""

MOST_ASKED, MOST_ANSWERED = 0.5, 0.25
"""More than this share of messages asked for, or answered at once, and they are no push."""

SIZE_SLACK = 2
BLOCKS = (8, 16)
"""Ciphers that fill up their last block make two lengths, one block apart, of texts that differ by a byte."""
BRANCH, MOST_BRANCHES = 67, 14
"""What one more branch of the tree of transactions adds to a job of Bitcoin's family: 64 digits, quotes, a comma."""
LEAST_SLACK_US, SLACK = 600_000, 0.07

LEAST_TOLD = 60
"""Bytes; what is shorter is a heartbeat."""

LEAST_SHARES = 8
SHARE_SIZE, ANSWER_SIZE = (90, 4000), 240
SHARE_PART, ANSWER_PART = 0.3, 0.7
MOST_TIMED, GAPS_CV = 0.35, (0.6, 1.7)
"""Shares: the commonest thing that the client says, or the next to it after its heartbeats, has one length, comes at
random (gaps as of a Poisson process: neither timer nor bursts) and gets an answer that is shorter and of one length."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Messages of one end, in order: when (microseconds) and how long (bytes)."""

    times_us: Ints
    sizes: Ints


@dataclass(frozen=True, slots=True)
class Push:
    """One connection or several of the same host and server, seen as a push.

    pushes: messages of the server that nobody had asked for. size: their commonest length in bytes, share: how much
    of them has it. jobs: all messages of that length; asked, answered: how much of them the client had asked for, or
    answered at once. timer_us: the commonest gap between them, timed: how much of the gaps it holds, early, late: how
    much of the gaps is shorter or longer. said: messages of the client.
    """

    pushes: int = 0
    size: int = 0
    share: float = 0.0
    jobs: int = 0
    timer_us: int = 0
    timed: float = 0.0
    early: float = 0.0
    late: float = 0.0
    said: int = 0
    told: int = 0
    shares: int = 0
    asked: float = 0.0
    answered: float = 0.0
    duration_us: int = 0
    bytes_down: int = 0


def merged(times_us: Any, sizes: Any) -> Side:
    """Segments of one end as messages: what comes less than 50 ms after the segment before it belongs to it."""
    times, lengths = np.asarray(times_us, np.int64), np.asarray(sizes, np.int64)
    order = np.argsort(times, kind="stable")
    times, lengths = times[order], lengths[order]
    if not len(times):
        return Side(times, lengths)
    first = np.concatenate(([0], np.flatnonzero(np.diff(times) >= MERGE_US) + 1))
    return Side(times[first], np.add.reduceat(lengths, first))


def sides(one: Shown) -> tuple[Side, Side]:
    """The client's and the server's messages of a connection."""
    up, down = np.flatnonzero(one.up), np.flatnonzero(~one.up)
    return merged(one.ts[up], one.length[up]), merged(one.ts[down], one.length[down])


def seen(connections: list[tuple[Side, Side]]) -> Push:
    """What the connections (client's side, server's side) of one host and one server show together."""
    said = sum(len(up.times_us) for up, _ in connections)
    asked = [followed(up.times_us, down.times_us) for up, down in connections]
    free = [down.sizes[~follows] for (_, down), follows in zip(connections, asked, strict=True)]
    pushes = sum(len(sizes) for sizes in free)
    if not pushes:
        return Push(said=said)
    size, alike = _usual(np.concatenate(free))
    near = int(alike(np.concatenate(free)).sum())
    chosen = [alike(down.sizes) for _, down in connections]
    jobs = [down.times_us[mine] for (_, down), mine in zip(connections, chosen, strict=True)]
    count = sum(len(times) for times in jobs)
    after = sum(int(follows[mine].sum()) for follows, mine in zip(asked, chosen, strict=True))
    replied = sum(answered(times, up.times_us) for times, (up, _) in zip(jobs, connections, strict=True))
    timer, timed, early, late = _timer(np.concatenate([np.diff(times) for times in jobs]))
    ends = [np.concatenate((up.times_us, down.times_us)) for up, down in connections]
    return Push(
        pushes=pushes,
        size=size,
        share=near / pushes,
        jobs=count,
        timer_us=timer,
        timed=timed,
        early=early,
        late=late,
        said=said,
        told=int((np.concatenate(free) >= LEAST_TOLD).sum()),
        shares=_shares(connections),
        asked=after / count,
        answered=replied / count,
        duration_us=sum(int(times.max() - times.min()) for times in ends if len(times)),
        bytes_down=sum(int(down.sizes.sum()) for _, down in connections),
    )


def gaps_of(downs: list[Side], size: int, hour: int) -> Ints:
    """The gaps between a server's messages that are about `size` bytes long, where they end in an hour since 1970."""
    out = [np.zeros(0, np.int64)]
    for down in downs:
        times = down.times_us[np.abs(down.sizes - size) <= SIZE_SLACK]
        ends = times[1:] // 3_600_000_000 == hour
        out.append(np.diff(times)[ends])
    return np.concatenate(out)


def summed(
    sizes: Ints,
    gaps: Ints,
    *,
    pushes: int,
    jobs: int,
    asked: int,
    answered: int,
    said: int,
    told: int,
    shares: int,
    duration_us: int,
    bytes_down: int,
) -> Push:
    """A push from sums over several stretches. sizes: the commonest length of each, as often as it occurred in it."""
    if not pushes or not len(sizes):
        return Push(said=said)
    size, alike = _usual(sizes)
    timer, timed, early, late = _timer(gaps)
    return Push(
        pushes=pushes,
        size=size,
        share=int(alike(sizes).sum()) / pushes,
        jobs=jobs,
        timer_us=timer,
        timed=timed,
        early=early,
        late=late,
        said=said,
        told=told,
        shares=shares,
        asked=asked / max(1, jobs),
        answered=answered / max(1, jobs),
        duration_us=duration_us,
        bytes_down=bytes_down,
    )


def followed(causes: Ints, effects: Ints) -> NDArray[np.bool_]:
    """Which effects (times in microseconds, sorted) come within two seconds after a cause."""
    if not len(causes):
        return np.zeros(len(effects), np.bool_)
    at = np.searchsorted(causes, effects, "right") - 1
    waited = effects - causes[np.maximum(at, 0)]
    found: NDArray[np.bool_] = (at >= 0) & (waited <= ASKED_US)
    return found


def answered(jobs: Ints, client: Ints) -> int:
    """How many messages the client answers within a second; times in microseconds, sorted."""
    if not len(client):
        return 0
    at = np.searchsorted(client, jobs, "left")
    waited = client[np.minimum(at, len(client) - 1)] - jobs
    return int(((at < len(client)) & (waited <= ANSWER_US)).sum())


def _shares(connections: list[tuple[Side, Side]]) -> int:
    """How many messages of the client look like shares handed in; 0 where they do not."""
    sizes = np.concatenate([up.sizes for up, _ in connections])
    least = max(LEAST_SHARES, SHARE_PART * len(sizes))
    for _ in range(2):
        if len(sizes) < least:
            break
        size, alike = _usual(sizes)
        mine = [up.times_us[alike(up.sizes)] for up, _ in connections]
        if SHARE_SIZE[0] <= size <= SHARE_SIZE[1] and _handed_in(size, mine, connections, least):
            return sum(len(times) for times in mine)
        sizes = sizes[~alike(sizes)]
    return 0


def _handed_in(size: int, mine: list[Ints], connections: list[tuple[Side, Side]], least: float) -> bool:
    """Whether messages of one length come at random and are answered as shares are."""
    count, gaps = sum(len(times) for times in mine), np.concatenate([np.diff(times) for times in mine])
    if count < least or len(gaps) < 2:
        return False
    timed, spread = _timer(gaps)[1], float(gaps.std() / gaps.mean())
    if timed > MOST_TIMED or not GAPS_CV[0] <= spread <= GAPS_CV[1]:
        return False
    replies = np.concatenate([_replies(times, down) for times, (_, down) in zip(mine, connections, strict=True)])
    if len(replies) < ANSWER_PART * count:
        return False
    answer, same = _usual(replies)
    return answer < min(size, ANSWER_SIZE) and bool(same(replies).mean() >= ANSWER_PART)


def _replies(shares: Ints, down: Side) -> Ints:
    """The lengths of the first messages of the server within a second after each."""
    if not len(down.times_us):
        return down.sizes
    at = np.searchsorted(down.times_us, shares, "right")
    first = np.minimum(at, len(down.times_us) - 1)
    soon = (at < len(down.times_us)) & (down.times_us[first] - shares <= ANSWER_US)
    return np.asarray(down.sizes[first[soon]])


def _usual(sizes: Ints) -> tuple[int, Callable[[Ints], NDArray[np.bool_]]]:
    """The commonest length, and what is as long: within two bytes, or one block of a cipher away, or some branches of
    Bitcoin's tree away, whichever of these holds most."""
    size, held = _modal(sizes)
    apart = sizes - size
    best, offsets = held, np.zeros(1, np.int64)
    branches = BRANCH * np.arange(-MOST_BRANCHES, MOST_BRANCHES + 1)
    for more in (*(np.array([0, sign * block]) for block in BLOCKS for sign in (-1, 1)), branches):
        near = int(_near(apart, more).sum())
        if near > best:
            best, offsets = near, more
    return size, lambda others: _near(others - size, offsets)


def _near(apart: Ints, offsets: Ints) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (np.abs(apart[:, None] - offsets[None, :]) <= SIZE_SLACK).any(axis=1)
    return found


def _modal(sizes: Ints) -> tuple[int, int]:
    """The length around which, within two bytes, most messages are, and how many."""
    values, counts = np.unique(sizes, return_counts=True)
    total = np.concatenate(([0], np.cumsum(counts)))
    lower = np.searchsorted(values, values - SIZE_SLACK, "left")
    upper = np.searchsorted(values, values + SIZE_SLACK, "right")
    near = total[upper] - total[lower]
    best = int(np.lexsort((values, -counts, -near))[0])
    return int(values[best]), int(near[best])


def _timer(gaps: Ints) -> tuple[int, float, float, float]:
    """The gap that most gaps are near (0.6 s or 7 %), its share, and the shares of the shorter and the longer ones."""
    if not len(gaps):
        return 0, 0.0, 0.0, 0.0
    gaps = np.sort(gaps)
    slack = np.maximum(LEAST_SLACK_US, (gaps * SLACK).astype(np.int64))
    lower, upper = np.searchsorted(gaps, gaps - slack, "left"), np.searchsorted(gaps, gaps + slack, "right")
    # Of equally common gaps the longest: a timer is what the others fall short of.
    best = int(np.lexsort((-gaps, lower - upper))[0])
    held, count = int(upper[best] - lower[best]), len(gaps)
    return int(gaps[best]), held / count, int(lower[best]) / count, (count - int(upper[best])) / count
