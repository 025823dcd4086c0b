"""The only door to warnings."""

from django.db.models import QuerySet
from django.http import Http404

from minewarden.desk.alerts.models import Alert, AlertText
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role


def alerts_for(person: Person) -> "QuerySet[Alert]":
    """The warnings of the units a person sees."""
    rows = Alert.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    return rows.select_related("unit", "asked_by", "decided_by", "stopped_by")


def alert_for(person: Person, alert_id: int) -> Alert:
    """One of them. Raises Http404 else."""
    found = alerts_for(person).filter(pk=alert_id).first()
    if found is None:
        raise Http404
    return found


def texts_for(person: Person) -> "QuerySet[AlertText]":
    """Texts that may be used: those of the units a person sees, and of the units above them."""
    above: set[int] = set()
    for post in person.active_posts():
        if post.role in (Role.OFFICER, Role.APPROVER):
            above |= {*post.unit.ancestor_ids(), post.unit_id}
    return AlertText.objects.filter(unit__in=above, retired_at=None).select_related("unit")


def releases(person: Person, alert: Alert) -> bool:
    """Whether this person is the second person for a warning."""
    return alert.asked_by_id != person.pk and may(person, Duty.APPROVE, alert.unit)
