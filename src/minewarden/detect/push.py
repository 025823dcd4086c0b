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
from minewarden.telemetry.packets.shapes import MOST_PER_SIDE

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
LOOSE_SLACK_US = 2_000_000
"""For timers that are late by a second or two, as some pools' are (detection.md, §5): where the narrow finds none."""
LEAST_TIMER_US, LEAST_TIMED, MOST_LATE, LEAST_EARLY = 5_000_000, 0.4, 0.15, 0.02
LEAST_BOUND, MOST_BEYOND, OUTSTANDING, SIGMAS = 20, 0.1, 1.5, 5.0
"""A timer that blocks hardly ever let run out: so many gaps at it, of those beyond it at most this share, and more of
them, by this factor and this many standard deviations, than in as long a stretch before it, where gaps between blocks
alone are commoner, for they only become rarer the longer they are."""

LEAST_TOLD = 60
"""Bytes; what is shorter is a heartbeat."""

LEAST_SHARES = 8
SHARE_SIZE, ANSWER_SIZE = (90, 4000), 240
SHARE_PART, ANSWER_PART = 0.3, 0.7
MOST_TIMED, GAPS_CV = 0.35, (0.6, 1.7)
"""Shares: the commonest thing that the client says, or the next to it after its heartbeats, has one length, comes at
random (gaps as of a Poisson process: neither timer nor bursts) and gets an answer that is shorter and of one length."""
BEATS, MOST_BEATS = 0.8, 3
"""From this share of gaps at one timer on, messages of one length are heartbeats, polls or reports; so many kinds of
them are set aside before shares are looked for."""
SLOW_BEAT_US = 45_000_000
"""Keep-alives of a minute, as miners send them (XMRig's `keepalived`, detection.md, §3); what comes sooner is talk."""
LEAST_POLLED = 0.7
MOST_TIMERS, SEVERAL = 8, 0.4
"""As many messages as there are timers take the same time over and over again."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Messages of one end, in order: when (microseconds) and how long (bytes)."""

    times_us: Ints
    sizes: Ints


@dataclass(frozen=True, slots=True)
class Push:
    """One connection or several of the same host and server, seen as a push.

    pushes: messages of the server that nobody had asked for, without its heartbeats where there is more. size: their
    commonest length in bytes, share: how much of them has it. jobs: all messages of that length; asked, answered: how
    much of them the client had asked for, or answered at once. timer_us: the commonest gap between them, timed: how
    much of the gaps it holds, early, late: how much of the gaps is shorter or longer; reset: whether early ones start
    that timer anew. said: messages of the client; shares: those that look like shares; beats: slow heartbeats; polled:
    whether one of these asks for work, which the server sends unasked as well. told: unasked messages of the server
    that are no heartbeats.
    """

    pushes: int = 0
    size: int = 0
    share: float = 0.0
    jobs: int = 0
    timer_us: int = 0
    timed: float = 0.0
    early: float = 0.0
    late: float = 0.0
    reset: bool = False
    said: int = 0
    told: int = 0
    shares: int = 0
    beats: int = 0
    polled: bool = False
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
    """The client's and the server's messages of a connection, for as long as those of both were kept: of a side that
    said more, the rest is not known, and what the other one said then would look unasked or unanswered."""
    ends = [one.ts[way][-1] for way in (one.up, ~one.up) if way.sum() >= MOST_PER_SIDE]
    kept = one.ts <= min(ends) if ends else np.ones(len(one.ts), np.bool_)
    up, down = np.flatnonzero(one.up & kept), np.flatnonzero(~one.up & kept)
    return merged(one.ts[up], one.length[up]), merged(one.ts[down], one.length[down])


def seen(connections: list[tuple[Side, Side]]) -> Push:
    """What the connections (client's side, server's side) of one host and one server show together."""
    said = sum(len(up.times_us) for up, _ in connections)
    asked = [followed(up.times_us, down.times_us) for up, down in connections]
    free = np.concatenate([down.sizes[~follows] for (_, down), follows in zip(connections, asked, strict=True)])
    if not len(free):
        return Push(said=said)
    told = _told(free, connections)
    pushes = told if len(told) else free
    size, alike = _usual(pushes)
    near = int(alike(pushes).sum())
    chosen = [alike(down.sizes) for _, down in connections]
    jobs = [down.times_us[mine] for (_, down), mine in zip(connections, chosen, strict=True)]
    count = sum(len(times) for times in jobs)
    after = sum(int(follows[mine].sum()) for follows, mine in zip(asked, chosen, strict=True))
    replied = sum(answered(times, up.times_us) for times, (up, _) in zip(jobs, connections, strict=True))
    timer, reset = timer_of(np.concatenate([np.diff(times) for times in jobs]))
    handed_in, beats, polls = _client(connections)
    ends = [np.concatenate((up.times_us, down.times_us)) for up, down in connections]
    return Push(
        pushes=len(pushes),
        size=size,
        share=near / len(pushes),
        jobs=count,
        timer_us=timer.gap_us,
        timed=timer.held,
        early=timer.early,
        late=timer.late,
        reset=reset,
        said=said,
        told=len(told),
        shares=handed_in,
        beats=beats,
        polled=near >= LEAST_SHARES and any(_answered_so(times, connections, alike) for times in polls),
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
    beats: int,
    duration_us: int,
    bytes_down: int,
) -> Push:
    """A push from sums over several stretches. sizes: the commonest length of each, as often as it occurred in it."""
    if not pushes or not len(sizes):
        return Push(said=said)
    size, alike = _usual(sizes)
    timer, reset = timer_of(gaps, ordered=False)
    return Push(
        pushes=pushes,
        size=size,
        share=int(alike(sizes).sum()) / pushes,
        jobs=jobs,
        timer_us=timer.gap_us,
        timed=timer.held,
        early=timer.early,
        late=timer.late,
        reset=reset,
        said=said,
        told=told,
        shares=shares,
        beats=beats,
        asked=asked / max(1, jobs),
        answered=answered / max(1, jobs),
        duration_us=duration_us,
        bytes_down=bytes_down,
    )


def _told(free: Ints, connections: list[tuple[Side, Side]]) -> Ints:
    """The lengths of the server's unasked messages without its heartbeats: those that are short, and those of one
    length on a timer that the client answers."""
    told = free[free >= LEAST_TOLD]
    if not len(told):
        return told
    _, alike = _usual(told, branches=False)
    beats = [down.times_us[alike(down.sizes)] for _, down in connections]
    count = sum(len(times) for times in beats)
    replied = sum(answered(times, up.times_us) for times, (up, _) in zip(beats, connections, strict=True))
    timed = _timer(np.concatenate([np.diff(times) for times in beats])).held
    return told[~alike(told)] if replied >= BEATS * count and timed >= BEATS else told


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


def _client(connections: list[tuple[Side, Side]]) -> tuple[int, int, list[list[Ints]]]:
    """How many messages of the client look like shares handed in (0 where they do not), how many are slow heartbeats,
    and when those on timers come: by kind, then by connection."""
    sizes = np.concatenate([up.sizes for up, _ in connections])
    left, slow, beats, others = len(sizes), 0, list[list[Ints]](), 0
    while len(sizes) >= LEAST_SHARES and others < 2 and len(beats) <= MOST_BEATS:
        size, alike = _usual(sizes, branches=False)
        mine = [up.times_us[alike(up.sizes)] for up, _ in connections]
        count = sum(len(times) for times in mine)
        if SHARE_SIZE[0] <= size <= SHARE_SIZE[1] and _handed_in(
            size, mine, connections, max(LEAST_SHARES, SHARE_PART * left)
        ):
            return count, slow, beats
        timer = _timer(np.concatenate([np.diff(times) for times in mine]))
        if timer.held >= BEATS:
            beats.append(mine)
            left -= count
            slow += count if timer.gap_us >= SLOW_BEAT_US else 0
        else:
            others += 1
        sizes = sizes[~alike(sizes)]
    return 0, slow, beats


def _answered_so(
    polls: list[Ints], connections: list[tuple[Side, Side]], alike: Callable[[Ints], NDArray[np.bool_]]
) -> bool:
    """Whether messages of the client are answered with what is as long as the server's unasked ones."""
    replies = np.concatenate([_replies(times, down) for times, (_, down) in zip(polls, connections, strict=True)])
    return int(alike(replies).sum()) >= LEAST_POLLED * sum(len(times) for times in polls)


def _handed_in(size: int, mine: list[Ints], connections: list[tuple[Side, Side]], least: float) -> bool:
    """Whether messages of one length come at random and are answered as shares are."""
    count, gaps = sum(len(times) for times in mine), np.concatenate([np.diff(times) for times in mine])
    if count < least or len(gaps) < 2:
        return False
    timed, spread = _timer(gaps).held, float(gaps.std() / gaps.mean())
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


def _usual(sizes: Ints, branches: bool = True) -> tuple[int, Callable[[Ints], NDArray[np.bool_]]]:
    """The commonest length, and what is as long: within two bytes, or one block of a cipher away, or (`branches`) some
    branches of Bitcoin's tree away, filled up to a block or not, whichever of these holds most."""
    size, held = _modal(sizes)
    apart = sizes - size
    best, offsets = held, np.zeros(1, np.int64)
    tried = [np.array([0, sign * block]) for block in BLOCKS for sign in (-1, 1)]
    if branches:
        apart_by = BRANCH * np.arange(-MOST_BRANCHES, MOST_BRANCHES + 1)
        filled = (apart_by // block * block for block in BLOCKS)
        tried += [apart_by, *(np.concatenate((low, low + block)) for low, block in zip(filled, BLOCKS, strict=True))]
    for more in tried:
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


@dataclass(frozen=True, slots=True)
class Timer:
    """A gap (microseconds) that many are near: the share of those, of the shorter and of the longer ones."""

    gap_us: int = 0
    held: float = 0.0
    early: float = 0.0
    late: float = 0.0

    def reset(self, count: int) -> bool:
        """Whether most of so many gaps keep it, early ones start it anew and hardly one exceeds it: a heartbeat has no
        early ones."""
        early = self.early * max(1, count)
        return (
            self.held >= LEAST_TIMED
            and self.late <= MOST_LATE
            and self.gap_us >= LEAST_TIMER_US
            and early >= 2
            and self.early >= LEAST_EARLY
        )


def timer_of(gaps: Ints, *, ordered: bool = True) -> tuple[Timer, bool]:
    """The timer of a server's messages, and whether other messages start it anew; gaps (microseconds) in order of time.

    It is looked for narrowly, then loosely, then as an end: of messages that come sooner for the most part, hardly one
    gap is longer than the timer, and at it they gather. The last is not tried where their order is lost (`ordered`).
    """
    narrow, loose = _timer(gaps), _timer(gaps, LOOSE_SLACK_US)
    bound = _bound(gaps) if ordered else None
    for timer in (narrow, loose):
        if timer.reset(len(gaps)):
            return timer, True
    return (bound, True) if bound is not None else (narrow, False)


def _timer(gaps: Ints, least_slack_us: int = LEAST_SLACK_US) -> Timer:
    """The gap that most gaps are near (0.6 s or 7 %)."""
    if not len(gaps):
        return Timer()
    gaps = np.sort(gaps)
    slack = np.maximum(least_slack_us, (gaps * SLACK).astype(np.int64))
    lower, upper = np.searchsorted(gaps, gaps - slack, "left"), np.searchsorted(gaps, gaps + slack, "right")
    # Of equally common gaps the longest: a timer is what the others fall short of.
    best = int(np.lexsort((-gaps, lower - upper))[0])
    return _held(gaps, best, lower, upper)


def _held(gaps: Ints, best: int, lower: Ints, upper: Ints) -> Timer:
    count = len(gaps)
    held, late = int(upper[best] - lower[best]), count - int(upper[best])
    return Timer(int(gaps[best]), held / count, int(lower[best]) / count, late / count)


def _bound(gaps: Ints) -> Timer | None:
    """The gap at which gaps (in order of time) end, if they gather there; None where they just become rarer, or where
    several timers run side by side, of which the longest wait is an end as well."""
    if len(gaps) < LEAST_BOUND or _several(gaps):
        return None
    gaps = np.sort(gaps)
    for share in (0.0, SLACK):
        slack = np.maximum(LEAST_SLACK_US, (gaps * share).astype(np.int64))
        lower, upper = np.searchsorted(gaps, gaps - slack, "left"), np.searchsorted(gaps, gaps + slack, "right")
        held, beyond = upper - lower, len(gaps) - upper
        before = lower - np.searchsorted(gaps, gaps - 3 * slack, "left")
        ends = (gaps >= LEAST_TIMER_US) & (held >= LEAST_BOUND) & (beyond <= MOST_BEYOND * held)
        ends &= (held >= OUTSTANDING * before) & (held - before >= SIGMAS * np.sqrt(held + before))
        # Messages that keep a timer and nothing else have no gap that it could end.
        ends &= lower >= np.maximum(2, LEAST_EARLY * len(gaps))
        if ends.any():
            return _held(gaps, int(np.where(ends, held, -1).argmax()), lower, upper)
    return None


def _several(gaps: Ints) -> bool:
    """Whether so many gaps on end always take as long: timers side by side, each with a phase of its own."""
    total = np.concatenate(([0], np.cumsum(gaps)))
    most = min(MOST_TIMERS, len(gaps) // 2)
    return any(_timer(total[many:] - total[:-many]).held >= SEVERAL for many in range(2, most + 1))
