"""The gate of a phase: at 24:00 of its last day it is frozen, and what was not done carries over as 遗留."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns.cascade import end_of
from minewarden.desk.campaigns.checks import Standing, standings, units_of
from minewarden.desk.campaigns.lifecycle import OPEN_TASKS
from minewarden.desk.campaigns.models import Campaign, Gate, Task
from minewarden.desk.campaigns.template import Phase


def due_gates(campaign: Campaign, now: datetime) -> list[Phase]:
    """The phases that are over and not frozen yet."""
    frozen = set(campaign.gates.values_list("phase", flat=True))
    return [p for p in campaign.plan.phases if p.ends and p.code not in frozen and end_of(p.ends) <= now]


@transaction.atomic
def freeze(campaign: Campaign, phase: Phase, now: datetime) -> Gate:
    """Freeze a phase as it stands. It says when it was taken, which is later than the gate where the desk was away."""
    assert phase.ends is not None  # noqa: S101  # `due_gates` names only such
    content = {
        "title": dict(phase.title),
        "units": [picture(row) for row in standings(campaign, phase, units_of(campaign, now), now)],
        "open": _open(campaign, phase),
    }
    text = canonical(content)
    gate: Gate = Gate.objects.create(
        campaign=campaign, phase=phase.code, version=campaign.version.number, closes_at=end_of(phase.ends),
        taken_at=now, content=content, sha256=hashlib.sha256(text).hexdigest(),
    )  # fmt: skip
    carried = Task.objects.filter(campaign=campaign, phase=phase.code, state__in=OPEN_TASKS).update(carried=True)
    after = {"phase": phase.code, "units": len(content["units"]), "carried": carried, "sha256": gate.sha256}
    record("campaign.gate", by=None, obj=gate, after=after)
    return gate


def picture(row: Standing) -> dict[str, Any]:
    """A unit as the gate keeps it."""
    return {
        "unit": row.unit.pk,
        "name": row.unit.name,
        "kind": row.unit.kind,
        "path": row.unit.path,
        "done": row.done,
        "total": row.total,
        "postponed": row.postponed.isoformat() if row.postponed else "",
        "results": [result.data() for result in row.results],
    }


def canonical(content: Any) -> bytes:
    """The one spelling over which the hash is taken."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def holds(gate: Gate) -> bool:
    """Whether a frozen gate still is what was hashed."""
    return hashlib.sha256(canonical(gate.content)).hexdigest() == gate.sha256


def _open(campaign: Campaign, phase: Phase) -> list[dict[str, Any]]:
    rows = Task.objects.filter(campaign=campaign, phase=phase.code, state__in=OPEN_TASKS).order_by("unit__path", "code")
    return [
        {"unit": unit, "task": code, "due": due.isoformat(), "returned": state == "returned"}
        for unit, code, due, state in rows.values_list("unit_id", "code", "due_at", "state")
    ]
