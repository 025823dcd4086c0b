"""Writes the connections of bench/push_world.py into a lake, as the reader of captures would have, and asks the product.

How the reader tells a connection (segments, then messages after a pause; not more than 4 000 a side) is told by the reader's
own constants; tests/bench/test_accuracy.py holds it against a capture of the same connection that the reader has read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench.push_world import MSS, Pair, Talk
from minewarden.intel.watchset import WatchSet
from minewarden.patrol.rounds import find
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.packets.shapes import FULL_DETAIL, MOST_PER_SIDE, PAUSE_US
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.finding import Finding

SEGMENT_US = 12
"""Between the segments of one message."""

Ints = NDArray[np.int64]
Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Of one connection, in the order of time: microseconds, client?, number of its direction, bytes, kind."""

    ts: Ints
    up: NDArray[np.bool_]
    number: Ints
    length: Ints
    kind: NDArray[np.str_]


def rows_of(talk: Talk, begin_us: int) -> Rows:
    """What the reader of captures would make of a connection."""
    parts = [_side(talk, way, begin_us) for way in (True, False)]
    ts, up, number, length, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((~up, ts))
    return Rows(ts[order], up[order], number[order], length[order], kind[order])


def _side(talk: Talk, way: bool, begin_us: int) -> tuple[Ints, NDArray[np.bool_], Ints, Ints, NDArray[np.str_]]:
    mine = talk.up == way
    size = talk.size[mine]
    pieces = -(-size // MSS)
    ts = np.repeat(begin_us + np.round(talk.at[mine] * 1e6).astype(np.int64), pieces)
    step = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    length = np.where(step == np.repeat(pieces, pieces) - 1, np.repeat(size - (pieces - 1) * MSS, pieces), MSS)
    ts = np.maximum.accumulate(ts + SEGMENT_US * step) if len(ts) else ts
    rank = np.arange(len(ts))
    chosen = (rank < FULL_DETAIL) | (np.diff(ts, prepend=ts[0] if len(ts) else 0) >= PAUSE_US)
    cut = np.flatnonzero(chosen)
    total = np.add.reduceat(length, cut) if len(cut) else length
    cut, total = cut[:MOST_PER_SIDE], total[:MOST_PER_SIDE]
    number = np.arange(len(cut))
    kind = np.full(len(cut), "raw", "U9")
    if talk.hello is not None:
        kind[:] = "appdata"
        kind[: 1 if talk.whole else 0] = "handshake"
    return ts[cut], np.full(len(cut), way), number, total, kind


@dataclass(frozen=True, slots=True, eq=False)
class Campus:
    """Pairs with their addresses, and when watching began."""

    pairs: Sequence[Pair]
    begin: datetime

    def place(self, number: int) -> Place:
        """Host, server and port of a pair; no two pairs share one."""
        high, low = divmod(number, 250)
        return (
            f"10.{20 + high // 250}.{high % 250}.{low + 1}",
            f"203.{high // 250}.{high % 250}.{low + 1}",
            self.pairs[number].port,
        )


def write(campus: Campus, folder: Path, blocks_us: Mapping[str, Ints], until_s: float) -> Lake:
    """A lake of the campus's first so many seconds, with arrivals of blocks where there are any."""
    lake = Lake(folder)
    begin_us = round(campus.begin.timestamp() * 1e6)
    with lake.writer(SourceRecord(1, "invented.pcap", "pcap")) as writer:
        for first in range(0, len(campus.pairs), 100):
            for table, rows in _tables(
                campus, range(first, min(first + 100, len(campus.pairs))), begin_us, until_s
            ).items():
                for batch in rows.to_batches(65_536):
                    writer.write(table, batch)
    if blocks_us:
        with lake.writer(SourceRecord(2, "arrivals.csv", "block_csv")) as writer:
            for coin, times in blocks_us.items():
                writer.write(
                    "block",
                    _batch("block", len(times), 2, np.arange(1, len(times) + 1), ts=times, coin=[coin] * len(times)),
                )
    return lake


def _tables(campus: Campus, numbers: range, begin_us: int, until_s: float) -> dict[str, pa.Table]:
    ends, told, hellos = [], [], []
    for number in numbers:
        host, server, port = campus.place(number)
        for turn, talk in enumerate(campus.pairs[number].talks):
            within = talk.at < until_s
            if within.sum() < 2:
                continue
            seen = Talk(talk.at[within], talk.up[within], talk.size[within], talk.hello, talk.whole)
            rows = rows_of(seen, begin_us)
            ends.append((host, 40_000 + turn, server, port, number * 1000 + turn + 1))
            told.append(rows)
            hello = talk.hello if talk.whole else None
            hellos.append((hello, int(seen.size[seen.up].sum()), int(seen.size[~seen.up].sum()), len(seen.at)))
    count = np.array([len(rows.ts) for rows in told])
    at = np.repeat(np.arange(len(told)), count)
    place = {name: [end[n] for end in ends] for n, name in enumerate(("src", "src_port", "dst", "dst_port", "stream"))}
    spread = {name: pa.array(column).take(pa.array(at)) for name, column in place.items()}
    whole = {
        "ts": np.concatenate([rows.ts for rows in told]), "from_client": np.concatenate([rows.up for rows in told]),
        "number": np.concatenate([rows.number for rows in told]), "length": np.concatenate([rows.length for rows in told]),
        "kind": np.concatenate([rows.kind for rows in told]),
    }  # fmt: skip
    first = np.array([rows.ts[0] for rows in told])
    last = np.array([rows.ts[-1] for rows in told])
    stream = np.array(place.pop("stream"))
    record = _batch("record", len(at), 1, np.arange(1, len(at) + 1), **spread, **whole)
    conn = _batch(
        "conn", len(told), 1, stream, **place, ts=first, until=last, proto=["tcp"] * len(told), established=[True] * len(told),
        bytes_up=[one[1] for one in hellos], bytes_down=[one[2] for one in hellos], packets_up=[one[3] for one in hellos],
        packets_down=[one[3] for one in hellos], service=[None if one[0] is None else "tls" for one in hellos],
    )  # fmt: skip
    tls = [n for n, one in enumerate(hellos) if one[0] is not None]
    said = [hellos[n][0] for n in tls]
    ssl = _batch(
        "tls", len(tls), 1, stream[tls], **{name: [column[n] for n in tls] for name, column in place.items()}, ts=first[tls],
        has_hello=[True] * len(tls), sni=[one.sni for one in said if one], alpn=[one.alpn for one in said if one],
        ja4=[one.ja4 for one in said if one], hello_length=[one.length for one in said if one],
    )  # fmt: skip
    return {name: pa.Table.from_batches([batch]) for name, batch in (("record", record), ("conn", conn), ("tls", ssl))}


def _batch(table: str, count: int, origin: int, row: object, **columns: object) -> pa.RecordBatch:
    given = {**columns, "origin": np.full(count, origin), "row": row}
    arrays = []
    for one in TABLES[table]:
        values = given.get(one.name)
        if values is None:
            arrays.append(pa.nulls(count, one.type))
        else:
            arrays.append((values if isinstance(values, pa.Array) else pa.array(values)).cast(one.type))
    return pa.RecordBatch.from_arrays(arrays, schema=TABLES[table])


def findings(lake: Lake, now: datetime) -> dict[Place, Finding]:
    """What the product states of a lake, by host, server and port; nothing is known of any pool."""
    traced, _ = find(lake, list(lake.sources()), watchset=WatchSet([]), now=now)
    return {(one.finding.host, one.finding.server, one.finding.port): one.finding for one in traced}


def day_of(begin_us: int) -> datetime:
    """An instant as an aware time."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=begin_us)
