"""Plain TLS handshakes, which most connections of today begin with, read for all flows of a piece of the file at once.

A hello that was not answered yet waits here, as a few numbers and not as a conversation. As soon as a connection does
anything that is not plain it becomes a conversation that has seen the same.
"""

import secrets
from collections.abc import Container, Iterable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.packets import handshake_kernel as kernel
from minewarden.telemetry.packets.addresses_kernel import addresses
from minewarden.telemetry.packets.flows import Columns, FlowTable, Grouped
from minewarden.telemetry.packets.frames import Bytes, Ints
from minewarden.telemetry.packets.layers import Segments
from minewarden.telemetry.packets.rows import CLIENT_A, CLIENT_B, SERVICES, UNKNOWN, Rows
from minewarden.telemetry.packets.starts import BLANKS
from minewarden.telemetry.packets.tls_hello import ClientHello, Print, TlsSession, parse_client_hello, version_name
from minewarden.telemetry.reader import Batch
from minewarden.telemetry.schema import TABLES

MOST_WAITING = 65_536
MOST_PRINTS = 4096
WAITING = 3
"""What the table of flows says in `watched` of a flow whose hello waits for an answer."""

_NEW, _IGNORED = 0, 2
_TLS = SERVICES.index("tls")
_ENDS = ("a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port")
_KEPT: dict[str, type] = {
    **dict.fromkeys(("slot", "stream", "ts", "row", "length", "client", "opener", "isn_a", "isn_b"), np.int64),
    **dict.fromkeys(("key", "a_hi", "a_lo", "b_hi", "b_lo"), np.uint64),
    **dict.fromkeys(("a_port", "b_port"), np.uint16),
    **dict.fromkeys(("sni", "print"), np.object_),
}


class Greeted(NamedTuple):
    """A connection whose client hello was read. `client`: 0 for end a; numbers that nobody saw are -1; `following`: the
    server's next number; `quiet`: what the server said is of no known form."""

    session: TlsSession
    client: int
    opener: int
    isns: tuple[int, int]
    following: int
    quiet: bool


class Handshakes:
    """Follows the plain ones and writes their rows of the table `tls`."""

    def __init__(self, rows: Rows, table: FlowTable, most: int = MOST_WAITING) -> None:
        self._rows, self._table, self._most = rows, table, most
        # Which hellos wait, the oldest first, and at which place of the columns.
        self._waiting: dict[int, int] = {}
        self._kept: Columns = {name: np.zeros(0, kind) for name, kind in _KEPT.items()}
        self._free: list[int] = []
        self._memory = np.zeros((0, 3), np.int64)
        self._prints: dict[tuple[int, int], Print] = {}
        # Nobody who sends hellos may choose which of them seem to be of one print.
        self._salt = np.array([secrets.randbits(64), secrets.randbits(64)], np.uint64)

    def follow(self, segments: Segments, grouped: Grouped, kinds: Bytes, groups: Ints, busy: Container[int]) -> Ints:
        """Read these flows (places in `grouped.begin`); returns which of them a conversation has to read.

        `busy`: keys of flows that have a conversation.
        """
        columns, slots = self._table.columns, grouped.slot[groups]
        size = len(columns["row"])
        if size > len(self._memory):
            self._memory = np.concatenate((self._memory, np.zeros((size - len(self._memory), 3), np.int64)))
        waiting = columns["watched"][slots] == WAITING
        said, isns, arena = self._sorted_out(segments, grouped, kinds, groups, waiting)
        verdict = said[:, 0]
        # Ports that were opened again within this piece carry two connections.
        verdict[~waiting & (columns["row"][slots] > segments.row[grouped.order[grouped.begin[groups]]])] = (
            kernel.UNUSUAL
        )
        keys = grouped.key[groups]
        for number in np.flatnonzero(verdict != kernel.UNUSUAL).tolist():
            key = int(keys[number])
            if (key in self._waiting) != waiting[number] or (not waiting[number] and key in busy):
                verdict[number] = kernel.UNUSUAL
        self._note(segments, grouped, groups, said, isns, arena, ~waiting & (verdict != kernel.UNUSUAL))
        unusual: Ints = groups[verdict == kernel.UNUSUAL]
        return unusual

    def give_back(self, key: int, opened: int = 0) -> Greeted | None:
        """A hello that waits no longer, for its connection becomes a conversation. `opened`: the packet that opened the
        ports; a hello of an earlier connection stays without an answer."""
        place = self._waiting.pop(key, None)
        if place is None:
            return None
        self._free.append(place)
        if self._kept["stream"][place] < opened:
            self._write({name: column[[place]] for name, column in self._kept.items()}, np.full(1, -1, np.int64))
            return None
        values = {name: column[place] for name, column in self._kept.items()}
        slot, client = int(values["slot"]), int(values["client"])
        following, quiet = self._memory[slot, 1:].tolist()
        if self._table.columns["row"][slot] != values["stream"]:
            following, quiet = -1, 0
        hello = None if values["print"] is None else ClientHello(values["sni"], values["print"])
        session = TlsSession.greeted(hello, int(values["length"]), client, int(values["ts"]), int(values["row"]))
        isns = (int(values["isn_a"]), int(values["isn_b"]))
        return Greeted(session, client, int(values["opener"]), isns, following, quiet > 0)

    def forget(self, keys: Iterable[int]) -> None:
        """Write the hellos of these flows without an answer: none will come."""
        places = [self._waiting.pop(key) for key in keys if key in self._waiting]
        self._free.extend(places)
        self._write({name: column[places] for name, column in self._kept.items()}, np.full(len(places), -1, np.int64))

    def close(self) -> None:
        """Write every hello that still waits."""
        self._give_up(len(self._waiting))

    def _sorted_out(
        self, segments: Segments, grouped: Grouped, kinds: Bytes, groups: Ints, waiting: NDArray[np.bool_]
    ) -> tuple[Ints, Ints, Bytes]:
        columns, slots = self._table.columns, grouped.slot[groups]
        said, isns = np.zeros((len(groups), 6), np.int64), np.zeros((len(groups), 2), np.int64)
        memory = self._memory[slots]
        isn = np.stack((columns["isn_a"][slots], columns["isn_b"][slots]), axis=1)
        arena = np.empty(int(segments.kept.sum()) if len(groups) else 0, np.uint8)
        packets = (
            grouped.from_b.view(np.uint8),
            *(segments.flags, segments.seq, segments.payload, segments.kept, segments.length),
            kinds,
        )
        kernel.sort_out(
            *(segments.bytes, packets, grouped.order, grouped.begin, groups, grouped.known[groups], isn),
            *(waiting, memory, BLANKS, said, isns, arena),
        )
        self._memory[slots] = memory
        return said, isns, arena

    def _note(
        self,
        segments: Segments,
        grouped: Grouped,
        groups: Ints,
        said: Ints,
        isns: Ints,
        arena: Bytes,
        fresh: NDArray[np.bool_],
    ) -> None:
        """Let hellos wait, and write those that are complete."""
        columns, slots = self._table.columns, grouped.slot[groups]
        complete = said[:, 0] == kernel.COMPLETE
        answered = np.flatnonzero(complete & ~fresh)
        places = [self._waiting.pop(key) for key in grouped.key[groups[answered]].tolist()]
        old = {name: column[places] for name, column in self._kept.items()}
        self._free.extend(places)
        new = np.flatnonzero(fresh)
        completed, client = said[new, 3], self._memory[slots[new], 0]
        sni, prints = self._hellos(arena, said[new, 1:3])
        greetings: Columns = {
            "key": grouped.key[groups[new]],
            "slot": slots[new],
            "stream": columns["row"][slots[new]],
            "ts": segments.ts[completed],
            "row": segments.row[completed],
            "length": said[new, 2],
            "client": client,
            "opener": said[new, 4],
            "isn_a": isns[new, 0],
            "isn_b": isns[new, 1],
            **{name: columns[name][slots[new]] for name in _ENDS},
            "sni": sni,
            "print": prints,
        }
        columns["client"][slots[new]] = np.where(client == 1, CLIENT_B, CLIENT_A)
        columns["service"][slots[new]] = _TLS
        columns["watched"][slots[new]] = WAITING
        columns["watched"][slots[complete]] = _IGNORED
        done = complete[new]
        written = {name: np.concatenate((old[name], values[done])) for name, values in greetings.items()}
        self._write(written, np.concatenate((said[answered, 5], said[new[done], 5])))
        self._keep({name: values[~done] for name, values in greetings.items()})

    def _keep(self, greetings: Columns) -> None:
        count = len(greetings["key"])
        if len(self._free) < count:
            size = len(self._kept["key"])
            more = max(1024, size // 2, count)
            for name, values in self._kept.items():
                self._kept[name] = np.concatenate((values, np.zeros(more, values.dtype)))
            self._free.extend(range(size, size + more))
        places = [self._free.pop() for _ in range(count)]
        for name, values in greetings.items():
            self._kept[name][places] = values
        self._waiting.update(zip(greetings["key"].tolist(), places, strict=True))
        if len(self._waiting) > self._most:
            self._give_up(len(self._waiting) - self._most * 3 // 4)

    def _give_up(self, count: int) -> None:
        """Write the oldest hellos without an answer; their flows are looked at again when they begin something."""
        keys = list(islice(self._waiting, count))
        places = [self._waiting.pop(key) for key in keys]
        self._free.extend(places)
        oldest = {name: column[places] for name, column in self._kept.items()}
        watched, slots = self._table.columns["watched"], oldest["slot"]
        mine = (self._table.columns["row"][slots] == oldest["stream"]) & (watched[slots] == WAITING)
        watched[slots[mine]] = _NEW
        self._write(oldest, np.full(len(places), -1, np.int64))

    def _hellos(self, arena: Bytes, hellos: Ints) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """The name and the print of each record (its place and length); no print where it is torn."""
        fields, prints = np.zeros((len(hellos), 3), np.int64), np.zeros((len(hellos), 2), np.uint64)
        names = np.empty(int(hellos[:, 1].sum()), np.uint8)
        used = kernel.read_hellos(arena, hellos, self._salt, fields, prints, names)
        text = names[:used].tobytes().decode("latin-1")
        snis, shown = np.empty(len(hellos), np.object_), np.empty(len(hellos), np.object_)
        snis[:] = [
            text[at : at + size] if size > 0 else None
            for at, size in zip(fields[:, 1].tolist(), fields[:, 2].tolist(), strict=True)
        ]
        known = self._prints.get
        shown[:] = [known(pair) for pair in zip(prints[:, 0].tolist(), prints[:, 1].tolist(), strict=True)]
        shown[fields[:, 0] == 0] = None
        unknown = np.array([one is None for one in shown.tolist()], np.bool_) & (fields[:, 0] != 0)
        for number in np.flatnonzero(unknown | (fields[:, 0] < 0)).tolist():
            at, size = hellos[number].tolist()
            hello = parse_client_hello(arena[at + 9 : at + size].tobytes())
            snis[number], shown[number] = (hello.sni, hello.print) if hello else (None, None)
            if hello and fields[number, 0] > 0:
                if len(self._prints) >= MOST_PRINTS:
                    self._prints.clear()
                self._prints[int(prints[number, 0]), int(prints[number, 1])] = hello.print
        return snis, shown

    def _write(self, greetings: Columns, version: Ints) -> None:
        """Rows of the table `tls`. `version`: what the server chose, or -1."""
        if not len(version):
            return
        order = np.argsort(greetings["row"], kind="stable")
        said = {name: values[order] for name, values in greetings.items()}
        from_b = np.where(said["opener"] == UNKNOWN, said["client"] == 1, said["opener"] == CLIENT_B)

        def end(b: NDArray[np.bool_], what: str) -> NDArray[Any]:
            return np.where(b, said["b_" + what], said["a_" + what])

        prints = said["print"].tolist()
        chosen = [
            (one.version if one is not None else None) if number < 0 else number
            for number, one in zip(version[order].tolist(), prints, strict=True)
        ]
        none = pa.nulls(len(order), pa.string())
        values = {
            "ts": self._rows.shifted(said["ts"]),
            "src": addresses(end(from_b, "hi"), end(from_b, "lo")),
            "src_port": end(from_b, "port").astype(np.int32),
            "dst": addresses(end(~from_b, "hi"), end(~from_b, "lo")),
            "dst_port": end(~from_b, "port").astype(np.int32),
            "has_hello": [one is not None for one in prints],
            "sni": said["sni"].tolist(),
            "alpn": [one.alpn if one is not None else None for one in prints],
            "version": [None if number is None else version_name(number) for number in chosen],
            "ja3": [one.ja3 if one is not None else None for one in prints],
            "ja4": [one.ja4 if one is not None else None for one in prints],
            "subject": none,
            "issuer": none,
            "names": pa.nulls(len(order), pa.list_(pa.string())),
            "hello_length": said["length"].astype(np.int32),
            "origin": self._rows.origins(len(order)),
            "row": said["row"],
        }
        schema = TABLES["tls"]
        arrays = [pa.array(values[field.name], field.type) for field in schema]
        self._rows.put(Batch("tls", pa.RecordBatch.from_arrays(arrays, schema=schema)))
