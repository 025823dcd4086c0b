"""Verbs over the ledger of ranges and devices."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import word
from minewarden.desk.ledger.models import Asset, UnitRange
from minewarden.desk.org.access import holds
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.message import message


@transaction.atomic
def add_range(
    *,
    by: Person | None,
    unit: Unit,
    cidr: str,
    purpose: str,
    valid_from: datetime,
    valid_to: datetime | None = None,
    note: str = "",
) -> UnitRange:
    """Register a range of addresses as a unit's from a time on. Raises Refused, ValidationError.

    The same range of the same unit may not overlap itself in time. Two units may claim one range: which of them is
    right is for people to settle, and until then `queries.unit_of` says so.
    """
    _may(by, unit)
    claim = UnitRange(unit=unit, cidr=cidr, purpose=purpose, valid_from=valid_from, valid_to=valid_to, note=note)
    claim.full_clean()
    same = UnitRange.objects.filter(unit=unit, cidr=claim.cidr).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
    )
    if valid_to is not None:
        same = same.filter(valid_from__lt=valid_to)
    if same.exists():
        raise ValidationError({"cidr": word("desk_ledger.twice")})
    claim.save()
    record("ledger.range_add", by=by, obj=claim, after={"unit": unit.name, "cidr": claim.cidr, "purpose": purpose})
    return claim


@transaction.atomic
def end_range(claim: UnitRange, *, by: Person | None, at: datetime | None = None) -> UnitRange:
    """Say that a range is no longer the unit's; what was attributed before stands. Raises Refused, ValidationError."""
    _may(by, claim.unit)
    if claim.valid_to is not None:
        raise Refused(message("desk_ledger.ended_already"))
    claim.valid_to = at or timezone.now()
    claim.full_clean()
    claim.save()
    record("ledger.range_end", by=by, obj=claim, after={"cidr": claim.cidr, "valid_to": claim.valid_to})
    return claim


@transaction.atomic
def add_asset(*, by: Person | None, unit: Unit, number: str, name: str, **facts: str) -> Asset:
    """Register a device. `facts`: ip, mac, hostname, place, department, person_name, switch_port, login.

    Raises Refused, ValidationError.
    """
    _may(by, unit)
    asset = Asset(
        unit=unit, number=number.strip(), name=name.strip(), **{key: text.strip() for key, text in facts.items()}
    )
    asset.full_clean()
    asset.save()
    record("ledger.asset_add", by=by, obj=asset, after={"unit": unit.name, "number": asset.number})
    return asset


def _may(by: Person | None, unit: Unit) -> None:
    """The system administrator of the unit, or who handles its cases; the program itself may."""
    if by is not None and not holds(by, Role.SYSTEM, Role.OFFICER, unit=unit):
        raise Refused(message("desk_org.not_allowed"))
