"""What an export is: files, and the records that have no form in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from minewarden.intel.record import Record, Type
from minewarden.vocab.indicator import ALERTING


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, by whom and of what an export is made. `label` is the version's, or says that it is the state of a day."""

    at: datetime
    producer: str
    label: str


@dataclass(frozen=True, slots=True)
class Exported:
    """File name -> content, and what was left out because the form has no word for it."""

    files: Mapping[str, bytes]
    left_out: tuple[Record, ...] = ()


def hits(record: Record) -> bool:
    """Whether a device may act on the record by itself: a pool's end, never a site that people read too."""
    return record.role in ALERTING


def exact_names(records: Sequence[Record], at: datetime) -> list[Record]:
    """The names for a form that compares exactly. The own name of a domain is left out where it is a site that people
    read: only what lies below it serves miners."""
    sites = {record.value for record in records if record.type is Type.HOST and not hits(record)}
    names = [r for r in records if r.type in (Type.HOST, Type.DOMAIN) and hits(r) and not r.over(at)]
    return [record for record in names if record.value not in sites]


def instant(at: datetime) -> str:
    """2026-11-25T02:00:00.000Z, as STIX and MISP write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(record: Record) -> str:
    """Operator, role and coins on one line without the marks that part fields."""
    text = " ".join(part for part in (record.operator, record.role.value, "/".join(record.coins)) if part)
    return " ".join("".join(char if char.isprintable() and char not in "\t|,;\"'\\" else " " for char in text).split())
