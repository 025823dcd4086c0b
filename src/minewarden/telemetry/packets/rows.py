"""Rows on their way to a table: gathered as tuples, given out as Arrow batches in the order of the packets."""

import ipaddress
import socket
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.packets.flows import (
    FROM_B,
    SAW_ACK,
    SAW_DATA,
    SAW_SYN,
    SAW_SYN_ACK,
    Columns,
)
from minewarden.telemetry.packets.frames import Ints
from minewarden.telemetry.packets.layers import TCP, Words
from minewarden.telemetry.reader import Batch
from minewarden.telemetry.schema import TABLES

ROWS_AT_ONCE = 65_536
SERVICES = (None, "json", "http", "websocket", "tls", "dns")
"""What the table of flows calls a service by number."""

_BODIES_AT_ONCE, _SHORT_BODY = 48 * 1024 * 1024, 1024

UNKNOWN, CLIENT_A, CLIENT_B = 0, 1, 2

_MAPPED = 0xFFFF << 32
Value = str | int | bool | bytes | list[str] | None


@lru_cache(maxsize=4096)
def address(high: int, low: int) -> str:
    """The one spelling of an address in two words; IPv4 in its mapped form comes out as IPv4."""
    if high == 0 and low & 0xFFFFFFFF00000000 == _MAPPED:
        return socket.inet_ntoa((low & 0xFFFFFFFF).to_bytes(4))
    return str(ipaddress.IPv6Address(high << 64 | low))


def addresses(high: Words, low: Words) -> pa.Array:
    """A column of addresses; each different one is spelled once."""
    both, where = np.unique(np.stack((high, low)), axis=1, return_inverse=True) if high.any() else (None, None)
    if both is None or where is None:
        lows, where = np.unique(low, return_inverse=True)
        return pa.array([address(0, word) for word in lows.tolist()], pa.string()).take(pa.array(where))
    spelled = [address(first, second) for first, second in both.T.tolist()]
    return pa.array(spelled, pa.string()).take(pa.array(where.reshape(-1)))


class Rows:
    """Gathers rows as tuples in the order of the schema, without `origin`, which all rows share."""

    def __init__(self, origin: int, shift_us: int) -> None:
        self._origin, self._shift = origin, shift_us
        self.addresses = addresses
        """How a column of addresses is made: by this, or by compiled functions."""
        self._bodies = 0
        self._ready: list[Batch] = []
        self._held: dict[str, list[tuple[Value, ...]]] = {name: [] for name in ("dns", "tls", "http", "message")}

    def add(self, table: str, ts: int, *values: Value) -> None:
        """Add a row: `ts` of the capture's clock, then the other columns; the packet's number comes last."""
        held = self._held[table]
        held.append((ts - self._shift, *values))
        if len(held) >= ROWS_AT_ONCE:
            # A column takes a fraction of what the tuples took.
            self._ready.append(Batch(table, self._batch(table, held)))
            held.clear()

    def put(self, batch: Batch) -> None:
        """Add rows that stand as columns already."""
        self._ready.append(batch)

    def shifted(self, ts: Ints) -> Ints:
        """Times of the capture's clock as they stand in rows."""
        return ts - self._shift

    def origins(self, count: int) -> NDArray[np.int32]:
        """The column `origin`."""
        return np.full(count, self._origin, np.int32)

    def room(self, body: bytes) -> bytes:
        """As much of a body as is kept. A piece of the file cannot unpack to more than fits: the rest is cut."""
        if self._bodies > _BODIES_AT_ONCE:
            return body[:_SHORT_BODY]
        self._bodies += len(body)
        return body

    def take(self) -> Iterator[Batch]:
        """Give out what was gathered."""
        self._bodies = 0
        yield from self._ready
        self._ready = []
        for table, rows in self._held.items():
            if rows:
                yield Batch(table, self._batch(table, rows))
                self._held[table] = []

    def _batch(self, table: str, rows: list[tuple[Value, ...]]) -> pa.RecordBatch:
        schema = TABLES[table]
        # Rows of one packet keep the order in which they were found.
        rows.sort(key=lambda row: row[-1])  # type: ignore[arg-type, return-value]
        columns = list(zip(*rows, strict=True))
        columns.insert(len(columns) - 1, (self._origin,) * len(rows))
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def flows(self, closed: Columns) -> Iterator[Batch]:
        """Rows of the table `conn`."""
        order = np.lexsort((closed["proto"], closed["row"]))
        for at in range(0, len(order), ROWS_AT_ONCE):
            part = order[at : at + ROWS_AT_ONCE]
            yield Batch("conn", self._conn({name: values[part] for name, values in closed.items()}))

    def _conn(self, flows: Columns) -> pa.RecordBatch:
        from_b = client_is_b(flows)

        def turned(one: str, other: str) -> NDArray[Any]:
            return np.where(from_b, flows[other], flows[one])

        tcp = flows["proto"] == TCP
        names = pa.array(SERVICES, pa.string())
        columns = {
            "ts": flows["first"].astype(np.int64) - self._shift,
            "src": self.addresses(turned("a_hi", "b_hi"), turned("a_lo", "b_lo")),
            "src_port": turned("a_port", "b_port").astype(np.int32),
            "dst": self.addresses(turned("b_hi", "a_hi"), turned("b_lo", "a_lo")),
            "dst_port": turned("b_port", "a_port").astype(np.int32),
            "until": flows["last"].astype(np.int64) - self._shift,
            "proto": pa.array(["udp", "tcp"], pa.string()).take(pa.array(tcp.astype(np.int8))),
            "bytes_up": turned("bytes_a", "bytes_b"),
            "bytes_down": turned("bytes_b", "bytes_a"),
            "packets_up": turned("packets_a", "packets_b"),
            "packets_down": turned("packets_b", "packets_a"),
            "established": _established(flows),
            "service": names.take(pa.array(flows["service"].astype(np.int8))),
            "origin": np.full(len(tcp), self._origin, np.int32),
            "row": flows["row"],
        }
        schema = TABLES["conn"]
        return pa.RecordBatch.from_arrays(
            [pa.array(columns[field.name], field.type) for field in schema], schema=schema
        )


def client_is_b(flows: Columns) -> NDArray[np.bool_]:
    """Whether end b is the client: it sent the SYN, its words say so, its port is the greater, or it spoke first."""
    flags = flows["flags"].astype(np.int64)
    a_opened = flags & (SAW_SYN | SAW_SYN_ACK << FROM_B) > 0
    b_opened = flags & (SAW_SYN << FROM_B | SAW_SYN_ACK) > 0
    a_port, b_port = flows["a_port"].astype(np.int64), flows["b_port"].astype(np.int64)
    guess = np.where(a_port == b_port, flows["first_from_b"], b_port > a_port)
    guess = np.where(flows["client"] == UNKNOWN, guess, flows["client"] == CLIENT_B)
    chosen: NDArray[np.bool_] = np.where(a_opened == b_opened, guess, b_opened)
    return chosen


def _established(flows: Columns) -> NDArray[np.bool_]:
    flags = flows["flags"].astype(np.int64)
    data = flags & (SAW_DATA | SAW_DATA << FROM_B) > 0
    by_a = SAW_SYN | SAW_ACK | SAW_SYN_ACK << FROM_B
    by_b = SAW_SYN_ACK | (SAW_SYN | SAW_ACK) << FROM_B
    handshake = (flags & by_a == by_a) | (flags & by_b == by_b)
    both = (flows["packets_a"] > 0) & (flows["packets_b"] > 0)
    known: NDArray[np.bool_] = np.where(flows["proto"] == TCP, data | handshake, both)
    return known
