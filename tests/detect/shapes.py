"""Connections as rows of the table `record`, and simulated captures as lakes, for the tests of what judges by shape."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minewarden.detect.detector import Context
from minewarden.intel.watchset import WatchSet
from minewarden.simulator.pcapfile import write_capture
from minewarden.simulator.session import Session
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import Head, Reject, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.vocab.clock import to_us

START_US = to_us(datetime(2026, 11, 2, 1, 0, tzinfo=UTC))
CLIENT, SERVER = ("10.20.3.17", 51514), ("203.0.113.20", 443)

Said = tuple[float, str, int]
"""Seconds after the opening, who ("C" or "S"), how many bytes."""


def rows_of(
    said: Sequence[Said],
    *,
    tls: bool = False,
    heads: tuple[bytes | None, bytes | None] = (None, None),
    client: tuple[str, int] = CLIENT,
    server: tuple[str, int] = SERVER,
    stream: int = 1,
) -> list[dict[str, Any]]:
    """The rows that a reader of captures would make of it, in the order given."""
    count, rows = {"C": 0, "S": 0}, []
    for place, (at_s, by, length) in enumerate(said):
        number = count[by]
        count[by] += 1
        kind = ("handshake" if number == 0 else "appdata") if tls else "raw"
        rows.append({
            "ts": START_US + round(at_s * 1_000_000), "src": client[0], "src_port": client[1], "dst": server[0],
            "dst_port": server[1], "stream": stream, "from_client": by == "C", "number": number, "kind": kind,
            "length": length, "head": heads[by == "S"] if number == 0 else None, "row": stream + place,
        })  # fmt: skip
    return rows


def hello(**more: Any) -> dict[str, Any]:
    """A row of the table `tls` of the same connection; no name and no protocol unless given."""
    own = {"ts": START_US, "src": CLIENT[0], "src_port": CLIENT[1], "dst": SERVER[0], "dst_port": SERVER[1]}
    return {**own, "has_hello": True, "row": 4, "origin": 1, **more}


def read_captures(lake: Lake, paths: Sequence[Path], now: datetime) -> Context:
    """A lake of captures."""
    names = {}
    for origin, path in enumerate(paths, 1):
        names[origin] = path.name
        with path.open("rb") as stream, lake.writer(SourceRecord(origin, path.name, "pcap")) as writer:
            head = Head(stream.read(65_536))
            stream.seek(0)
            for item in PcapReader().read(Source(origin, path.name, path, head, stream)):
                if not isinstance(item, Reject):
                    writer.write(item.table, item.rows)
    return Context(lake, WatchSet([]), now, names)


def captured(folder: Path, *sessions: Session) -> Context:
    """A lake with a simulated capture of the sessions."""
    path = folder / "capture.pcap"
    write_capture(path, sessions)
    return read_captures(Lake(folder / "lake"), [path], datetime(2026, 11, 3, tzinfo=UTC))
