"""What flow records hide that are longer than a pool's pace, said of the sources that have such records.

A router that cuts a long connection every minute shows how its messages vary; one record a connection, as Zeek's, shows
five numbers in all, which many harmless programs share. The shares are those of bench/FLOW_ONLY.md.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from minewarden.detect.flow.pieces import FINE_PIECE_US, MOST_PIECE_US
from minewarden.telemetry.engine import Engine, tuples
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.message import Message, message

LEAST_LONG = 5
"""So many records of such a length are no accident of a clock."""

FOUND_LONG, FOUND_LONG_DAY, FOUND_WHOLE = 97, 98, 8
"""Miners found of a hundred invented ones: by records of half an hour over six hours and over a day, and by one record
of four hours."""

_LENGTHS = f"""
    SELECT c.origin AS origin, count(*) FILTER (WHERE c.until - c.ts > {MOST_PIECE_US}) AS whole, count(*) AS lasting
    FROM conn c SEMI JOIN without_packets w ON w.origin = c.origin
    WHERE c.proto = 'tcp' AND c.until - c.ts > {FINE_PIECE_US} GROUP BY c.origin
"""


def hidden(engine: Engine, sources: Iterable[SourceRecord]) -> Iterator[Message]:
    """One sentence for each length of records of which miners are missed, with the name of the first source and the
    number of all. Sources with packets are not meant: others judge those."""
    names = {one.origin: one.name for one in sources if not one.rows.get("record")}
    engine.give("without_packets", pa.table({"origin": pa.array(names, pa.int32())}))
    rows: Any = tuples(engine.ask(_LENGTHS))
    counted = [(names[origin], whole >= LEAST_LONG) for origin, whole, lasting in rows if lasting >= LEAST_LONG]
    for key, whole, params in (
        ("flow_only.one_record", True, {"found": FOUND_WHOLE}),
        ("flow_only.long_records", False, {"found": FOUND_LONG, "day": FOUND_LONG_DAY}),
    ):
        if told := sorted(name for name, is_whole in counted if is_whole is whole):
            yield message(key, source=told[0], sources=len(told), **params)
