"""A finding's JSON as a page shows it: evidence in words with its rows, and each candidate as a chain of hops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minewarden.desk.cases.finding_form import GRADES
from minewarden.desk.cases.models import CandidateCopy
from minewarden.desk.kit import masks
from minewarden.vocab.masking import masked_account

ROWS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a fact stands: "egress.pcap" with its rows, and how many more there are."""

    source: str
    rows: tuple[int, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence."""

    text: Mapping[str, str]
    detector: str
    grade: str
    level: int
    first_seen: datetime | None
    last_seen: datetime | None
    rows: tuple[Rows, ...]


@dataclass(frozen=True, slots=True)
class HopShown:
    """One link of a chain: what was known, by what kind of log, what that gave."""

    kind: str
    known: str
    found: str
    valid_from: datetime | None
    valid_until: datetime | None
    rows: tuple[Rows, ...]
    note: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Chain:
    """One candidate. `pk` is 0 where it is not a case's yet."""

    pk: int
    position: int
    certainty: str
    answer: tuple[tuple[str, str], ...]
    hops: tuple[HopShown, ...]
    chosen_at: datetime | None = None
    chosen_by: str = ""
    chosen_reason: str = ""


def reasons(content: Mapping[str, Any]) -> tuple[Reason, ...]:
    """The evidence, strongest first."""
    given = sorted(content.get("evidence", []), key=lambda e: (-GRADES.index(e["grade"]), -float(e.get("weight") or 0)))
    return tuple(
        Reason(
            text=item["text"],
            detector=str(item.get("detector", "")),
            grade=item["grade"],
            level=GRADES.index(item["grade"]) + 1,
            first_seen=instant(item.get("first_seen")),
            last_seen=instant(item.get("last_seen")),
            rows=rows(item.get("rows", [])),
        )
        for item in given
    )


def chains(content: Mapping[str, Any], *, revealed: bool) -> tuple[Chain, ...]:
    """The candidates of a finding that is not a case yet."""
    return tuple(
        _chain(0, position, given, given.get("hops", []), revealed=revealed)
        for position, given in enumerate(content.get("trace", []), start=1)
    )


def chains_of(candidates: Iterable[CandidateCopy], *, revealed: bool) -> tuple[Chain, ...]:
    """The candidates of a case, with what people said about them."""
    shown = []
    for copy in candidates:
        given = {name: getattr(copy, name) for name in ("certainty", "internal_ip", *_DETAILS)}
        people = (copy.chosen_at, copy.chosen_by.name if copy.chosen_by else "", copy.chosen_reason)
        shown.append(_chain(copy.pk, copy.position, given, copy.hops, revealed=revealed, people=people))
    return tuple(shown)


def account(content: Mapping[str, Any], *, revealed: bool) -> str:
    """The account the host mined for, masked unless somebody has said why he must see it."""
    given = str(content.get("account") or "")
    masked_before = "…" in given
    return given if revealed or masked_before else masked_account(given)


def rows(given: Iterable[Mapping[str, Any]]) -> tuple[Rows, ...]:
    """Rows gathered by their source."""
    gathered: dict[str, list[int]] = {}
    for row in given:
        gathered.setdefault(str(row.get("source", "")), []).append(int(row.get("row") or 0))
    return tuple(
        Rows(source, tuple(sorted(numbers)[:ROWS_SHOWN]), max(0, len(numbers) - ROWS_SHOWN))
        for source, numbers in gathered.items()
    )


def instant(text: str | None) -> datetime | None:
    """An RFC 3339 time of a finding."""
    return datetime.fromisoformat(text) if text else None


_DETAILS = ("mac", "login", "switch_port", "asset", "person")
_NOBODY = (None, "", "")


def _chain(
    pk: int,
    position: int,
    given: Mapping[str, Any],
    hops: Iterable[Mapping[str, Any]],
    *,
    revealed: bool,
    people: tuple[datetime | None, str, str] = _NOBODY,
) -> Chain:
    hidden = {} if revealed else _hidden(given)

    def shown(text: object) -> str:
        return hidden.get(str(text or ""), str(text or ""))

    answer = tuple((name, shown(given.get(name))) for name in ("internal_ip", *_DETAILS) if given.get(name))
    links = tuple(
        HopShown(
            kind=hop["kind"],
            known=shown(hop.get("known")),
            found=shown(hop.get("found")),
            valid_from=instant(hop.get("valid_from")),
            valid_until=instant(hop.get("valid_until")),
            rows=rows(hop.get("rows") or []),
            note=hop.get("note"),
        )
        for hop in hops
    )
    return Chain(pk, position, str(given.get("certainty", "")), answer, links, *people)


def _hidden(given: Mapping[str, Any]) -> dict[str, str]:
    """Each personal detail of a candidate with its mask; the same detail is masked wherever it stands in the chain."""
    kinds = {"mac": masks.mac, "login": masks.login, "person": masks.name}
    return {str(given[name]): mask(str(given[name])) for name, mask in kinds.items() if given.get(name)}
