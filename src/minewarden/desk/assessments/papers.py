"""The papers of the campaign beside the assessment: D to J. Each is made of what other apps keep; none is typed twice.

D 阶段总结 is an assessment of a span. E 承诺书, I 责任清单, J 会议纪要 are made by the apps that keep pledges, duties
and meetings; where such an app is not there, the catalogue says so. F, G and H are made here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from minewarden.desk.cases.access import cases_for
from minewarden.desk.cases.models import Case, Order, Referral
from minewarden.desk.cases.protocols import protocol_name
from minewarden.desk.kit.words import chinese_of
from minewarden.desk.notices.access import received_by
from minewarden.desk.notices.addresses import addresses_of
from minewarden.desk.notices.models import Assignment, Received
from minewarden.desk.org.models import Person, Unit
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_papers")

SHOWN = 20
"""Rows of a sort that the catalogue shows."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of paper: its letter in the list of papers, the rows that it is made from, and how."""

    code: str
    letter: str
    rows: Callable[[Person, Unit | None], "QuerySet[Any, Any]"]
    make: Callable[[Any, datetime], OfficialDocument]
    label: Callable[[Any], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """A row of the catalogue: what the paper would be about, and from when."""

    pk: int
    about: str
    detail: str


def catalogue(person: Person, unit: Unit | None) -> Iterator[tuple[Sort, tuple[Offered, ...]]]:
    """Each sort with the newest rows that a person may see."""
    for sort in SORTS.values():
        yield sort, tuple(Offered(row.pk, *sort.label(row)) for row in sort.rows(person, unit)[:SHOWN])


ELSEWHERE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("E", "pledge", "pledges:home", ()),
    ("I", "duties", "campaigns:filings", ("duty-list",)),
    ("J", "minutes", "campaigns:filings", ("meeting",)),
)
"""Papers that other apps make: letter, sort, and the route to them."""


def elsewhere() -> Iterator[tuple[str, str, str]]:
    """Those papers with their address; empty where no app keeps what they are made of."""
    for letter, code, route, args in ELSEWHERE:
        try:
            yield letter, code, reverse(route, args=args)
        except NoReverseMatch:
            yield letter, code, ""


def paper(code: str, person: Person, row_id: int, now: datetime) -> tuple[Any, OfficialDocument] | None:
    """A paper with the row that it is made from; None where there is no such sort or the person may not see the row."""
    sort = SORTS.get(code)
    row = sort.rows(person, None).filter(pk=row_id).first() if sort else None
    return (row, sort.make(row, now)) if sort and row is not None else None


def _below(rows: "QuerySet[Any, Any]", unit: Unit | None, path: str) -> "QuerySet[Any, Any]":
    return rows.filter(**{f"{path}__startswith": unit.path}) if unit is not None else rows


def _documents(person: Person, unit: Unit | None) -> "QuerySet[Any, Any]":
    rows = received_by(person).filter(state=Received.State.CONFIRMED).order_by("-received_at", "-pk")
    return _below(rows, unit, "office__path")


def _referrals(person: Person, unit: Unit | None) -> "QuerySet[Any, Any]":
    rows = Referral.objects.filter(case__in=cases_for(person)).select_related("case", "case__unit", "by__unit")
    return _below(rows.order_by("-at", "-pk"), unit, "case__unit__path")


def _orders(person: Person, unit: Unit | None) -> "QuerySet[Any, Any]":
    rows = Order.objects.filter(case__in=cases_for(person)).exclude(ordered_at=None)
    return _below(rows.select_related(*_OF_ORDER).order_by("-ordered_at", "-pk"), unit, "case__unit__path")


def _asked_back(person: Person, unit: Unit | None) -> "QuerySet[Any, Any]":
    return _orders(person, unit).exclude(restore_asked_at=None)


_OF_ORDER = ("case", "case__unit", "ordered_by", "approved_by", "confirmed_by", "restore_asked_by", "restored_by")


def _moment(instant: datetime | None) -> str:
    if instant is None:
        return zh("not_yet")
    at = instant.astimezone(DISPLAY_ZONE)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def _day(now: datetime) -> Any:
    return now.astimezone(DISPLAY_ZONE).date()


def _relay(received: Received, now: datetime) -> OfficialDocument:
    """转发通知: to the units that lines were handed to; it names no address, since each sees its own lines only."""
    sent = list(
        Assignment.objects.filter(received=received, sender=received.office)
        .select_related("unit")
        .prefetch_related("shares")
        .order_by("unit__path", "pk")
    )
    names = list(dict.fromkeys(row.unit.name for row in sent))
    rows = [
        (row.unit.name, str(sum(not share.ended for share in row.lines)), _moment(row.due48), _moment(row.due72))
        for row in sent
    ]
    head = (zh("col_unit"), zh("col_lines"), zh("col_due48"), zh("col_due72"))
    given = {"source": received.source or zh("superior"), "number": received.number or zh("no_number")}
    return OfficialDocument(
        title=zh("relay_title", source=given["source"]),
        addressee="、".join(names[:6]) + (zh("and_others") if len(names) > 6 else "") if names else zh("units_below"),
        unit=received.office.name,
        on=_day(received.confirmed_at or now),
        opening=(zh("relay_opening", at=_moment(received.received_at), **given),),
        sections=(
            Section(zh("relay_find"), (zh("relay_find_text"),)),
            Section(zh("relay_report"), (zh("relay_report_text"),)),
            Section(zh("relay_hygiene"), (zh("relay_hygiene_text"),)),
        ),
        # On a page of its own: however many units there are, the notice and its signature stand together.
        annexes=(Annex(zh("relay_list"), (Section("", (), (head, *rows), widths=(26, 8, 33, 33)),)),) if rows else (),
        code=f"F-{received.pk}",
    )


def _referral(row: Referral, now: datetime) -> OfficialDocument:
    """移送函 or 致运营商函, in the form of a letter."""
    case = row.case
    which = "carrier" if row.office == "carrier" else "referral"
    addresses = addresses_of(case)
    asked = f"{which}_asked" if which == "referral" or addresses.known else "carrier_asked_unknown"
    # What the receiver needs to find the line or the machine; nobody's name.
    facts = [
        (zh("row_case"), case.number),
        *addresses.rows,
        (zh("row_target"), case.target or zh("unknown")),
        (zh("row_protocol"), protocol_name(case.protocol) or zh("unknown")),
    ]
    return OfficialDocument(
        title=zh(f"{which}_title", number=case.number),
        addressee=row.name,
        unit=row.by.unit.name,
        on=_day(row.at),
        opening=(zh(f"{which}_opening", unit=case.unit.name, at=_moment(case.received_at)),),
        sections=(
            Section(zh("part_facts"), (), ((zh("row_item"), zh("row_content")), *facts)),
            Section(zh("part_reason"), tuple(_lines(row.reason))),
            Section(zh("part_asked"), (zh(asked),)),
        ),
        closing=zh("please"),
        issuer_mark=row.by.unit.name,
        number=row.number,
        letter=True,
        code=f"G-{row.pk}",
    )


def _order(row: Order, now: datetime) -> OfficialDocument:
    """断网通知单, on one page."""
    facts = [
        ("row_case", row.case.number), ("row_unit", row.case.unit.name), ("row_device", _device(row.case)),
        ("row_place", row.case.device_place or zh("not_yet")), ("row_post", row.case.responsible_post or zh("not_yet")),
        ("row_reason", row.reason), ("row_basis", zh("order_basis")),
        ("row_ordered", _by(row.ordered_by, row.ordered_at)), ("row_approved", _by(row.approved_by, row.approved_at)),
        ("row_executed", _moment(row.executed_at)), ("row_confirmed", _by(row.confirmed_by, row.confirmed_at)),
        ("row_review", _moment(row.review_at)),
    ]  # fmt: skip
    return _form(row.case, "order_title", facts, row.approved_at or row.ordered_at or now, f"H-{row.pk}")


def _restoration(row: Order, now: datetime) -> OfficialDocument:
    """恢复申请单, on one page."""
    facts = [
        ("row_case", row.case.number), ("row_unit", row.case.unit.name), ("row_device", _device(row.case)),
        ("row_place", row.case.device_place or zh("not_yet")), ("row_executed", _moment(row.executed_at)),
        ("row_asked", _by(row.restore_asked_by, row.restore_asked_at)), ("row_why_back", row.restore_reason),
        ("row_restored", _by(row.restored_by, row.restored_at)),
    ]  # fmt: skip
    return _form(row.case, "restore_title", facts, row.restored_at or row.restore_asked_at or now, f"H-{row.pk}-R")


def _form(case: Case, title: str, facts: Iterable[tuple[str, str]], at: datetime, code: str) -> OfficialDocument:
    rows = tuple((zh(key), text or zh("not_yet")) for key, text in facts)
    return OfficialDocument(
        title=zh(title), addressee="", unit=case.unit.name, on=_day(at),
        sections=(Section("", (), ((zh("row_item"), zh("row_content")), *rows)),), code=code, dense=True,
    )  # fmt: skip


def _device(case: Case) -> str:
    return "，".join(p for p in (case.device_name, case.device_ip, case.device_mac, case.device_serial) if p)


def _by(person: Person | None, at: datetime | None) -> str:
    return f"{person.name}　{_moment(at)}" if person is not None and at is not None else ""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _when(at: datetime | None) -> str:
    return at.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


SORTS: Mapping[str, Sort] = {
    sort.code: sort
    for sort in (
        Sort("relay", "F", _documents, _relay, lambda row: (str(row), _when(row.received_at))),
        Sort("referral", "G", _referrals, _referral, lambda row: (f"{row.case.number} → {row.name}", _when(row.at))),
        Sort(
            "order", "H", _orders, _order,
            lambda row: (f"{row.case.number} · {row.case.unit.label}", _when(row.ordered_at)),
        ),
        Sort(
            "restore", "H", _asked_back, _restoration,
            lambda row: (f"{row.case.number} · {row.case.unit.label}", _when(row.restore_asked_at)),
        ),
    )
}  # fmt: skip
