"""A table for people and other programs, and a file of hosts."""

import csv
import io
from collections.abc import Sequence

from minewarden.intel.exports.exported import Exported, Occasion, exact_names, instant
from minewarden.intel.record import Record
from minewarden.intel.worth import worth

COLUMNS = (
    "type", "value", "role", "operator", "coins", "port", "score", "last_seen", "valid_until", "families", "tlp", "id",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|")


def table(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden-indicators.csv`, in UTF-8 with the mark by which spreadsheets know it; no cell begins a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        end = "" if record.valid_until is None else instant(record.valid_until)
        cells = (
            record.type.value, record.value, record.role.value, record.operator, " ".join(record.coins),
            " ".join(map(str, record.ports)), round(worth(record, occasion.at).score),
            instant(max(voice.seen for voice in record.voices)), end, " ".join(record.families), record.tlp.value,
            record.id,
        )  # fmt: skip
        writer.writerow([_harmless(str(cell)) for cell in cells])
    return Exported({"minewarden-indicators.csv": b"\xef\xbb\xbf" + text.getvalue().encode()})


def hosts(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden.hosts`. A file of hosts knows no wildcard: of a domain only its own name stands in it."""
    taken = exact_names(records, occasion.at)
    names = sorted({record.value for record in taken})
    lines = [f"# minewarden {occasion.label}", *(f"0.0.0.0 {name}" for name in names)]
    out = {record.id for record in taken}
    text = "\n".join(lines) + "\n"
    return Exported({"minewarden.hosts": text.encode()}, tuple(r for r in records if r.id not in out))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
