"""Keeps what each hour showed of each (host, server, port) that pushes, so that days can be judged by a look at one.

Sums only: the commonest length, a histogram of the gaps between messages of it (from which the timer, its early resets
and the spread are read), what the client said, answered and asked. One SQLite file beside the lake's tables. An hour is
written anew as a whole, so that doing it again, or after a kill, changes nothing; the oldest hours go first.
"""

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from minewarden.detect.push import Ints, Push, Side, gaps_of, seen, sides, summed
from minewarden.detect.records import Shown

NAME = "push.sqlite3"
HOUR_US = 3_600_000_000
MOST_HOURS = 500_000
"""Rows kept: about 150 MB. A campus of 1000 long pushing connections fills it in three weeks."""
MOST_SOURCES = 3
STEP = 1.035
"""Gaps are counted in bins of 3.5 %, half of what a timer may differ by."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS push_hour (
    host TEXT NOT NULL, server TEXT NOT NULL, port INTEGER NOT NULL, hour INTEGER NOT NULL, sums TEXT NOT NULL,
    PRIMARY KEY (host, server, port, hour)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS push_hour_by_time ON push_hour (hour);
CREATE TABLE IF NOT EXISTS settled (one INTEGER PRIMARY KEY CHECK (one = 1), hour INTEGER NOT NULL);
"""

Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Hour:
    """What one hour showed. `hour`: since 1970 UTC; `gaps`: how many by bin; times in microseconds, sizes in bytes;
    `sources`: some of the (source, connection) that it was seen in."""

    hour: int
    size: int
    near: int
    pushes: int
    jobs: int
    asked: int
    answered: int
    said: int
    told: int
    shares: int
    duration_us: int
    bytes_down: int
    first_us: int
    last_us: int
    beats: int = 0
    gaps: dict[int, int] = field(default_factory=dict)
    sources: tuple[tuple[int, int], ...] = ()


def hours_of(connections: Sequence[Shown], first_hour: int, last_hour: int) -> Iterator[Hour]:
    """The hours from `first_hour` on and before `last_hour` in which the server said something unasked. Gaps count in
    the hour in which they end."""
    both = [sides(one) for one in connections]
    present = {int(hour) for _, down in both for hour in np.unique(down.times_us // HOUR_US)}
    for hour in sorted(each for each in present if first_hour <= each < last_hour):
        parts = [(_within(up, hour), _within(down, hour)) for up, down in both]
        push = seen(parts)
        if not push.pushes:
            continue
        bins, counts = np.unique(_bins(gaps_of([down for _, down in both], push.size, hour)), return_counts=True)
        ends = [side.times_us[[0, -1]] for pair in parts for side in pair if len(side.times_us)]
        yield Hour(
            hour=hour,
            size=push.size,
            near=round(push.share * push.pushes),
            pushes=push.pushes,
            jobs=push.jobs,
            asked=round(push.asked * push.jobs),
            answered=round(push.answered * push.jobs),
            said=push.said,
            told=push.told,
            shares=push.shares,
            beats=push.beats,
            duration_us=push.duration_us,
            bytes_down=push.bytes_down,
            first_us=min(int(end[0]) for end in ends),
            last_us=max(int(end[-1]) for end in ends),
            gaps=dict(zip(bins.tolist(), counts.tolist(), strict=True)),
            sources=tuple(sorted({(one.origin, one.stream) for one in connections}))[:MOST_SOURCES],
        )


def together(hours: Sequence[Hour]) -> Push:
    """Several hours of one place as one push. Its timer, its resets and its lateness come from the summed histogram."""
    sizes = np.repeat([one.size for one in hours], [one.near for one in hours]).astype(np.int64)
    gaps: dict[int, int] = {}
    for one in hours:
        for place, count in one.gaps.items():
            gaps[place] = gaps.get(place, 0) + count
    spelled = np.repeat([_centre_us(place) for place in gaps], list(gaps.values())).astype(np.int64)
    whole = {name: sum(getattr(one, name) for one in hours) for name in _ADDED}
    return summed(sizes, spelled, **whole)


_ADDED = ("pushes", "jobs", "asked", "answered", "said", "told", "shares", "beats", "duration_us", "bytes_down")


class Kept:
    """The kept hours of one lake."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def opened(cls, lake: Path, *, make: bool = False) -> "Kept | None":
        """The hours of a lake; None where it keeps none and none is to be made."""
        path = lake / NAME
        if not make and not path.exists():
            return None
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        connection.executescript(_SCHEMA)
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def settled(self) -> int | None:
        """Up to which hour all were written."""
        row = self._connection.execute("SELECT hour FROM settled").fetchone()
        return int(row[0]) if row else None

    def settle(
        self, found: Iterable[tuple[Place, Iterable[Hour]]], first_hour: int, last_hour: int, oldest_hour: int
    ) -> None:
        """Write the hours from `first_hour` on and before `last_hour` anew, and let go what is older than `oldest_hour`
        or too much. All of it or nothing."""
        ask = self._connection.execute
        ask("BEGIN IMMEDIATE")
        try:
            ask("DELETE FROM push_hour WHERE hour >= ? AND hour < ?", (first_hour, last_hour))
            for place, hours in found:
                rows = [(*place, one.hour, json.dumps(asdict(one), separators=(",", ":"))) for one in hours]
                self._connection.executemany("INSERT INTO push_hour VALUES (?, ?, ?, ?, ?)", rows)
            ask("DELETE FROM push_hour WHERE hour < ?", (oldest_hour,))
            while ask("SELECT count(*) FROM push_hour").fetchone()[0] > MOST_HOURS:
                ask("DELETE FROM push_hour WHERE hour = (SELECT min(hour) FROM push_hour)")
            ask("INSERT OR REPLACE INTO settled VALUES (1, ?)", (last_hour,))
        except BaseException:
            ask("ROLLBACK")
            raise
        ask("COMMIT")

    def lasting(self, since_hour: int) -> Iterator[tuple[Place, list[Hour]]]:
        """The places with hours on both sides of `since_hour`, each with all its hours in order."""
        query = """
            SELECT host, server, port FROM push_hour GROUP BY host, server, port
            HAVING min(hour) < ? AND max(hour) >= ? ORDER BY host, server, port"""
        for place in self._connection.execute(query, (since_hour, since_hour)).fetchall():
            rows = self._connection.execute(
                "SELECT sums FROM push_hour WHERE host = ? AND server = ? AND port = ? ORDER BY hour", place
            )
            yield place, [_hour(row[0]) for row in rows]


def lasting(lake: Path, since_us: int) -> Iterator[tuple[Place, list[Hour]]]:
    """The places that were seen before `since_us` and after, as far as hours are kept."""
    kept = Kept.opened(lake)
    if kept is not None:
        with closing(kept):
            yield from kept.lasting(since_us // HOUR_US)


def _hour(text: str) -> Hour:
    told = json.loads(text)
    gaps = {int(place): count for place, count in told.pop("gaps").items()}
    sources = tuple((origin, stream) for origin, stream in told.pop("sources"))
    return Hour(**told, gaps=gaps, sources=sources)


def _within(side: Side, hour: int) -> Side:
    first, last = np.searchsorted(side.times_us, [hour * HOUR_US, (hour + 1) * HOUR_US])
    return Side(side.times_us[first:last], side.sizes[first:last])


def _bins(gaps_us: Ints) -> Ints:
    return np.floor(np.log(np.maximum(gaps_us, 1)) / math.log(STEP)).astype(np.int64)


def _centre_us(place: int) -> int:
    return round(math.exp((place + 0.5) * math.log(STEP)))
