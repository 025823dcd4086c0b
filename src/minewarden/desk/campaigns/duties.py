"""责任清单: who answers for what at a unit, out of the ledgers of duties and devices, and what nobody answers for."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.utils import timezone

from minewarden.desk.campaigns.known import own, values
from minewarden.desk.kit.words import chinese
from minewarden.desk.ledger.models import Asset, Duty, UnitRange
from minewarden.desk.org.models import Unit

REQUIRED = ("first", "direct", "contact_a", "contact_b")
_ORDER = tuple(post.value for post in Duty.Post)


def content_of(unit: Unit, now: datetime) -> dict[str, Any]:
    """The list as data: posts with names and duties, devices by who answers for them, and gaps.

    No telephone numbers: the list is printed and hung up.
    """
    day = timezone.localdate(now)
    held = [row for row in Duty.objects.filter(unit__in=own(unit)).select_related("unit") if row.holds_on(day)]
    held.sort(key=lambda row: (_ORDER.index(row.post), row.unit.path, row.name))
    posts = [
        {
            "post": row.post,
            "label": chinese(f"ledger_columns.post_{row.post}"),
            "name": row.name,
            "title": row.title,
            "unit": "" if row.unit_id == unit.pk else row.unit.label,
            "duty": row.duty or chinese(f"campaign_duties.{row.post}"),
        }
        for row in held
        if row.post != Duty.Post.ON_DUTY
    ]
    devices = Asset.objects.filter(unit__in=own(unit)).exclude(status=Asset.Status.GONE)
    counted = Counter(devices.order_by().values_list("person_name", "department"))
    answered = [
        {"name": name, "department": department, "devices": count}
        for (name, department), count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        if name
    ]
    known = values(unit, ["ledger.ownerless"], now)
    missing = [post for post in REQUIRED if not any(row["post"] == post for row in posts)]
    ranges = UnitRange.objects.filter(unit__in=own(unit), valid_to=None)
    return {
        "unit": unit.name,
        "day": day.isoformat(),
        "posts": posts,
        "devices": answered,
        "gaps": {
            "posts": missing,
            "ownerless": known["ledger.ownerless"],
            "ranges_without_person": ranges.filter(person_name="").count(),
        },
    }
