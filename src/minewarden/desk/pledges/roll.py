"""Who is to sign, kept in step with what other ledgers know: staff, units, cases; and with units that are merged.

Nothing is asked again that stands somewhere already. Students alone are handed in.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.every import Every
from minewarden.desk.ledger.models import Staff
from minewarden.desk.ledger.registry import heir
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.pledges.models import Link, Signer

OF_THE_UNIT = "单位"
"""The number under which a unit itself stands in its roll."""
_AT_ONCE = 2000
_turn = Every(timedelta(minutes=30))
_BOUND = frozenset({Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE, Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN})
_OPERATORS = frozenset({Staff.Kind.OPERATOR, Staff.Kind.CONTRACTOR})


def look(now: datetime) -> int:
    """Take over what is new in the whole desk, every half hour; how many rows were touched."""
    if not _turn.due(now):
        return 0
    return sum(take_over(root, now=now) for root in Unit.objects.filter(parent=None))


@transaction.atomic
def take_over(unit: Unit, *, now: datetime, by: Person | None = None) -> int:
    """Bring the rolls of a unit and all below it into step with the other ledgers; how many rows were touched."""
    today = timezone.localdate(now)
    counts = {
        "merged": _merged(unit, now),
        "staff": _staff(unit, today),
        "changed": _changed(unit, now),
        "units": _units(unit, today),
        "involved": _involved(unit, today),
    }
    if touched := sum(counts.values()):
        record("pledge.take_over", by=by, obj=unit, after={key: count for key, count in counts.items() if count})
    return touched


def _staff(unit: Unit, today: date) -> int:
    """Members of the staff who are in no roll yet. A row that was handed in by the same number is theirs."""
    fresh = Staff.objects.filter(unit__path__startswith=unit.path, left_on=None, signer=None, unit__valid_to=None)
    rows = list(fresh.select_related("unit").order_by("pk")[: 10 * _AT_ONCE])
    known = _known([row.unit_id for row in rows])
    made, joined = [], 0
    for row in rows:
        before = known.get((row.unit_id, row.number))
        if before is not None:
            joined += Signer.objects.filter(pk=before.pk, staff=None).update(staff=row)
            continue
        made.append(
            Signer(
                unit=row.unit, group=row.department, number=row.number, name=row.name, category=_category(row),
                staff=row, due_from=max(row.joined_on or today, today), entered_by=row.entered_by,
            )
        )  # fmt: skip
    Signer.objects.bulk_create(made, batch_size=500)
    return len(made) + joined


def _known(units: Iterable[int]) -> dict[tuple[int, str], Signer]:
    found: dict[tuple[int, str], Signer] = {}
    numbers = sorted(set(units))
    for begin in range(0, len(numbers), 500):
        for row in Signer.objects.filter(unit__in=numbers[begin : begin + 500], staff=None):
            found[row.unit_id, row.number] = row
    return found


def _category(row: Staff) -> str:
    return Signer.Category.OPERATOR if row.kind in _OPERATORS else Signer.Category.STAFF


def _changed(unit: Unit, now: datetime) -> int:
    """Members who are called otherwise, work elsewhere, moved to another unit, left, or came back."""
    kinds = [kind.value for kind in _OPERATORS]
    differs = (
        ~Q(name=F("staff__name"))
        | ~Q(group=F("staff__department"))
        | ~Q(unit=F("staff__unit"))
        | Q(left_on=None, staff__left_on__isnull=False)
        | Q(left_on__isnull=False, staff__left_on=None, unit__valid_to=None)
        | (Q(staff__kind__in=kinds) & ~Q(category=Signer.Category.OPERATOR))
        | (~Q(staff__kind__in=kinds) & Q(category=Signer.Category.OPERATOR))
    )
    near = Q(unit__path__startswith=unit.path) | Q(staff__unit__path__startswith=unit.path)
    rows = Signer.objects.filter(near, differs, staff__isnull=False).select_related("staff__unit", "unit", "signature")
    return sum(_followed(row, now) for row in rows.order_by("pk")[:_AT_ONCE])


def _followed(row: Signer, now: datetime) -> int:
    staff = row.staff
    home = heir(staff.unit, now) if staff is not None else None
    if staff is None or home is None:
        return 0
    moved = home.pk != row.unit_id
    merged = home.pk != staff.unit_id
    facts: dict[str, Any] = {"name": staff.name, "category": _category(staff), "left_on": staff.left_on}
    # What a merger put together is not put apart again: the department may carry the former school's name.
    facts |= {} if merged else {"group": staff.department}
    if moved:
        facts |= {"unit": home, "number": _free(home, row.number, row.unit), "group": staff.department}
        # 重签: a pledge was given to the unit that the person left, and is due to the new one.
        facts["again"] = row.signature is not None and row.signature.unit_id != home.pk
    facts = {key: value for key, value in facts.items() if getattr(row, key) != value}
    for key, value in facts.items():
        setattr(row, key, value)
    if facts:
        row.save(update_fields=sorted(facts))
    return bool(facts)


def _units(unit: Unit, today: date) -> int:
    """Each unit owes a pledge to the one above it; a unit that has ended no longer does."""
    missing = Unit.objects.filter(path__startswith=unit.path, valid_to=None, kind__in=_BOUND).exclude(parent=None)
    missing = missing.exclude(signers__category=Signer.Category.UNIT)
    made = [
        Signer(unit=one, number=OF_THE_UNIT, name=one.name, category=Signer.Category.UNIT, due_from=today)
        for one in missing[: 10 * _AT_ONCE]
    ]
    Signer.objects.bulk_create(made, batch_size=500)
    named = Signer.objects.filter(unit__path__startswith=unit.path, category=Signer.Category.UNIT)
    renamed = list(named.exclude(name=F("unit__name")).select_related("unit"))
    for row in renamed:
        row.name = row.unit.name
    Signer.objects.bulk_update(renamed, ["name"], batch_size=500)
    return len(made) + len(renamed)


def _involved(unit: Unit, today: date) -> int:
    """Whoever answers for a device of a case that was true signs when the case is closed."""
    true = Case.objects.filter(
        unit__path__startswith=unit.path, conclusion=Case.Conclusion.TRUE, closed_at__isnull=False, signers=None
    )
    rows = list(true.exclude(responsible_name="").select_related("unit")[:_AT_ONCE])
    for case in rows:
        Signer.objects.get_or_create(
            unit=case.unit, number=case.number,
            defaults={
                "name": case.responsible_name, "category": Signer.Category.INVOLVED, "case": case, "due_from": today,
                "group": INVOLVED_GROUP,
            },
        )  # fmt: skip
    return len(rows)


INVOLVED_GROUP = "涉事人员"


def _merged(unit: Unit, now: datetime) -> int:
    """Those of a unit that was merged belong to its successor, with their links; what they signed still holds."""
    today = timezone.localdate(now)
    ended = Unit.objects.filter(valid_to__lt=today).filter(
        Q(path__startswith=unit.path) | Q(successor__path__startswith=unit.path)
    )
    touched = 0
    for gone in ended.filter(signers__left_on=None, signers__isnull=False).distinct().select_related("successor"):
        home = heir(gone, now)
        rows = list(Signer.objects.filter(unit=gone, left_on=None).order_by("pk"))
        own = [row for row in rows if home is None or row.category == Signer.Category.UNIT]
        Signer.objects.filter(pk__in=[row.pk for row in own]).update(left_on=gone.valid_to)
        if home is not None:
            _moved([row for row in rows if row not in own], gone, home)
        touched += len(rows)
    return touched


def _moved(rows: Sequence[Signer], gone: Unit, home: Unit) -> None:
    taken = set(Signer.objects.filter(unit=home).values_list("number", flat=True))
    groups = set(Signer.objects.filter(unit=home).values_list("group", flat=True))
    renamed = {
        row.group: _short(f"{row.group}（原{gone.label}）" if row.group in groups else row.group, 120) for row in rows
    }
    for row in rows:
        if row.number in taken:
            row.number = _short(f"{gone.label}-{row.number}", 60)
        taken.add(row.number)
        row.unit, row.group = home, renamed[row.group]
    Signer.objects.bulk_update(rows, ["unit", "number", "group"], batch_size=500)
    # Codes that hang on walls go on working. One for the whole school becomes one for each of its groups.
    for link in Link.objects.filter(unit=gone, revoked_at=None):
        link.unit, link.group = home, renamed.get(link.group, link.group)
        link.from_unit = gone if link.whole else None
        link.save(update_fields=["unit", "group", "from_unit"])
    Signer.objects.filter(pk__in=[row.pk for row in rows]).update(from_unit=gone)


def _free(home: Unit, number: str, before: Unit) -> str:
    """The number, or where somebody has it there, the number with the unit that it came from."""
    taken = Signer.objects.filter(unit=home, number=number).exists()
    return _short(f"{before.label}-{number}", 60) if taken else number


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[-longest:]
