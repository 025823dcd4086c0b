"""What people do about being told: set outlets up, try them, send again, read their messages."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.channels.channel import Letter
from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import chinese
from minewarden.desk.notify.access import outlets_for
from minewarden.desk.notify.models import Copy, Delivery, Message, Outlet, Reach
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.plugins import CHANNELS
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


@transaction.atomic
def add_outlet(
    *, by: Person, now: datetime, unit: Unit, kind: str, name: str, settings: dict[str, str], urgent_only: bool = False
) -> Outlet:
    """Set an outlet up. Raises ConfigError for settings that cannot work."""
    if not units_visible_to(by, Role.SYSTEM).filter(pk=unit.pk).exists():
        raise PermissionDenied
    CHANNELS.load(kind)(settings)
    outlet = Outlet(unit=unit, kind=kind, name=name, urgent_only=urgent_only, made_at=now, made_by=by)
    outlet.settings = settings
    outlet.save()
    # The settings hold secrets and stay out of the log.
    record("outlet.add", by=by, obj=outlet, after={"kind": kind, "name": name, "unit": unit.pk, "urgent": urgent_only})
    return outlet


@transaction.atomic
def change_outlet(
    outlet: Outlet, *, by: Person, now: datetime, name: str, settings: dict[str, str], urgent_only: bool
) -> Outlet:
    """Change an outlet; a secret that is left empty stays what it was."""
    outlet = _held(outlet, by)
    kept = outlet.settings
    secret = {s.name for s in outlet.channel.settings if s.secret}
    given = {name: value or (kept.get(name, "") if name in secret else "") for name, value in settings.items()}
    outlet.channel(given)
    before = {"name": outlet.name, "urgent": outlet.urgent_only}
    changed = sorted(name for name in given if given[name] != kept.get(name, ""))
    outlet.name, outlet.urgent_only, outlet.settings = name, urgent_only, given
    outlet.save()
    after = {"name": name, "urgent": urgent_only, "changed": changed, "at": now}
    record("outlet.change", by=by, obj=outlet, before=before, after=after)
    return outlet


@transaction.atomic
def switch_outlet(outlet: Outlet, *, by: Person, now: datetime, enabled: bool) -> Outlet:
    """Switch an outlet off or on again."""
    outlet = _held(outlet, by)
    before, outlet.enabled = {"enabled": outlet.enabled}, enabled
    outlet.save(update_fields=["enabled"])
    record("outlet.switch", by=by, obj=outlet, before=before, after={"enabled": enabled, "at": now})
    return outlet


def try_outlet(outlet: Outlet, *, by: Person, now: datetime, to: str = "") -> str:
    """Send a letter that says it is a trial; the other side's number for it. Raises DeliveryError.

    The letter goes out before anything is written, so that no transaction stands open while a gateway thinks.
    """
    if not outlets_for(by).filter(pk=outlet.pk).exists():
        raise PermissionDenied
    letter = Letter(
        key=f"minewarden.trial.{outlet.pk}.{int(now.timestamp())}",
        subject=chinese("desk_notify.subject"),
        text=chinese("desk_notify.trial", name=outlet.name),
        to=to,
    )
    receipt = outlet.channel(outlet.settings).send(letter, now=now)
    record("outlet.try", by=by, obj=outlet, after={"receipt": receipt.number})
    return str(receipt.number)


@transaction.atomic
def send_again(delivery: Delivery, *, by: Person, now: datetime) -> Delivery:
    """Have a letter sent once more that failed, or of which nobody knows whether it arrived."""
    _held(delivery.outlet, by)
    fresh = Delivery.objects.select_for_update(no_key=True, of=("self",)).get(pk=delivery.pk)
    if fresh.state not in (Delivery.State.FAILED, Delivery.State.UNSURE):
        raise TransitionError(message("desk_notify.not_again"))
    before = {"state": fresh.state}
    fresh.state, fresh.not_before, fresh.attempts, fresh.settled_at = Delivery.State.WAITING, now, 0, None
    fresh.save(update_fields=["state", "not_before", "attempts", "settled_at"])
    record("delivery.again", by=by, obj=fresh, before=before, after={"state": fresh.state})
    return fresh


@transaction.atomic
def read(copy: Copy, *, by: Person, now: datetime) -> Message:
    """Note that one's own message was opened. The message itself says where it leads."""
    if copy.person_id != by.pk:
        raise PermissionDenied
    Copy.objects.filter(pk=copy.pk, read_at=None).update(read_at=now)
    return copy.message


@transaction.atomic
def read_all(*, by: Person, now: datetime) -> int:
    """Note that all of one's messages were seen."""
    return Copy.objects.filter(person=by, read_at=None).update(read_at=now)


@transaction.atomic
def set_mail(*, by: Person, now: datetime, mail: str) -> Reach:
    """Say by which mail address one wants to be told; empty: by none."""
    reach, _ = Reach.objects.update_or_create(person=by, defaults={"mail": mail, "changed_at": now})
    record("reach.set", by=by, obj=by, after={"mail": bool(mail)})
    return reach


def _held(outlet: Outlet, by: Person) -> Outlet:
    if not outlets_for(by).filter(pk=outlet.pk).exists():
        raise PermissionDenied
    return Outlet.objects.select_for_update(no_key=True).get(pk=outlet.pk)
