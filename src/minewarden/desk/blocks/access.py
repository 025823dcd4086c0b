"""The only door to block proposals."""

from django.http import Http404

from minewarden.desk.blocks.models import Block, BlockQuerySet
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Unit


def blocks_for(person: Person, within: Unit | None = None) -> BlockQuerySet:
    """The proposals of the units a person may see; of one unit's subtree where one is in view."""
    rows = Block.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    if within is not None:
        rows = rows.filter(unit__path__startswith=within.path)
    return rows.select_related("unit", "case", "asked_by", "decided_by", "lifted_by")


def block_for(person: Person, block_id: int) -> Block:
    """A proposal the person may see. Raises Http404 else."""
    block = blocks_for(person).filter(pk=block_id).first()
    if block is None:
        raise Http404
    return block


def may_decide(person: Person, block: Block) -> bool:
    """Whether this person is the second person: an approver of the unit who did not propose it."""
    return block.asked_by_id != person.pk and may(person, Duty.APPROVE, block.unit)
