"""The only door to outlets, deliveries and one's own messages."""

from django.db.models import QuerySet
from django.http import Http404

from minewarden.desk.notify.models import Copy, Delivery, Outlet
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role


def outlets_for(person: Person) -> QuerySet[Outlet]:
    """The outlets of the units that a system administrator looks after."""
    units = units_visible_to(person, Role.SYSTEM)
    return Outlet.objects.filter(unit__in=units).select_related("unit", "made_by")


def outlet_for(person: Person, outlet_id: int) -> Outlet:
    """One of them. Raises Http404 else."""
    outlet = outlets_for(person).filter(pk=outlet_id).first()
    if outlet is None:
        raise Http404
    return outlet


def deliveries_for(person: Person) -> QuerySet[Delivery]:
    """What went through those outlets."""
    return Delivery.objects.filter(outlet__in=outlets_for(person)).select_related("message", "outlet", "message__unit")


def delivery_for(person: Person, delivery_id: int) -> Delivery:
    """One of them. Raises Http404 else."""
    delivery = deliveries_for(person).filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    return delivery


def copies_for(person: Person) -> QuerySet[Copy]:
    """The person's own messages, newest first."""
    return Copy.objects.filter(person=person).select_related("message").order_by("-message__posted_at", "-pk")


def copy_for(person: Person, copy_id: int) -> Copy:
    """One of them. Raises Http404 else."""
    copy = copies_for(person).filter(pk=copy_id).first()
    if copy is None:
        raise Http404
    return copy
