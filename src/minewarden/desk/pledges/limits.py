"""How often somebody may try at a link before he has to wait."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import F, Sum

from minewarden.desk.pledges.codes import blind
from minewarden.desk.pledges.models import Knock, Link

SPAN = timedelta(minutes=10)
MOST_FROM_ONE_PLACE = 20
MOST_AT_A_LINK = 400
"""A school of three thousand behind one address mistypes a name now and then; whoever tries names comes far beyond."""
MOST_UNKNOWN = 60
"""Of addresses that lead to no link, from one place, as far as one process has seen."""


def has_to_wait(link: Link, address: str, now: datetime) -> bool:
    """Whether there were too many failed attempts from that place, or at that link."""
    knocks = Knock.objects.filter(link=link, since=_span(now))
    here = knocks.filter(place=blind(address)).values_list("count", flat=True).first() or 0
    return here >= MOST_FROM_ONE_PLACE or (knocks.aggregate(all=Sum("count"))["all"] or 0) >= MOST_AT_A_LINK


def failed(link: Link, address: str, now: datetime) -> None:
    """Count a failed attempt."""
    row, _ = Knock.objects.get_or_create(link=link, place=blind(address), since=_span(now))
    Knock.objects.filter(pk=row.pk).update(count=F("count") + 1)


def unknown(address: str, now: datetime) -> bool:
    """Count an address that leads to no link; whether there were too many. Nothing is written to the disk for these."""
    key = f"pledge-unknown.{blind(address)}.{_span(now):%Y%m%d%H%M}"
    cache.add(key, 0, SPAN.total_seconds())
    return int(cache.incr(key)) > MOST_UNKNOWN


def _span(now: datetime) -> datetime:
    """The beginning of the span of time in which `now` lies."""
    seconds = int(SPAN.total_seconds())
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, now.tzinfo)
