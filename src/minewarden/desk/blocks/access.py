"""The only door to block proposals."""

from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.blocks.models import BigChange, Block, BlockQuerySet, Release, Scope
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.access import BUSINESS, unit_for, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit


def blocks_for(person: Person, within: Unit | None = None) -> BlockQuerySet:
    """The proposals of the units a person may see; of one unit's subtree where one is in view."""
    rows = Block.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    if within is not None:
        rows = rows.filter(unit__path__startswith=within.path)
    return rows.select_related("unit", "case__order", "issue", "asked_by", "decided_by", "lifted_by")


def block_for(person: Person, block_id: int) -> Block:
    """A proposal the person may see. Raises Http404 else."""
    block = blocks_for(person).filter(pk=block_id).first()
    if block is None:
        raise Http404
    return block


def may_decide(person: Person, block: Block) -> bool:
    """Whether this person is the second person: an approver of the unit who did not propose it."""
    return block.asked_by_id != person.pk and may(person, Duty.APPROVE, block.unit)


def releases_for(person: Person) -> QuerySet[Release]:
    """Releases of the units a person may see, and of those above them: they are to be carried out below. Whom a unit
    took off the network is not shown below it."""
    paths = person.scope_paths(*BUSINESS)
    whose = Q(pk__in=())
    for path in paths:
        whose |= Q(unit__path__startswith=path)
        whose |= Q(unit__path__in=_above(path), scope=Scope.NETWORK)
    return Release.objects.filter(whose).select_related("unit", "by", "size__decided_by")


def _above(path: str) -> list[str]:
    """The paths of the units above one: every beginning of it that ends where a number ends."""
    return [path[: at + 1] for at, char in enumerate(path[:-1]) if char == "/" and at]


def release_for(person: Person, release_id: int) -> Release:
    """A release the person may see. Raises Http404 else."""
    release = releases_for(person).filter(pk=release_id).first()
    if release is None:
        raise Http404
    return release


def releasing_unit(person: Person, within: Unit | None) -> Unit:
    """The unit for which a person plans: the one in view, or the highest of his own. Raises Http404 if none."""
    if within is not None:
        return unit_for(person, within.pk, *BUSINESS)
    top = units_visible_to(person, *BUSINESS).order_by("path").first()
    if top is None:
        raise Http404
    return top


def proposing_unit(person: Person, number: int) -> Unit:
    """The unit for which a person proposes: the one with the number, else his own, else the highest that he is an
    officer of. Raises Http404 if none."""
    units = units_visible_to(person, Role.OFFICER)
    for asked in (number, person.unit_id):
        if (found := units.filter(pk=asked).first()) is not None:
            return found
    top = units.order_by("path").first()
    if top is None:
        raise Http404
    return top


def units_receiving(person: Person, release: Release) -> QuerySet[Unit]:
    """The units for which a person may hand in receipts of a release."""
    handled = units_visible_to(person, Role.OFFICER)
    if release.scope == Scope.TERMINALS:
        return handled.filter(pk=release.unit_id)
    return handled.filter(path__startswith=release.unit.path).order_by("path")


def big_changes_for(person: Person, unit: Unit, scope: str) -> QuerySet[BigChange]:
    """Large changes of a unit that wait for a second person."""
    waiting = BigChange.objects.filter(unit=unit, scope=scope, outcome=BigChange.Outcome.PENDING)
    return waiting.filter(unit__in=units_visible_to(person, *BUSINESS)).select_related("asked_by", "unit")


def big_change_for(person: Person, change_id: int) -> BigChange:
    """A large change the person may see. Raises Http404 else."""
    seen = BigChange.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    change = seen.select_related("unit", "asked_by").filter(pk=change_id).first()
    if change is None:
        raise Http404
    return change
