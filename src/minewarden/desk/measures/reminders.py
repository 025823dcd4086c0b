"""An authority that has not answered a letter by the day named in it: whoever has the record is told once, in working
hours."""

from datetime import datetime

from django.utils import timezone

from minewarden.desk.measures.lifecycle import State
from minewarden.desk.measures.models import Entry
from minewarden.desk.notify import outbox
from minewarden.desk.notify.quiet import at_work
from minewarden.desk.org.models import Role

_AT_ONCE = 100


def look(now: datetime) -> int:
    """Tell of answers that are overdue; how many. Asked again it tells nothing new."""
    if not at_work(now):
        return 0
    rows = Entry.objects.filter(state=State.SENT, answer_due__lt=timezone.localdate(now)).select_related("unit")
    keys = {row: f"measure.{row.pk}.late.{row.answer_due}" for row in rows}
    fresh = list(outbox.untold(keys).items())[:_AT_ONCE]
    for row, key in fresh:
        # A restricted record is in the hands of approvers.
        people = outbox.people_of(row.unit, Role.APPROVER if row.restricted else Role.OFFICER)
        outbox.post(
            key, unit=row.unit, to=people, word="desk_measures.told_late", now=now, link=f"/measures/{row.pk}/",
            number=row.code, due=str(row.answer_due),
        )  # fmt: skip
    return len(fresh)
