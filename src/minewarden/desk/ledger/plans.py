"""What a file, or a form, would do to a ledger, row by row, before anything is done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from minewarden.desk.kit import masks
from minewarden.desk.ledger.books import Book, Draft, World
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.sheet import Column, Row
from minewarden.documents.sheet_cells import plain, value_of
from minewarden.vocab.message import Message, message


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ERROR = "error"


def drafts_of(
    book: Book, rows: Iterable[Row], *, by: Person | None, now: datetime, unit: Unit | None = None
) -> list[Draft]:
    """The rows of a file as drafts, tried one by one, against each other and against the ledger.

    unit: whose the rows are that name none. A blank cell leaves what the ledger holds: nobody loses data by handing in
    a table that is half filled in.
    """
    world = World(by, now)
    drafts = [_read(book, row, world, unit) for row in rows]
    _find_existing(book, drafts)
    for draft in drafts:
        _masked(book, draft)
    book.check(drafts, world)
    return drafts


def draft_of(
    book: Book, texts: Mapping[str, str], *, by: Person | None, now: datetime, unit: Unit | None, existing: Any = None
) -> Draft:
    """What somebody filled into a form, as a draft by the same rules. A blank field empties what the ledger holds."""
    world = World(by, now)
    draft = _read(book, Row(0, {key: text for key, text in texts.items() if text}), world, unit)
    _find_existing(book, [draft])
    if existing is not None:
        if draft.existing is not None and draft.existing.pk != existing.pk:
            draft.fault(book.table.key[-1], message("ledger_rules.exists"))
        draft.existing = existing
        for column in book.table.columns:
            if column.key not in draft.values and column.key not in draft.texts:
                draft.values[column.key] = book.stored(column.key, None) or None
    elif draft.existing is not None:
        draft.fault(book.table.key[-1], message("ledger_rules.exists"))
    _masked(book, draft)
    book.check([draft], world)
    return draft


def outcome(book: Book, draft: Draft) -> Outcome:
    """What becomes of the row."""
    if draft.faults:
        return Outcome.ERROR
    if draft.existing is None:
        return Outcome.NEW
    return Outcome.CHANGED if changes(book, draft) else Outcome.SAME


def changes(book: Book, draft: Draft) -> dict[str, tuple[Any, Any]]:
    """Column key -> (before, after), where they differ, in the values that columns show."""
    found = {}
    for key, value in draft.values.items():
        before = book.cell(draft.existing, key)
        after = (value.name if isinstance(value, Unit) else str(value)) if _is_row(value) else value
        if isinstance(after, list):
            after = "；".join(after)
        if (before or None) != (after or None) or isinstance(before, bool) != isinstance(after, bool):
            found[key] = (before, after)
    return found


def _is_row(value: Any) -> bool:
    return hasattr(value, "_meta")


def _read(book: Book, row: Row, world: World, unit: Unit | None) -> Draft:
    draft = Draft(row.line, row.texts)
    for column in book.table.columns:
        text = row.texts.get(column.key, "")
        if column.key == "unit":
            _of_unit(draft, text, world, unit)
            continue
        if column.secret and "*" in text:
            continue
        value = value_of(column, text)
        if isinstance(value, Message):
            draft.fault(column.key, value)
        elif value is not None:
            draft.values[column.key] = value
    for key, kind in book.references.items():
        if key != "unit" and key in draft.values:
            _refer(draft, book.table.column(key), kind, world)
    if "aliases" in draft.values:
        text = str(draft.values["aliases"])
        for separator in "，,;、":
            text = text.replace(separator, "；")
        draft.values["aliases"] = [name.strip() for name in text.split("；") if name.strip()]
    return draft


def _of_unit(draft: Draft, text: str, world: World, unit: Unit | None) -> None:
    chosen = unit or world.only
    if not text and chosen is not None:
        draft.values["unit"] = chosen
        return
    if not text:
        draft.fault("unit", message("sheets.required"))
        return
    found = world.mine.get(plain(text), [])
    if len(found) == 1:
        draft.values["unit"] = found[0]
    elif found:
        draft.fault("unit", message("ledger_rules.unit_ambiguous", text=text, count=len(found)))
    else:
        draft.fault("unit", message("ledger_rules.unit_unknown", text=text))


def _refer(draft: Draft, column: Column, kind: str, world: World) -> None:
    text = str(draft.values.pop(column.key))
    if kind == "line":
        units = [draft.unit.pk, *reversed(draft.unit.ancestor_ids())] if draft.unit else []
        line = next((world.lines[unit, plain(text)] for unit in units if (unit, plain(text)) in world.lines), None)
        if line is None:
            draft.fault(column.key, message("ledger_rules.line_unknown", text=text))
        else:
            draft.values[column.key] = line
        return
    found = (world.mine if kind == "mine" else world.everyone).get(plain(text), [])
    if len(found) == 1:
        draft.values[column.key] = found[0]
    elif found:
        draft.fault(column.key, message("ledger_rules.unit_ambiguous", text=text, count=len(found)))
    else:
        draft.fault(column.key, message("ledger_rules.unit_unknown", text=text))


def _find_existing(book: Book, drafts: Sequence[Draft]) -> None:
    """Give each draft the entry that it names; two drafts of one entry are a fault of the later."""
    known = _entries(book, drafts)
    seen: dict[tuple[Any, ...], int] = {}
    for draft in drafts:
        key = _key(book, draft)
        if key is None:
            continue
        draft.existing = known.get(key)
        if key in seen:
            draft.fault(book.table.key[-1], message("ledger_rules.same_row", line=seen[key]))
        seen.setdefault(key, draft.line)


def _entries(book: Book, drafts: Sequence[Draft]) -> dict[tuple[Any, ...], Any]:
    found: dict[tuple[Any, ...], Any] = {}
    rows = book.model._default_manager.all()
    if "unit" in book.table.key:
        units = list({draft.unit.pk for draft in drafts if draft.unit})
        related = [key for key in book.references if key != "unit"]
        for begin in range(0, len(units), 500):
            for entry in rows.filter(unit__in=units[begin : begin + 500]).select_related("unit", *related):
                found[tuple(_comparable(book.cell(entry, key), key) for key in book.table.key)] = entry
        return found
    for entry in rows.select_related("parent"):
        found[tuple(_comparable(book.cell(entry, key), key) for key in book.table.key)] = entry
    return found


def _key(book: Book, draft: Draft) -> tuple[Any, ...] | None:
    parts = []
    for key in book.table.key:
        value = draft.values.get(key)
        if value is None and book.table.column(key).required:
            return None
        parts.append(_comparable(value.name if isinstance(value, Unit) else value, key))
    return tuple(parts)


def _comparable(value: Any, key: str) -> Any:
    """Names and numbers are the same whatever their case and width."""
    return plain(value) if isinstance(value, str) and key != "cidr" else value or ""


def _masked(book: Book, draft: Draft) -> None:
    """A masked number is what the desk itself wrote out: it stands for the one that is kept, and for no other."""
    key = book.secret
    text = draft.texts.get(key, "") if key else ""
    if "*" not in text:
        return
    kept = getattr(draft.existing, key, "") if draft.existing is not None else ""
    if not kept or masks.phone(kept) != text:
        draft.fault(key, message("ledger_rules.masked"))
    else:
        draft.values.pop(key, None)
