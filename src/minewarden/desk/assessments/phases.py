"""What campaigns froze at the gates of phases, for the summary of a phase: tasks done, and where a check failed."""

from collections import Counter
from typing import Any

from minewarden.desk.assessments.periods import Period
from minewarden.desk.campaigns.models import Gate
from minewarden.desk.org.models import Unit


def gates_of(unit: Unit, period: Period) -> list[dict[str, Any]]:
    """The phases that ended in a period, of the unit's campaigns; each with the hash of what was frozen."""
    rows = Gate.objects.filter(closes_at__gt=period.start, closes_at__lte=period.end).select_related("campaign__unit")
    near = [gate for gate in rows.order_by("closes_at", "pk") if unit.path.startswith(gate.campaign.unit.path)]
    return [_picture(gate, unit) for gate in near]


def _picture(gate: Gate, unit: Unit) -> dict[str, Any]:
    """A gate, narrowed to a unit and all below it."""
    rows = [row for row in gate.content["units"] if str(row["path"]).startswith(unit.path)]
    failed = Counter(result["check"] for row in rows for result in row["results"] if result["ok"] is False)
    return {
        "title": gate.content["title"]["zh"],
        "sha256": gate.sha256,
        "units": len(rows),
        "done": sum(row["done"] for row in rows),
        "total": sum(row["total"] for row in rows),
        "postponed": sum(bool(row["postponed"]) for row in rows),
        "failed": dict(sorted(failed.items())),
    }
