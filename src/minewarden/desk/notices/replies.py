"""The sender's own deadline: its answer is asked about in time, like the clocks of a case, and each stage once."""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import F
from django.db.models.functions import Coalesce

from minewarden.desk.cases.clocks import SOON, URGENT
from minewarden.desk.notices.models import Received
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role

STAGES = (("soon", -SOON), ("urgent", -URGENT), ("due", timedelta(0)), ("after", timedelta(hours=24)))
"""Stage -> when it is reached, counted from the deadline; after a pause only the latest is told of."""
_OLD = timedelta(days=30)
"""Longer ago than this nobody is asked about for the first time: an old register that was entered is no alarm."""


def look(now: datetime) -> int:
    """Tell the offices whose answer comes due or is late; the number of messages. A notice without a limit of its own
    is driven by the clocks of its cases alone."""
    limit = Coalesce(F("report_limit"), F("find_limit"))
    rows = Received.objects.filter(state=Received.State.CONFIRMED, replied_at=None).annotate(limit=limit)
    near = rows.filter(limit__lte=now + SOON, limit__gte=now - _OLD).select_related("office", "office__parent")
    keys = {row: _key(row, stage) for row in near if (stage := _stage(row, now))}
    fresh = outbox.untold(keys)
    for row, key in fresh.items():
        stage = key.rpartition(".")[2]
        tell = outbox.press if stage in ("due", "after") else partial(outbox.post, urgent=True)
        tell(
            key, unit=row.office, to=_whom(row, stage), word=f"desk_notices.told_reply_{stage}", now=now,
            link=f"/notices/{row.pk}/", number=str(row.pk), due=row.report_limit or row.find_limit or now,
        )  # fmt: skip
    return len(fresh)


def _key(row: Received, stage: str) -> str:
    due = row.report_limit or row.find_limit
    return f"reply.{row.pk}.{due:%Y%m%d%H%M}.{stage}"


def _stage(row: Received, now: datetime) -> str:
    due = row.report_limit or row.find_limit
    return next((stage for stage, after in reversed(STAGES) if due is not None and now >= due + after), "")


def _whom(row: Received, stage: str) -> list[Person]:
    people = outbox.people_of(row.office, Role.OFFICER)
    if stage != "soon":
        people += outbox.people_of(row.office, Role.APPROVER)
    if stage == "after":
        people += outbox.people_above(row.office, Role.OFFICER)
    return people
