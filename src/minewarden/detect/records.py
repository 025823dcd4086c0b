"""Connections as rows of the table `record` show them, read one after another in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.engine import Engine

_BATCH = 65_536
_COLUMNS = ("ts", "length", "from_client", "kind", "row")
_OWN = ("src", "src_port", "dst", "dst_port", "origin", "stream")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One connection: columns in the order of time, microseconds and bytes; `up`: sent by the client."""

    host: str
    host_port: int
    server: str
    port: int
    origin: int
    stream: int
    ts: NDArray[np.int64]
    length: NDArray[np.int64]
    up: NDArray[np.bool_]
    kind: NDArray[Any]
    row: NDArray[np.int64]


def shown(engine: Engine, chosen: str, where: str = "true") -> Iterator[Shown]:
    """The connections of the (src, dst, dst_port) that the query `chosen` names, ordered by those.

    `where` chooses among their rows. Both are SQL of this program; nothing from outside may stand in them.
    """
    query = f"""
        SELECT src, coalesce(src_port, 0) AS src_port, dst, coalesce(dst_port, 0) AS dst_port, origin, stream,
            ts, length, from_client, kind, "row"
        FROM record SEMI JOIN ({chosen}) AS chosen USING (src, dst, dst_port)
        WHERE {where}
        ORDER BY src, dst, dst_port, origin, stream, ts, "row"
    """
    held: list[pa.RecordBatch] = []
    for batch in engine.ask(query, _BATCH):
        if not batch.num_rows:
            continue
        ends = _ends(batch)
        if held and _own(held[0]) != _own(batch):
            yield _whole(held)
            held = []
        start = 0
        for end in ends:
            part = batch.slice(start, end - start)
            start = end
            if end < batch.num_rows:
                yield _whole([*held, part])
                held = []
            else:
                held.append(part)
    if held:
        yield _whole(held)


def _ends(batch: pa.RecordBatch) -> list[int]:
    """Where each connection's run of rows ends; a connection is one (origin, stream)."""
    origin, stream = batch["origin"].to_numpy(), batch["stream"].to_numpy()
    changes = np.flatnonzero((origin[1:] != origin[:-1]) | (stream[1:] != stream[:-1])) + 1
    return [*changes.tolist(), batch.num_rows]


def _own(batch: pa.RecordBatch) -> tuple[int, int]:
    return batch["origin"][0].as_py(), batch["stream"][0].as_py()


def _whole(parts: list[pa.RecordBatch]) -> Shown:
    own = [parts[0][name][0].as_py() for name in _OWN]
    columns: list[NDArray[Any]] = [
        np.concatenate([part[name].to_numpy(zero_copy_only=False) for part in parts]).astype(kind)
        for name, kind in zip(_COLUMNS, (np.int64, np.int64, np.bool_, np.str_, np.int64), strict=True)
    ]
    return Shown(*own, *columns)
