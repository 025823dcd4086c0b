"""What the sources say of themselves: that one has gone silent, speaks again, or lost packets before it could log them.

Sources: Suricata's `stats` events (user guide, "EVE JSON Format") and Zeek's capture_loss.log (docs.zeek.org).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import PurePath

import orjson

from minewarden.telemetry.manifest import Manifest
from minewarden.vocab.clock import microseconds
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

_STATS = re.compile(rb'^[^\n]*"event_type": ?"stats"[^\n]*$', re.MULTILINE)
LEAST_LOST_PERCENT = 1.0
"""Less than this is the ordinary loss of a busy sensor."""


class Pulses:
    """When each source (folder, form, table) last brought rows, by the watch's own clock; kept over restarts."""

    def __init__(self, manifest: Manifest, after: timedelta) -> None:
        self._manifest = manifest
        self._after = after

    def beat(self, name: str, form: str, tables: Iterable[str], arrival_us: int) -> Iterator[InputError]:
        """Rows have arrived; said where the source had been told to be silent."""
        for table in tables:
            source = f"{PurePath(name).parent} ({form}: {table})"
            query = "SELECT last_us, told FROM pulse WHERE source = ?"
            row = self._manifest.connection.execute(query, (source,)).fetchone()
            if row is not None and row[1]:
                minutes = (arrival_us - row[0]) // 60_000_000
                yield InputError(source, 0, message("watch.speaks_again", source=source, minutes=minutes))
            with self._manifest.transaction() as connection:
                connection.execute("INSERT OR REPLACE INTO pulse VALUES (?, ?, 0)", (source, arrival_us))

    def silent(self, arrival_us: int) -> list[InputError]:
        """The sources that have gone silent since the last call."""
        border = arrival_us - microseconds(self._after)
        query = "SELECT source, last_us FROM pulse WHERE told = 0 AND last_us < ? ORDER BY source"
        found = self._manifest.connection.execute(query, (border,)).fetchall()
        if found:
            with self._manifest.transaction() as connection:
                connection.executemany("UPDATE pulse SET told = 1 WHERE source = ?", ((row[0],) for row in found))
        return [
            InputError(source, 0, message("watch.silent", source=source, minutes=(arrival_us - last_us) // 60_000_000))
            for source, last_us in found
        ]


class Drops:
    """Counts what sensors say they lost. Suricata's counters only grow, so the difference is what is told."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[int, int]] = {}

    def heard(self, name: str, form: str, preamble: bytes, data: bytes) -> list[InputError]:
        """What a piece of a log says of losses, worst first and once."""
        if form == "suricata_eve":
            lost = self._suricata(str(PurePath(name).parent), data)
        elif form == "zeek" and is_loss_log(preamble, data):
            lost = _zeek(preamble, data)
        else:
            return []
        if lost < LEAST_LOST_PERCENT:
            return []
        return [InputError(name, 0, message("watch.drops", percent=f"{lost:.1f}"))]

    def _suricata(self, source: str, data: bytes) -> float:
        worst = 0.0
        for found in _STATS.finditer(data) if b'"stats"' in data else ():
            try:
                capture = orjson.loads(found.group())["stats"]["capture"]
                seen, lost = int(capture["kernel_packets"]), int(capture["kernel_drops"])
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                continue
            seen_before, lost_before = self._before.get(source, (seen, lost))
            self._before[source] = (seen, lost)
            # After a restart of the sensor its counters begin anew.
            arrived, dropped = seen - seen_before, lost - lost_before
            if arrived > 0 and dropped > 0:
                worst = max(worst, 100.0 * dropped / (arrived + dropped))
        return worst


def is_loss_log(preamble: bytes, data: bytes) -> bool:
    """Whether a piece of a Zeek log is of capture_loss.log."""
    return b"#path\tcapture_loss" in (preamble or data[:4096]) or b'"percent_lost":' in data[:4096]


def _zeek(preamble: bytes, data: bytes) -> float:
    fields = next((line for line in (preamble + data).split(b"\n") if line.startswith(b"#fields")), b"").split(b"\t")[
        1:
    ]
    worst = 0.0
    for line in data.split(b"\n"):
        worst = max(worst, _percent(line, fields))
    return worst


def _percent(line: bytes, fields: list[bytes]) -> float:
    try:
        if line.startswith(b"{"):
            value = orjson.loads(line)
            return float(value["percent_lost"]) if isinstance(value, Mapping) else 0.0
        if line and not line.startswith(b"#") and b"percent_lost" in fields:
            return float(line.split(b"\t")[fields.index(b"percent_lost")])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, IndexError):
        pass
    return 0.0
