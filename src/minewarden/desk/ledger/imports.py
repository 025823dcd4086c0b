"""Files that people hand in for a ledger: kept sealed, planned row by row, and taken in only when somebody confirms."""

import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from minewarden.desk.audit.record import record
from minewarden.desk.kit.sealed import seal, unseal
from minewarden.desk.kit.turns import turn
from minewarden.desk.kit.words import language, said
from minewarden.desk.ledger.access import WRITERS
from minewarden.desk.ledger.books import BOOKS, Book, Draft
from minewarden.desk.ledger.models import Entry, Import
from minewarden.desk.ledger.plans import Outcome, changes, drafts_of, outcome
from minewarden.desk.org import actions as org
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.sheet import Reading
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import errors
from minewarden.documents.watermark import Watermark
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message

_AT_ONCE = 300
_PURPOSE = "import"
_AUTHORITIES = (Unit.Kind.PROVINCE, Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a file and what becomes of it, as it was kept."""

    line: int
    outcome: Outcome
    texts: Mapping[str, str]
    faults: tuple[tuple[str, Message], ...]
    cautions: tuple[Message, ...]
    changes: Mapping[str, tuple[Any, Any]]


def receive(
    book: Book, *, by: Person, unit: Unit, name: str, content: bytes, now: datetime, whose: Unit | None = None
) -> Import:
    """Keep a file and plan what it would do; nothing is taken in yet. `unit` answers for the import.

    unit: under which the import is kept; whose: the unit of rows that name none. Raises Refused, InputError (no
    spreadsheet, too large, a required column missing).
    """
    _may(by, unit)
    if book.model is Unit and not holds(by, *org.KEEPERS):
        raise org.Refused(message("desk_org.not_allowed"))
    # Read and planned before the transaction begins: a file may take a minute, and the desk has one writer at a time.
    # Nothing is taken in by this plan; `confirm` makes it afresh.
    with turn():
        reading = read_table(content, name, book.table)
    _complete(reading, name)
    drafts = drafts_of(book, reading.rows, by=by, now=now, unit=whose)
    outcomes = [outcome(book, draft) for draft in drafts]
    planned_rows = _packed(book, drafts, outcomes)
    with transaction.atomic():
        kept = Import.objects.create(
            book=book.code,
            unit=unit,
            by=by,
            at=now,
            name=name[:200],
            sha256=sha256(content).hexdigest(),
            original=seal(content, _PURPOSE),
            rows=planned_rows,
            counts=_counts(drafts, outcomes) | {"unknown": list(reading.unknown), "whose": whose.pk if whose else None},
        )
        record("ledger.import_receive", by=by, obj=kept, after=_facts(kept))
    return kept


def confirm(kept: Import, *, by: Person, now: datetime, correct_only: bool) -> Import:
    """Take the rows in: all, or, with `correct_only`, those that are right.

    Planned afresh, since the ledger may have changed. Handing the same file in again changes nothing. Raises Refused.
    """
    _waiting(kept, by)
    # Before the transaction begins, like in `receive`.
    with turn():
        reading = read_table(original(kept), kept.name, BOOKS[kept.book].table)
    return _confirmed(kept, reading, by=by, now=now, correct_only=correct_only)


def _waiting(kept: Import, by: Person) -> None:
    _may(by, kept.unit)
    if kept.state != Import.State.WAITING:
        raise org.Refused(message("desk_ledger.import_settled"))


@transaction.atomic
def _confirmed(kept: Import, reading: Reading, *, by: Person, now: datetime, correct_only: bool) -> Import:
    kept = Import.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=kept.pk)
    _waiting(kept, by)
    book = BOOKS[kept.book]
    whose = Unit.objects.filter(pk=kept.counts.get("whose")).first()
    drafts = drafts_of(book, reading.rows, by=by, now=now, unit=whose)
    outcomes = [outcome(book, draft) for draft in drafts]
    if Outcome.ERROR in outcomes and not correct_only:
        raise org.Refused(message("desk_ledger.import_has_errors", count=outcomes.count(Outcome.ERROR)))
    # Before the rows are written: afterwards nothing would differ any more.
    kept.rows = _packed(book, drafts, outcomes)
    write(book, drafts, outcomes, by=by, now=now)
    kept.counts |= _counts(drafts, outcomes)
    kept.state, kept.settled_at, kept.correct_only = Import.State.DONE, now, correct_only
    kept.save()
    record("ledger.import_confirm", by=by, obj=kept, after=_facts(kept) | {"correct_only": correct_only})
    return kept


@transaction.atomic
def drop(kept: Import, *, by: Person, now: datetime) -> Import:
    """Give an import up; the file and its hash stay. Raises Refused."""
    _waiting(kept, by)
    kept.state, kept.settled_at = Import.State.DROPPED, now
    kept.save(update_fields=["state", "settled_at"])
    record("ledger.import_drop", by=by, obj=kept, after=_facts(kept))
    return kept


def original(kept: Import) -> bytes:
    """The file as it was handed in, byte for byte. Raises ConfigError where the key is gone."""
    return unseal(bytes(kept.original), _PURPOSE)


def planned(kept: Import) -> list[PlannedRow]:
    """The rows of an import with what becomes of each."""
    rows = json.loads(zlib.decompress(unseal(bytes(kept.rows), _PURPOSE)))
    return [
        PlannedRow(
            line=row["line"],
            outcome=Outcome(row["outcome"]),
            texts=row["texts"],
            faults=tuple((key, Message(identifier, params)) for key, identifier, params in row["faults"]),
            cautions=tuple(Message(identifier, params) for identifier, params in row["cautions"]),
            changes={key: tuple(pair) for key, pair in row["changes"].items()},
        )
        for row in rows
    ]


def error_book(kept: Import, watermark: Watermark) -> bytes:
    """The rows that were not right, as they were given, with the reasons in a red column and whoever takes them."""
    wrong = [(row.texts, row.faults) for row in planned(kept) if row.outcome is Outcome.ERROR]
    return errors(BOOKS[kept.book].table, wrong, language(), watermark=watermark)


def write(
    book: Book, drafts: Sequence[Draft], outcomes: Sequence[Outcome], *, by: Person | None, now: datetime
) -> None:
    """Put planned rows into the ledger, within the caller's transaction."""
    if book.model is Unit:
        _write_units(drafts, outcomes, by)
        return
    fresh: list[models.Model] = []
    for draft, became in zip(drafts, outcomes, strict=True):
        if became is Outcome.NEW:
            fresh.append(filled(book, draft, book.model(), by, now))
        elif became is Outcome.CHANGED:
            filled(book, draft, draft.existing, by, now).save()
    for entry in fresh:
        entry.clean()
    book.model._default_manager.bulk_create(fresh, batch_size=_AT_ONCE)


def filled(book: Book, draft: Draft, entry: Any, by: Person | None, now: datetime) -> Any:
    """The entry with the draft's values, and with the trace of who wrote them for whom."""
    for key, value in draft.values.items():
        setattr(entry, key, book.stored(key, value))
    if isinstance(entry, Entry):
        entry.entered_by, entry.entered_at = by, now
        entry.on_behalf = by is not None and by.unit_id != entry.unit.pk and by.unit.kind in _AUTHORITIES
    elif book.code == "seen":
        entry.first_seen = entry.first_seen or entry.last_seen
    return entry


def _write_units(drafts: Sequence[Draft], outcomes: Sequence[Outcome], by: Person | None) -> None:
    """Superiors before those below them, whatever their order in the file."""
    made: dict[int, Unit] = {}
    waiting = [
        draft for draft, became in zip(drafts, outcomes, strict=True) if became in (Outcome.NEW, Outcome.CHANGED)
    ]
    while waiting:
        ready = [(draft, superior) for draft in waiting if (superior := _superior(draft, made)) is not None]
        if not ready:
            raise org.Refused(message("ledger_rules.circle"))
        for draft, superior in ready:
            facts = {key: value for key, value in draft.values.items() if key != "parent"}
            if draft.existing is None:
                made[id(draft)] = org.create_unit(by=by, parent=superior, **facts)
            else:
                made[id(draft)] = org.change_unit(draft.existing, by=by, parent=superior, **facts)
        waiting = [draft for draft in waiting if id(draft) not in made]


def _superior(draft: Draft, made: Mapping[int, Unit]) -> Unit | None:
    parent = draft.values.get("parent")
    if isinstance(parent, Draft):
        return parent.existing or made.get(id(parent))
    return parent if isinstance(parent, Unit) else None


def _complete(reading: Reading, name: str) -> None:
    """A column that each row must have cannot be missing as a whole; that of the unit may."""
    lacking = [column for column in reading.missing if column.key != "unit"]
    if lacking:
        titles = "、".join(said(column.title) for column in lacking)
        raise InputError(name, 0, message("desk_ledger.import_lacks", titles=titles))
    if not reading.rows:
        raise InputError(name, 0, message("desk_ledger.import_no_rows"))


def _packed(book: Book, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> bytes:
    rows = [
        {
            "line": draft.line,
            "outcome": became.value,
            "texts": dict(draft.texts),
            "faults": [[key, why.id, dict(why.params)] for key, why in draft.faults],
            "cautions": [[why.id, dict(why.params)] for why in draft.cautions],
            "changes": _changes(book, draft) if became is Outcome.CHANGED else {},
        }
        for draft, became in zip(drafts, outcomes, strict=True)
    ]
    return seal(zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 3), _PURPOSE)


def _changes(book: Book, draft: Draft) -> dict[str, list[Any]]:
    return {key: [_plain(before), _plain(after)] for key, (before, after) in changes(book, draft).items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _counts(drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counted = Counter(outcomes)
    ownerless = sum(any(key == "person_name" for key, _ in draft.faults) for draft in drafts)
    cautioned = sum(bool(draft.cautions) and not draft.faults for draft in drafts)
    return {became.value: counted[became] for became in Outcome} | {
        "rows": len(drafts), "ownerless": ownerless, "cautioned": cautioned,
    }  # fmt: skip


def _facts(kept: Import) -> dict[str, Any]:
    wanted = ("rows", *(became.value for became in Outcome))
    return {"book": kept.book, "file": kept.name, "sha256": kept.sha256} | {key: kept.counts[key] for key in wanted}


def _may(by: Person | None, unit: Unit) -> None:
    if by is not None and not holds(by, *WRITERS, unit=unit):
        raise org.Refused(message("desk_org.not_allowed"))


def invalid(key: str, why: Message) -> ValidationError:
    """A fault of a draft as an error of a form's field."""
    return ValidationError({key: said(why)} if key else said(why))
