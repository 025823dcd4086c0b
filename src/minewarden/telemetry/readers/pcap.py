"""Captures of packets: pcap and pcapng, read to connections, DNS, TLS, HTTP and JSON messages.

Source: the container formats of libpcap and of the pcapng draft (draft-ietf-opsawg-pcapng).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from minewarden.telemetry.packets.blocks import BlockCapture
from minewarden.telemetry.packets.capture import is_capture, open_capture
from minewarden.telemetry.packets.classic import ClassicCapture
from minewarden.telemetry.packets.flows import MOST_FLOWS, FlowTable
from minewarden.telemetry.packets.frames import CHUNK_BYTES, Bytes, ByteStream, Damage, Frames, Ints
from minewarden.telemetry.packets.layers import Segments, Tally, decode
from minewarden.telemetry.packets.rows import ROWS_AT_ONCE, Rows
from minewarden.telemetry.packets.shapes import Shapes
from minewarden.telemetry.packets.starts import start_kinds
from minewarden.telemetry.packets.talk import Talk
from minewarden.telemetry.reader import KEPT_REJECT_BYTES, Batch, Head, Reject, Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

MOST_DAMAGES = 1000
"""A file with more places that cannot be read is given up: it is no capture any more."""

COMPILE_AFTER = 4 * CHUNK_BYTES
"""A capture longer than this is read on by compiled functions: loading them takes as long as reading so much."""


class PcapReader:
    """Reads a capture of any length in bounded memory. `tally` counts the packets of the last one read."""

    form = "pcap"
    grows = False

    def __init__(self, most_flows: int = MOST_FLOWS, compile_after: int = COMPILE_AFTER) -> None:
        self._most_flows, self._compile_after = most_flows, compile_after
        self.tally = Tally()

    def recognises(self, head: Head) -> bool:
        """Whether it starts like a capture."""
        return is_capture(head.raw)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Read it all: rows of conn, dns, tls, http, message and record; rejects say which packets could not be read.

        Raises InputError for a header that is cut off, for a link type that is not decoded, and after too much damage.
        """
        self.tally = tally = Tally()
        table, rows = FlowTable(self._most_flows), Rows(source.origin, source.clock.shift_us)
        talk, shapes = Talk(rows), Shapes(source.origin, source.clock.shift_us)
        stream = _Counted(source.stream)
        capture = open_capture(source.head.raw, stream)
        way = Way(decode, start_kinds)
        for piece in capture.read():
            if talk.handshakes is None and stream.given > self._compile_after:
                way, table = _compile(capture, talk, rows, table)
            if isinstance(piece, Damage):
                tally.damaged += 1
                if piece.fatal or tally.damaged > MOST_DAMAGES:
                    raise InputError(source.name, piece.row, piece.reason)
                yield Reject(piece.row, piece.reason, piece.raw[:KEPT_REJECT_BYTES])
                continue
            times = _take(piece, way, table, talk, shapes, tally)
            yield from _given(table, rows)
            yield from shapes.take(table, final=table.crowded)
            if len(times) and table.crowded:
                # One clock that is wrong must not end what the others say goes on.
                talk.forget(table.sweep(int(np.median(times))))
                table.relieve()
        talk.close()
        yield from _given(table, rows)
        yield from shapes.take(table, final=True)
        for flows in table.close(ROWS_AT_ONCE):
            yield from rows.flows(flows)
        if talk.cut_segments:
            yield Reject(0, message("pcap.snapped", segments=talk.cut_segments))


class _Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.given = 0

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self.given += len(data)
        return data


class Way(NamedTuple):
    """How frames become segments: by columns, or by compiled functions."""

    decode: Callable[[Frames, Bytes, Tally], Segments]
    kinds: Callable[[Segments], Bytes]


def _compile(capture: ClassicCapture | BlockCapture, talk: Talk, rows: Rows, table: FlowTable) -> tuple[Way, FlowTable]:
    """Go on with compiled functions. They are loaded here and not above, for most files are small."""
    from minewarden.telemetry.packets import addresses_kernel, dns_kernel, layers_kernel
    from minewarden.telemetry.packets.flows_kernel import CompiledFlowTable
    from minewarden.telemetry.packets.handshakes import Handshakes

    capture.compile()
    rows.addresses = addresses_kernel.addresses
    table = CompiledFlowTable(table)
    talk.handshakes = Handshakes(rows, table)
    talk.read_domains = dns_kernel.DomainReader(rows, talk.domains).read
    return Way(layers_kernel.decode, layers_kernel.start_kinds), table


def _take(frames: Frames, way: Way, table: FlowTable, talk: Talk, shapes: Shapes, tally: Tally) -> Ints:
    """Read the packets of a piece of the file; their times."""
    segments = way.decode(frames, np.frombuffer(frames.data, np.uint8), tally)
    if len(segments):
        grouped = table.update(segments)
        talk.follow(segments, grouped, table, way.kinds(segments))
        shapes.follow(segments, grouped, table)
        talk.expire(int(segments.ts[-1]))
    return segments.ts


def _given(table: FlowTable, rows: Rows) -> Iterator[Batch]:
    yield from rows.take()
    closed = table.take_closed()
    if closed is not None:
        yield from rows.flows(closed)
