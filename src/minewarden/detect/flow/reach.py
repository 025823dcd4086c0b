"""What one flow record a connection hides, said of the sources that have such records.

A router that cuts a long connection every minute or every half hour shows how its messages vary; one record a
connection, as Zeek's, shows five numbers in all, which many harmless programs share. The share found is that of
bench/FLOW_ONLY.md.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from minewarden.detect.flow.pieces import MOST_PIECE_US
from minewarden.telemetry.engine import Engine, tuples
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.message import Message, message

LEAST_LONG = 5
"""So many records of such a length are no accident of a clock."""

FOUND = 8
"""Miners found of a hundred invented ones by one record of four hours each."""

_LENGTHS = f"""
    SELECT c.origin AS origin, count(*) AS whole
    FROM conn c SEMI JOIN without_packets w ON w.origin = c.origin
    WHERE c.proto = 'tcp' AND c.until - c.ts > {MOST_PIECE_US} GROUP BY c.origin
"""


def hidden(engine: Engine, sources: Iterable[SourceRecord]) -> Iterator[Message]:
    """One sentence for all sources whose records hide miners, with the name of the first and their number. Sources with
    packets are not meant: others judge those."""
    names = {one.origin: one.name for one in sources if not one.rows.get("record")}
    engine.give("without_packets", pa.table({"origin": pa.array(names, pa.int32())}))
    rows: Any = tuples(engine.ask(_LENGTHS))
    if told := sorted(names[origin] for origin, whole in rows if whole >= LEAST_LONG):
        yield message("flow_only.one_record", source=told[0], sources=len(told), found=FOUND)
