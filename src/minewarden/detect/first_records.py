"""What the first segments of a TLS connection show: whether it begins like a miner's.

A miner says hello, then finishes the handshake and logs in with one text of a few hundred bytes, and from then on hears
one text of constant size now and again, with hardly a word of its own.
Source: detection.md of the project's field notes, §4: XMRig's connections of January 2026, segment by segment.
"""

from dataclasses import dataclass

import numpy as np

from minewarden.detect.push import MOST_ANSWERED, MOST_ASKED, SIZE_SLACK, answered, followed
from minewarden.detect.records import Shown

OPENINGS = ("handshake", "unknown")
"""A log of lengths alone does not tell whether a connection is TLS; its lengths have to."""

LOGIN = (220, 1700)
XMRIG_LOGIN = (550, 720)
"""A login, alone or behind Finished; the list of algorithms of a present XMRig makes it this long. One of the real
miners sent 1549 bytes."""

JOB = (150, 1400)
LEAST_JOBS = 3
JOB_SHARE = 0.6
LEAST_GAP_US = 1_500_000
_GREETINGS = 3
"""Tickets, the reply to the login, and half a record more may come before the first plain job."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """hello, login, job: bytes, 0 where there is none; jobs: how many came of that length."""

    hello: int = 0
    login: int = 0
    job: int = 0
    jobs: int = 0

    @property
    def like_xmrig(self) -> bool:
        """Whether the login is as long as that of a present XMRig."""
        return XMRIG_LOGIN[0] <= self.login <= XMRIG_LOGIN[1]


def beginning(one: Shown) -> Beginning:
    """Read the first segments of a connection. Nothing is found where its opening was not seen."""
    if not len(one.ts) or not one.up[0] or one.kind[0] not in OPENINGS:
        return Beginning()
    turns = np.flatnonzero(np.concatenate(([True], one.up[1:] != one.up[:-1])))
    ends = np.append(turns[1:], len(one.up))
    said = [(int(a), int(b)) for a, b in zip(turns, ends, strict=True) if one.up[a]]
    hello = int(one.length[slice(*said[0])].sum())
    # TLS 1.2 takes one more turn before anything is said.
    for start, end in said[1:3]:
        login = int(one.length[start:end].sum())
        if LOGIN[0] <= login <= LOGIN[1]:
            job, jobs = _jobs(one, end)
            return Beginning(hello, login, job, jobs)
    return Beginning(hello)


def _jobs(one: Shown, start: int) -> tuple[int, int]:
    """The constant length of what the server sends after the login, and how often; 0 where it is not constant."""
    down = np.flatnonzero(~one.up[start:])[_GREETINGS:] + start
    sizes, times = one.length[down], one.ts[down]
    if len(sizes) < LEAST_JOBS or int(one.up[start:].sum()) > 2 * len(sizes):
        return 0, 0
    values, counts = np.unique(sizes, return_counts=True)
    near = np.array([counts[np.abs(values - value) <= SIZE_SLACK].sum() for value in values])
    best = int(near.argmax())
    size, held = int(values[best]), int(near[best])
    mine = times[np.abs(sizes - size) <= SIZE_SLACK]
    if held < max(LEAST_JOBS, JOB_SHARE * len(sizes)) or not JOB[0] <= size <= JOB[1]:
        return 0, 0
    if float(np.median(np.diff(mine))) < LEAST_GAP_US:
        return 0, 0
    said = one.ts[start:][one.up[start:]]
    # A poll is asked for, a heartbeat is answered; work is neither.
    if followed(said, mine).mean() > MOST_ASKED or answered(mine, said) > MOST_ANSWERED * len(mine):
        return 0, 0
    return size, held
