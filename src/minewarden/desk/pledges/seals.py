"""The end of the chain of signatures goes into the log of the desk, so that neither can be rewritten alone."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count

from minewarden.desk.audit.models import Record
from minewarden.desk.audit.record import record
from minewarden.desk.pledges.models import Signature

ACTION = "pledge.seal"


def look(now: datetime) -> int:
    """Seal what was signed since the last seal; how many signatures that are."""
    return seal()


@transaction.atomic
def seal() -> int:
    """Write the number and the hash of the last signature into the log, where they are not there yet."""
    end = Signature.objects.order_by("-seq").values_list("seq", "hash").first()
    if end is None:
        return 0
    before = Record.objects.filter(action=ACTION).values_list("after", flat=True).first()
    sealed = int(before["seq"]) if before else 0
    if sealed >= end[0]:
        return 0
    fresh = Signature.objects.filter(seq__gt=sealed)
    ways = dict(fresh.order_by().values_list("way").annotate(Count("seq")))
    record(ACTION, by=None, after={"seq": end[0], "hash": end[1], "count": end[0] - sealed, **ways})
    return end[0] - sealed
