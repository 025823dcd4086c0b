"""T5 自查表: as a workbook of many lines, and one sheet as a paper for the files."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import segno
from django.db.models import Q, QuerySet
from django.utils import timezone

from minewarden.desk.kit.words import chinese_of, local
from minewarden.desk.selfchecks.codes import ITEMS, Place, Result
from minewarden.desk.selfchecks.models import Answer, CaseReport, Fix, Sheet
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import message
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_selfchecks")


def _choices(group: str, codes: Iterable[str]) -> Mapping[str, Any]:
    return {code: message(f"desk_selfchecks.{group}_{code}") for code in codes}


TABLE = Table(
    "checks",
    message("desk_selfchecks.table_title"),
    (
        Column("number", message("desk_selfchecks.col_number"), width=15),
        Column("unit", message("desk_selfchecks.col_unit"), width=24),
        Column(
            "kind", message("desk_selfchecks.field_kind"), Kind.CHOICE,
            choices=_choices("place", [place.value for place in Place]),
        ),
        Column("place", message("desk_selfchecks.field_place"), width=24),
        Column(
            "item", message("desk_selfchecks.col_item"), Kind.CHOICE, width=40,
            choices={item.code: message(item.word) for item in ITEMS},
        ),
        Column(
            "result", message("desk_selfchecks.col_result"), Kind.CHOICE,
            choices=_choices("result", [result.value for result in Result]),
        ),
        Column("note", message("desk_selfchecks.field_note"), width=30),
        Column("measure", message("desk_selfchecks.field_measure"), width=30),
        Column("due_on", message("desk_selfchecks.field_due_on"), Kind.DATE, width=13),
        Column("closed_on", message("desk_selfchecks.col_closed"), Kind.DATE, width=13),
        Column("inspector", message("desk_selfchecks.field_inspector"), width=12),
        Column("done_on", message("desk_selfchecks.col_done"), Kind.DATE, width=13),
    ),
    ("number", "item"),
)  # fmt: skip


def rows(sheets: "QuerySet[Sheet]") -> Iterator[dict[str, Any]]:
    """Every line of the sheets, with what became of it.

    A city has more than a hundred thousand lines: what a sheet says of itself is made once, and lines are no objects.
    """
    own = sheets.select_related(None).select_related("unit")
    heads = {
        sheet.pk: {
            "number": sheet.number, "unit": sheet.unit.name, "kind": sheet.kind, "place": sheet.place,
            "inspector": sheet.inspector, "done_on": timezone.localdate(sheet.done_at),
        }
        for sheet in own.only("unit__name", "kind", "place", "inspector", "done_at")
    }  # fmt: skip
    lines = Answer.objects.filter(sheet__in=sheets.order_by().values("pk"))
    lines = lines.order_by("-sheet__done_at", "-sheet_id", "position")
    found = lines.values_list("sheet_id", "item", "result", "note", "fix__measure", "fix__due_on", "fix__closed_at")
    for sheet, item, result, note, measure, due_on, closed_at in found.iterator(chunk_size=2000):
        # One that was handed in between the two questions stands in the next file.
        if head := heads.get(sheet):
            yield head | {
                "item": item, "result": result, "note": note, "measure": measure or "", "due_on": due_on,
                "closed_on": timezone.localdate(closed_at) if closed_at else None,
            }  # fmt: skip


def paper(sheet: Sheet, lines: Iterable[tuple[Answer, Fix | None]]) -> OfficialDocument:
    """One sheet as a paper on one page: what was asked, what was seen, what is to be mended."""
    table = [tuple(zh(key) for key in ("col_item", "col_result", "col_rest"))]
    for answer, fix in lines:
        rest = [answer.note]
        if fix is not None:
            rest += [zh("paper_fix", due=_day(fix), who=fix.responsible), fix.measure]
        table.append((answer.text, zh(f"result_{answer.result}"), "；".join(part for part in rest if part) or "—"))
    head = zh(
        "paper_head", number=sheet.number, kind=zh(f"place_{sheet.kind}"), place=sheet.place, inspector=sheet.inspector
    )
    return OfficialDocument(
        title=zh("paper_title"),
        addressee="",
        unit=sheet.unit.name,
        on=sheet.done_at.astimezone(DISPLAY_ZONE).date(),
        sections=(Section("", (head,), tuple(table), widths=(11, 2, 6)),),
        code=sheet.number,
        dense=True,
    )


def annex(case: Any, until: datetime | None) -> Annex | None:
    """附件 of a case's report: what the hosts showed of themselves that people joined to what the network saw."""
    rows = CaseReport.objects.filter(Q(parted_at=None) | Q(parted_at__gt=until or timezone.now()), case=case)
    rows = rows.select_related("report").defer("report__content").order_by("report__at", "pk")
    if until is not None:
        rows = rows.filter(joined_at__lte=until)
    head = tuple(zh(f"annex_{name}") for name in ("number", "host", "at", "result", "findings", "same"))
    table = [head, *(_host_line(row) for row in rows)]
    return Annex(zh("annex_title"), (Section("", (), tuple(table), widths=(5, 4, 5, 4, 2, 3)),)) if table[1:] else None


def _host_line(row: CaseReport) -> tuple[str, ...]:
    report = row.report
    return (
        report.number, report.host, local(report.at, "paper"), zh(f"result_{report.result.replace('-', '_')}"),
        str(report.findings), str(row.same_target),
    )  # fmt: skip


def picture(address: str) -> str:
    """The address as a code that a telephone reads, as a picture that stands in the page itself."""
    made: str = segno.make(address, error="m", micro=False).svg_data_uri(border=2, scale=4)
    return made


def _day(fix: Fix) -> str:
    return f"{fix.due_on.year}年{fix.due_on.month}月{fix.due_on.day}日"
