"""Handwriting is deleted when its time is over: five years after its version of the text has ended.

That somebody pledged, to which text and when, stays: the chain covers the hash of the handwriting, not the handwriting.
What still holds, because nobody asked for another signature, is kept as long as it does.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.every import Every
from minewarden.desk.pledges.models import Ink, Signer, Text
from minewarden.desk.pledges.texts import in_force

YEARS = 5
_AT_ONCE = 500
_turn = Every(timedelta(hours=12))


def look(now: datetime) -> int:
    """Delete what is due, twice a day; how many."""
    if not _turn.due(now):
        return 0
    today = timezone.localdate(now)
    return sum(_forget(text, now) for text, over in ends().items() if over <= today)


def ends() -> Mapping[Text, date]:
    """Version -> the day from which its handwriting is no longer kept; what is in force has none."""
    found: dict[Text, date] = {}
    newer: dict[str, date] = {}
    for text in Text.objects.order_by("-number"):
        if text.variant in newer:
            found[text] = _years_after(newer[text.variant])
        newer[text.variant] = text.effective_from
    return found


@transaction.atomic
def _forget(text: Text, now: datetime) -> int:
    there = Signer.objects.filter(left_on=None, again=False, signature__isnull=False)
    holding = there.exclude(text__in=in_force(timezone.localdate(now)).outdated).values("signature")
    due = Ink.objects.filter(signature__text=text, deleted_at=None).exclude(signature__in=holding)
    numbers = list(due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if numbers:
        Ink.objects.filter(pk__in=numbers).update(sealed=b"", deleted_at=now)
        facts = {"count": len(numbers), "first": numbers[0], "last": numbers[-1], "number": text.number}
        record("pledge.forget_ink", by=None, obj=text, after=facts)
    return len(numbers)


def _years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + YEARS)
    except ValueError:  # 29 February
        return date(day.year + YEARS, 3, 1)
