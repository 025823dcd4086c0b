"""Verbs over the ledgers. Each checks who may, changes, and writes the log, all in one transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit import masks
from minewarden.desk.kit.words import said, word
from minewarden.desk.ledger.access import READERS, WRITERS, entries_visible_to
from minewarden.desk.ledger.books import Book, Draft
from minewarden.desk.ledger.imports import filled
from minewarden.desk.ledger.models import Asset, Duty, Shift, Sighting, Staff, UnitRange
from minewarden.desk.ledger.plans import Outcome, changes, outcome
from minewarden.desk.org import actions as org
from minewarden.desk.org.access import holds
from minewarden.desk.org.actions import Refused
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac

ENDED: Mapping[str, str] = {
    "ranges": "valid_to", "lines": "ended_on", "assets": "status", "duties": "until", "staff": "left_on",
}  # fmt: skip
REMOVED = frozenset({"shifts", "protections", "logs", "seen"})
CHECKED = frozenset({"assets", "lines", "ranges", "duties", "protections", "logs"})


def is_removed(book: Book) -> bool:
    """Whether an entry that holds no longer is removed, and only the log keeps it."""
    return book.code in REMOVED or not (book.ends or book.code in ENDED)


def is_checked(book: Book) -> bool:
    """Whether its entries are confirmed each quarter."""
    return book.code in CHECKED or book.group == "registers"


@transaction.atomic
def save_entry(book: Book, draft: Draft, *, by: Person, now: datetime) -> Any:
    """Write one entry, new or changed, that was planned by `plans.draft_of`. Raises Refused, ValidationError."""
    if draft.faults:
        raise ValidationError({key: said(why) for key, why in draft.faults if key})
    if draft.unit is None:
        raise Refused(message("desk_org.not_allowed"))
    _may(by, draft.unit)
    became = outcome(book, draft)
    if draft.existing is None:
        entry = filled(book, draft, book.model(), by, now)
        entry.save()
        record("ledger.entry_add", by=by, obj=entry, after=_facts(book, entry))
        return entry
    _may(by, draft.existing.unit)
    if became is Outcome.SAME:
        return draft.existing
    changed = changes(book, draft)
    entry = filled(book, draft, draft.existing, by, now)
    entry.save()
    before, after = ({key: _shown(book, key, pair[at]) for key, pair in changed.items()} for at in (0, 1))
    record("ledger.entry_change", by=by, obj=entry, before=before, after={"book": book.code, **after})
    return entry


@transaction.atomic
def end_entry(book: Book, entry: Any, *, by: Person, now: datetime) -> Any:
    """Say that an entry no longer holds: a range, line or duty ends, a device is taken out; the past stands.

    A shift, a log source, a protection device or a sighting is removed, and the log keeps what it was. Raises Refused.
    """
    _may(by, entry.unit)
    if is_removed(book):
        record("ledger.entry_remove", by=by, obj=entry, before=_facts(book, entry))
        entry.delete()
        return entry
    key = book.ends or ENDED[book.code]
    value: Any = {"ranges": now, "assets": Asset.Status.GONE}.get(book.code, timezone.localdate(now))
    before = getattr(entry, key)
    if before == value or (before and book.code != "assets"):
        raise Refused(message("desk_ledger.ended_already"))
    setattr(entry, key, value)
    entry.save()
    record("ledger.entry_end", by=by, obj=entry, after={"book": book.code, key: value})
    return entry


@transaction.atomic
def check_entries(book: Book, *, by: Person, unit: Unit, now: datetime) -> int:
    """Confirm that the entries of a unit and all below still hold (季度核对); returns how many. Raises Refused."""
    _may(by, unit)
    if not is_checked(book):
        raise Refused(message("desk_org.not_allowed"))
    today = timezone.localdate(now)
    rows = entries_visible_to(book, by, unit).filter(unit__path__startswith=unit.path)
    count = int(rows.update(checked_on=today))
    record("ledger.check", by=by, obj=unit, after={"book": book.code, "count": count, "checked_on": today})
    return count


@transaction.atomic
def reveal(book: Book, entry: Any, *, by: Person, reason: str) -> str:
    """The whole telephone number of an entry, for a reason that the log keeps. Raises Refused, ValidationError."""
    if not holds(by, *READERS, unit=entry.unit):
        raise Refused(message("desk_org.not_allowed"))
    if not reason.strip():
        raise ValidationError({"reason": word("desk_ledger.reason_needed")})
    record("ledger.reveal", by=by, obj=entry, after={"book": book.code, "reason": reason.strip()})
    return str(getattr(entry, book.secret))


@transaction.atomic
def link_account(staff: Staff, account: Person, *, by: Person, now: datetime) -> Staff:
    """Say that an account is this member's, so that it closes when the member leaves. Raises Refused.

    By whoever keeps both; each has at most one of the other.
    """
    _may(by, staff.unit)
    _may(by, account.unit)
    fresh = Staff.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=staff.pk)
    if fresh.left_on is not None or fresh.account_id is not None or Staff.objects.filter(account=account).exists():
        raise Refused(message("desk_ledger.linked_already"))
    fresh.account = account
    fresh.save(update_fields=["account"])
    facts = {"username": account.username, "person": account.name, "number": fresh.number, "at": now}
    record("ledger.link_account", by=by, obj=fresh, after=facts)
    return fresh


@transaction.atomic
def unlink_account(staff: Staff, *, by: Person, now: datetime) -> Staff:
    """Take back that an account is this member's. Raises Refused, also where the member has left: that stays said."""
    _may(by, staff.unit)
    fresh = Staff.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=staff.pk)
    if fresh.account is None or fresh.left_on is not None:
        raise Refused(message("desk_ledger.not_linked"))
    record("ledger.unlink_account", by=by, obj=fresh, before={"username": fresh.account.username}, after={"at": now})
    fresh.account = None
    fresh.save(update_fields=["account"])
    return fresh


@transaction.atomic
def leave(
    staff: Staff,
    *,
    by: Person,
    now: datetime,
    left_on: date,
    successor: Staff | None = None,
    account: Person | None = None,
) -> Staff:
    """Somebody leaves: the login is closed at once, duties end, devices go to the successor or become ownerless.

    `account` is the login where the roll did not name it yet. What was signed, granted and logged before stays.

    Raises Refused.
    """
    _may(by, staff.unit)
    staff = (
        Staff.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "account").get(pk=staff.pk)
    )
    if staff.left_on is not None:
        raise Refused(message("desk_ledger.left_already"))
    if successor is not None and (successor.pk == staff.pk or successor.left_on or successor.unit_id != staff.unit_id):
        raise Refused(message("desk_ledger.bad_successor"))
    if account is not None and staff.account is None:
        staff = link_account(staff, account, by=by, now=now)
    staff.left_on = left_on
    staff.save(update_fields=["left_on"])
    if staff.account is not None and staff.account.is_active:
        org.close_leaver(staff.account, by=by)
    devices = list(assets_of(staff))
    for asset in devices:
        asset.person_name = successor.name if successor else ""
        asset.person_number = successor.number if successor else ""
        asset.person_phone = successor.phone if successor else ""
        asset.save(update_fields=["person_name", "person_number", "person_phone"])
    duties = duties_of(staff).filter(Q(until=None) | Q(until__gt=left_on)).update(until=left_on)
    Shift.objects.filter(unit=staff.unit, name=staff.name, number__in=("", staff.number), day__gt=left_on).delete()
    heir = successor.number if successor else ""
    after = {"left_on": left_on, "assets": len(devices), "duties": duties, "successor": heir}
    record("ledger.leave", by=by, obj=staff, after=after)
    return staff


def assets_of(staff: Staff) -> Any:
    """The devices for which a member of the staff answers: by staff number, or by name where no number is given."""
    mine = Q(person_number=staff.number) | Q(person_number="", person_name=staff.name)
    below = Asset.objects.filter(unit__path__startswith=staff.unit.path)
    return below.filter(mine).exclude(status=Asset.Status.GONE).select_related("unit")


def duties_of(staff: Staff) -> Any:
    """The duties that a member of the staff holds."""
    mine = Q(number=staff.number) | Q(number="", name=staff.name)
    return Duty.objects.filter(mine, unit__path__startswith=staff.unit.path)


@transaction.atomic
def note_sighting(
    *, unit: Unit | None, at: datetime, ip: str = "", mac: str = "", hostname: str = "", source: str = ""
) -> Sighting | None:
    """Remember that telemetry saw a device; again, only its last time moves. None where nothing names it."""
    try:
        ip, mac = canonical_ip(ip) if ip else "", canonical_mac(mac) if mac else ""
    except ValueError:
        return None
    if not ip and not mac:
        return None
    seen, fresh = Sighting.objects.get_or_create(
        unit=unit, ip=ip, mac=mac,
        defaults={"first_seen": at, "last_seen": at, "hostname": hostname[:120], "source": source[:200]},
    )  # fmt: skip
    if not fresh:
        seen.first_seen, seen.last_seen = min(seen.first_seen, at), max(seen.last_seen, at)
        seen.hostname = hostname[:120] or seen.hostname
        seen.save(update_fields=["first_seen", "last_seen", "hostname"])
    return seen


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
    right is for people to settle, and until then `directory.attribute` says so.
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


def _facts(book: Book, entry: Any) -> dict[str, Any]:
    """What the log notes of an entry: whose it is, what identifies it, and what it says; numbers masked."""
    filled_in = {column.key: book.cell(entry, column.key) for column in book.table.columns}
    shown = {key: _shown(book, key, value) for key, value in filled_in.items() if value not in (None, "", [])}
    return {"book": book.code, **shown}


def _shown(book: Book, key: str, value: Any) -> Any:
    return masks.phone(str(value or "")) if key == book.secret else value


def _may(by: Person | None, unit: Unit) -> None:
    """Whoever keeps the unit's ledgers, or handles its cases; the program itself may."""
    if by is not None and not holds(by, *WRITERS, unit=unit):
        raise Refused(message("desk_org.not_allowed"))
