"""Counts of devices that the database keeps itself: by unit, and by unit and the day of the last check, for a city has
half a million of them and over a hundred thousand such days.
"""

from minewarden.desk.kit.kept_counts import KeptCounts
from minewarden.desk.ledger.models import Asset, AssetCount, AssetTotal

REQUIRED_CELLS = ("number", "name", "category", "use", "place", "department", "person_name")
"""Cells of a device that the ledger asks for; beside them one that tells it on the network."""
NETWORK_CELLS = ("ip", "mac", "hostname", "domain")
_UNKNOWN = " AND ".join(f"{{row}}{cell} = ''" for cell in NETWORK_CELLS)
_GAPS = " + ".join(
    f"CASE WHEN {lacks} THEN 1 ELSE 0 END" for lacks in (*(f"{{row}}{cell} = ''" for cell in REQUIRED_CELLS), _UNKNOWN)
)
_COUNTED = {
    "devices": "1",
    "gaps": _GAPS,
    "lacking": f"CASE WHEN {_GAPS} > 0 THEN 1 ELSE 0 END",
    "ownerless": "CASE WHEN {row}person_name = '' THEN 1 ELSE 0 END",
}
_THERE = f"{{row}}status <> '{Asset.Status.GONE.value}'"
_READ = (*REQUIRED_CELLS, *NETWORK_CELLS, "unit_id", "status")

COUNTS = KeptCounts(
    AssetCount._meta.db_table,
    Asset._meta.db_table,
    by={"unit_id": "{row}unit_id", "checked_on": f"COALESCE({{row}}checked_on, '{AssetCount.NEVER.isoformat()}')"},
    counts=_COUNTED,
    where=_THERE,
    read=(*_READ, "checked_on"),
)
TOTALS = KeptCounts(
    AssetTotal._meta.db_table,
    Asset._meta.db_table,
    by={"unit_id": "{row}unit_id"},
    counts=_COUNTED,
    where=_THERE,
    read=_READ,
)
