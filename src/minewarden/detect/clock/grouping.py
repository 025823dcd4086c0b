"""Cuts a long table of server segments into flows, one at a time, so that a day of any size needs the memory of one."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.messages import PushFlow, Times, push_flow

MOST_SEGMENTS = 1_000_000
"""A flow of more segments is a download or a video: its windows would cover all the time, so it is not tested."""


class FlowKey(NamedTuple):
    """Who was served by whom."""

    host: str
    server: str
    port: int


class Segments(NamedTuple):
    """Columns of equal length: segments with payload from `server` to `host`; microseconds, bytes of payload."""

    host: NDArray[Any]
    server: NDArray[Any]
    port: NDArray[Any]
    ts_us: Times
    length: Times


def flows_of(batches: Iterable[Segments]) -> Iterator[tuple[FlowKey, PushFlow]]:
    """One flow per key, from batches in which all rows of a key follow each other (order by host, server, port).

    Within a key rows may be in any order of time. A flow beyond MOST_SEGMENTS comes without classes, its count being
    that of its segments. Raises ValueError for a key that comes back after others, since its halves would be tested
    as two flows.
    """
    done: FlowKey | None = None
    key: FlowKey | None = None
    parts: list[tuple[Times, Times]] = []
    count = 0
    for batch in batches:
        for found, times, lengths in _runs(batch):
            if found != key:
                if key is not None:
                    yield key, _flow(parts, count)
                if done is not None and found <= done:
                    raise ValueError("rows of one flow must follow each other, flows in the order of their keys")
                key, done, parts, count = found, found, [], 0
            count += len(times)
            if count <= MOST_SEGMENTS:
                parts.append((times, lengths))
            else:
                parts.clear()
    if key is not None:
        yield key, _flow(parts, count)


def _flow(parts: list[tuple[Times, Times]], count: int) -> PushFlow:
    if count > MOST_SEGMENTS:
        return PushFlow((), count)
    return push_flow(np.concatenate([times for times, _ in parts]), np.concatenate([sizes for _, sizes in parts]))


def _runs(batch: Segments) -> Iterator[tuple[FlowKey, Times, Times]]:
    """Neighbouring rows of one key."""
    rows = len(batch.ts_us)
    if rows == 0:
        return
    same = np.ones(rows - 1, bool)
    for column in (batch.host, batch.server, batch.port):
        same &= np.asarray(column[1:] == column[:-1], bool)
    bounds = [0, *(np.flatnonzero(~same) + 1).tolist(), rows]
    for a, b in pairwise(bounds):
        key = FlowKey(str(batch.host[a]), str(batch.server[a]), int(batch.port[a]))
        yield key, batch.ts_us[a:b], batch.length[a:b]
