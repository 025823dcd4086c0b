"""A notice in a form: what it is called where there are too many for a list."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from minewarden.desk.cases.models import Notice
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person
from minewarden.desk.org.picks import OFFERED, Called

_RECEIVED = " · "


def notice_text(notice: Notice) -> str:
    """A notice in one line: its number, or who sent it, and when it was received."""
    return f"{notice}{_RECEIVED}{timezone.localtime(notice.received_at):%Y-%m-%d %H:%M}"


def notices_called(notices: "QuerySet[Notice]", text: str) -> "QuerySet[Notice]":
    """The notices of that number, or of that sender and minute."""
    name, _, received = text.rpartition(_RECEIVED)
    try:
        minute = parse_datetime(received.strip()) if name else None
    except ValueError:
        minute = None
    if minute is None:
        return notices.filter(number=text)
    begun = timezone.make_aware(minute)
    named = Q(number=name.strip()) | Q(number="", source=name.strip())
    return notices.filter(named, received_at__gte=begun, received_at__lt=begun + timedelta(minutes=1))


def notices_like(person: Person, text: str) -> list[str]:
    """The newest few notices that a person sees and whose number or sender holds a text, as they may be typed."""
    notices = Notice.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    like = Q(number__icontains=text) | Q(source__icontains=text)
    return [notice_text(notice) for notice in notices.filter(like)[:OFFERED]]


NOTICES = Called(notice_text, notices_called, "cases:notices-named")
