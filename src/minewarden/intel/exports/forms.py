"""The forms of an export by name, and what may go out at all."""

from collections.abc import Callable, Iterable, Sequence

from minewarden.intel.exports.exported import Exported, Occasion
from minewarden.intel.exports.misp import misp
from minewarden.intel.exports.stix import stix
from minewarden.intel.exports.suricata_dataset import suricata_dataset
from minewarden.intel.exports.tables import hosts, table
from minewarden.intel.exports.zeek import zeek
from minewarden.intel.record import Record, Tlp

FORMS: dict[str, Callable[[Sequence[Record], Occasion], Exported]] = {
    "stix": stix,
    "misp": misp,
    "zeek": zeek,
    "suricata-dataset": suricata_dataset,
    "hosts": hosts,
    "csv": table,
}


def outgoing(records: Iterable[Record], most: Tlp) -> tuple[Record, ...]:
    """What of the records may be handed on up to a mark, in the order of type and value."""
    shared = (record.shared(most) for record in records)
    return tuple(sorted((r for r in shared if r is not None), key=lambda one: (one.type.value, one.value)))
