"""Tables that go out: the answer in the sender's own columns, and the register of notices (T7)."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from django.db.models import F, Prefetch, QuerySet
from django.utils import translation

from minewarden.desk.cases.clocks import all_done
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.kit.sheets import cell as as_text
from minewarden.desk.kit.words import local, say
from minewarden.desk.notices.models import Line, Received, Share
from minewarden.documents.books import written
from minewarden.documents.fitting import Fit

ANSWERS = (
    *("is_ours", "purpose", "inside_ip", "mac", "device", "department", "person", "phone", "is_true", "nature"),
    *("cause", "measures", "done_at", "done", "material", "filled_by", "approved_by"),
)
"""The feedback columns of T8, in their order; what the sender's table has already is filled in there."""
REGISTER = (
    *("number", "source", "file", "received", "place", "target", "coin", "unit", "limit", "dispatched", "signed"),
    *("locked", "reported", "closed", "result", "twin"),
)
"""The columns of T7."""
_OF_A_DOCUMENT = ("number", "source", "name", "received_at", "find_limit", "report_limit")
_OF_A_LINE = (
    *("received", "position", "state", "ip", "port", "destination", "destination_port", "domain", "twin", "join"),
    *("coin", "outcome"),
)
_OF_A_SHARE = (
    *("line", "ended", "case__signed_at", "case__locked_at", "case__reported_at", "case__closed_at"),
    *("case__conclusion", "assignment__due72", "assignment__dispatched_at", "assignment__signed_at"),
    "assignment__unit__name",
)
_AT_ONCE = 2_000
_NARROW, _HEADING = 10, 18
"""Widths in characters: of a column where nothing needs more, and at most for its heading, which wraps."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A line with its shares that stand, one for each machine behind its address; else the one that ended last."""

    line: Line
    shares: tuple[Share, ...]

    @property
    def share(self) -> Share | None:
        """The first of them, which tells whom the line is with."""
        return self.shares[0] if self.shares else None

    @property
    def cases(self) -> list[Case]:
        """The cases that answer for it."""
        return [share.case for share in self.shares if share.case]


def answered(received: Received, numbers: Sequence[int] | None = None) -> list[Answered]:
    """Each line with the shares in force, or the one that ended last. `numbers`: of these lines only."""
    shares = Share.objects.select_related("case", "case__unit", "assignment", "assignment__unit")
    shares = shares.prefetch_related("case__measures", "case__decisions", "case__files", "case__submitted_by")
    shares = shares.order_by("pk")
    rows = received.lines.prefetch_related(Prefetch("shares", queryset=shares)).select_related("unit")
    if numbers is not None:
        rows = rows.filter(pk__in=numbers)
    return [Answered(line, _in_force(list(line.shares.all()))) for line in rows]


def _in_force(shares: Sequence[Share]) -> tuple[Share, ...]:
    """Of the shares of a line, in their order, those that stand, or the one that ended last."""
    return tuple(share for share in shares if not share.ended) or tuple(shares[-1:])


def answer_book(received: Received) -> bytes:
    """The sender's tables as they came, head and order and every row, with the feedback filled in behind or within."""
    out = io.BytesIO()
    rows = answered(received)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    tables = received.tables or [{"name": "", "head": [], "roles": []}]
    boxed = {"font_name": "宋体", "font_size": 11, "border": 1, "text_wrap": True}
    head = book.add_format({**boxed, "bold": True, "align": "center", "valign": "vcenter"})
    cell = book.add_format({**boxed, "valign": "top", "num_format": "@"})
    for number, table in enumerate(tables):
        sheet = book.add_worksheet(f"{number + 1}" if len(tables) > 1 else None)
        within = [row for row in rows if row.line.table == number]
        rejects = [reject for reject in received.rejects if reject["table"] == number]
        _write_table(sheet, table, within, rejects, head, cell)
    written(book)
    return out.getvalue()


def _write_table(
    sheet: Any, table: dict[str, Any], rows: Sequence[Answered], rejects: Sequence[Any], head: Any, cell: Any
) -> None:
    roles = list(table.get("roles", []))
    given = [list(row) for row in table.get("head", [])]
    there = {role.removeprefix("answer."): place for place, role in enumerate(roles) if role.startswith("answer.")}
    extra = [name for name in ANSWERS if name not in there]
    width = len(roles)
    places = there | {name: width + number for number, name in enumerate(extra)}
    depth = max(len(given), 1)
    fit = Fit([_NARROW] * (width + len(extra)))
    spans = table.get("spans", [])
    # What spans columns, a title above all, says nothing about the width of its first.
    broad = {(top, left) for top, left, _, right in spans if right > left}
    for top, texts in enumerate(given):
        for column, text in enumerate(texts):
            sheet.write_string(top, column, text, head)
            if column < width and (top, column) not in broad:
                fit.see(top, column, text, _HEADING)
    for top, left, bottom, right in spans:
        sheet.merge_range(top, left, bottom, right, given[top][left], head)
    for name in extra:
        text = say(f"desk_notices.answer_{name}")
        fit.see(depth - 1, places[name], text, _HEADING)
        if depth > 1:
            sheet.merge_range(0, places[name], depth - 1, places[name], text, head)
        else:
            sheet.write_string(0, places[name], text, head)
    by_row: dict[int, list[Answered]] = {}
    for row in rows:
        by_row.setdefault(row.line.row, []).append(row)
    lines: list[tuple[int, list[str], list[Answered]]] = [(r, list(of[0].line.cells), of) for r, of in by_row.items()]
    lines += [(reject["row"], list(reject["cells"]), []) for reject in rejects]
    for number, (_, cells, of) in enumerate(sorted(lines, key=lambda one: one[0])):
        filled = dict(enumerate(cells))
        filled |= {places[name]: text for name, text in _feedback(of).items() if text}
        for column in range(width + len(extra)):
            text = as_text(filled.get(column, ""))
            sheet.write_string(depth + number, column, text, cell)
            fit.see(depth + number, column, text)
    fit.columns(sheet)
    fit.rows(sheet)
    fit.on_paper(sheet)
    sheet.repeat_rows(0, depth - 1)
    sheet.freeze_panes(depth, 0)


def _feedback(rows: Sequence[Answered]) -> dict[str, str]:
    """What is answered for one row of the sender; of several addresses in a cell, or several machines behind one,
    each is named with its answer."""
    each = [
        (say("desk_notices.machine", place=row.line.place, n=n) if len(row.cases) > 1 else row.line.place, facts)
        for row in rows
        for n, facts in enumerate(_facts(row), start=1)
    ]
    found: dict[str, str] = {}
    for name in ANSWERS:
        texts = [(place, facts.get(name, "")) for place, facts in each]
        if len({text for _, text in texts}) == 1:
            found[name] = texts[0][1]
        else:
            found[name] = "\n".join(
                say("desk_notices.of_each", place=place, text=text) for place, text in texts if text
            )
    return found


def _facts(row: Answered) -> list[dict[str, str]]:
    if row.line.state == Line.State.WITHDRAWN:
        return [{"is_true": say("desk_notices.line_withdrawn")}]
    if not row.cases:
        return [{"is_ours": say("desk_notices.outcome_" + row.line.outcome)}]
    return [answers_of(case, row.line.purpose) for case in row.cases]


def answers_of(case: Case, purpose: str = "") -> dict[str, str]:
    """What a case answers in the columns of T8, in the reader's language; `purpose` is what its address serves.

    The telephone number and the seal are left to whoever signs: the desk keeps no number beside a name that goes out.
    """
    ours = "no" if case.conclusion == Case.Conclusion.NOT_OURS else "yes"
    facts = {
        "is_ours": say(f"desk_notices.{ours}"),
        "purpose": say(f"desk_ledger.purpose_{purpose}") if purpose else "",
        "is_true": say(f"desk_cases.conclusion_{(case.conclusion or 'none').replace('-', '_')}"),
        "done": say("desk_notices.yes" if case.closed_at else "desk_notices.not_yet"),
        "filled_by": case.submitted_by.name if case.submitted_by else "",
        "cause": _cause(case),
        "material": "、".join(file.name for file in case.files.all() if not file.restricted),
    }
    if case.locked_at:
        place = " ".join(part for part in (case.device_name, case.device_place) if part)
        facts |= {"inside_ip": case.device_ip, "mac": case.device_mac, "device": place, "person": case.responsible_name}
        facts |= {"nature": say(f"desk_cases.nature_{case.nature}"), "department": case.unit.name}
        taken = list(case.measures.all())
        # 处置时间 is when the last measure was done, not when the superior closed the case.
        facts["done_at"] = local(max(measure.done_at for measure in taken), "stamp") if taken else ""
        kinds = dict.fromkeys(measure.kind for measure in taken)
        facts["measures"] = "、".join(say(f"desk_cases.measure_{kind.replace('-', '_')}") for kind in kinds)
    return facts


def _cause(case: Case) -> str:
    """What the judgement in force rests on; an earlier one that was contested and replaced is not repeated."""
    agreed = [row for row in case.decisions.all() if row.outcome == Asked.Outcome.AGREED]
    return max(agreed, key=lambda row: row.decided_at or row.asked_at).reason if agreed else ""


def documents_of(case: Case) -> QuerySet[Received]:
    """The documents that a case answers, first received first."""
    return Received.objects.filter(assignments__shares__case=case).distinct().order_by("received_at", "pk")


def without_port(received: Received, case: Case) -> list[Line]:
    """The lines of a document that a case answers, with an address and without the source port that a translation
    would be looked up by."""
    lines = received.lines.filter(shares__case=case, shares__ended="", port=None).exclude(ip=None)
    return list(lines.distinct().order_by("position"))


def answer_rows(received: Received, case: Case) -> tuple[tuple[str, str], ...]:
    """What a case answers to a document, a pair for each column: the sender's own head and cell, then the feedback.

    It goes out as a Chinese paper, whoever reads the page.
    """
    with translation.override("zh-hans"):
        mine = {share.line_id: share for share in case.shares.filter(line__received=received).order_by("pk")}
        rows = [Answered(row.line, (mine[row.line.pk],)) for row in answered(received, list(mine))]
        first = rows[0].line
        table = (received.tables or [{}])[first.table] if first.table < len(received.tables or [{}]) else {}
        roles = list(table.get("roles", []))
        feedback = _feedback(rows)
        written = {row.line.row for row in rows if row.line.table == first.table}
        beside = received.lines.filter(table=first.table, row__in=written).exclude(pk__in=mine)
        # Another unit's address in the same cell of the sender is none of this unit's and not answered for here.
        places = (row.line.ip if row.line.ip and "port" in roles else row.line.place for row in rows)
        own = "、".join(dict.fromkeys(places)) if beside.exists() else ""
        pairs = []
        for place, role in enumerate(roles):
            heads = dict.fromkeys(row[place] for row in table.get("head", []) if place < len(row) and row[place])
            cells = dict.fromkeys(row.line.cells[place] for row in rows if place < len(row.line.cells))
            cells = {own: None} if own and role == "address" else cells
            answer = feedback.get(role.removeprefix("answer."), "") if role.startswith("answer.") else ""
            pairs.append((" ".join(heads), answer or "\n".join(cell for cell in cells if cell)))
        there = {role.removeprefix("answer.") for role in roles if role.startswith("answer.")}
        pairs += [(say(f"desk_notices.answer_{name}"), feedback.get(name, "")) for name in ANSWERS if name not in there]
        return tuple(pairs)


def register_head() -> list[str]:
    """The heads of T7."""
    return [say(f"desk_notices.t7_{name}") for name in REGISTER]


def register_rows(documents: QuerySet[Received]) -> Iterable[list[str]]:
    """T7: one row for each line of each document, with the times of its way.

    All lines and all their shares come in two readings side by side, in the same order: a city of hundreds of small
    notices is asked for as rarely as one notice, and nothing is kept but the line at hand.
    """
    documents = documents.select_related(None).order_by("-received_at", "-pk")
    shown = {received.pk: received for received in documents.only(*_OF_A_DOCUMENT)}
    place = {number: at for at, number in enumerate(shown)}
    order = tuple(f"{way}received__{field}" for way, field in (("-", "received_at"), ("-", "pk")))
    lines = Line.objects.filter(received__in=documents.order_by().values("pk")).order_by(*order, "position")
    shares = Share.objects.filter(line__in=lines.order_by().values("pk")).select_related("case", "assignment__unit")
    shares = shares.order_by(*(f"-line__{key[1:]}" for key in order), "line__position", "pk")
    shares = shares.only(*_OF_A_SHARE).annotate(document=F("line__received_id"), line_position=F("line__position"))
    waiting = shares.iterator(_AT_ONCE)
    share = next(waiting, None)
    for line in lines.only(*_OF_A_LINE).iterator(_AT_ONCE):
        if line.received_id not in shown:
            continue
        here: tuple[int, int] = (place[line.received_id], line.position)
        mine: list[Share] = []
        while share is not None and (place.get(share.document, -1), share.line_position) <= here:
            mine += [share] if share.line_id == line.pk else []
            share = next(waiting, None)
        yield _registered(shown[line.received_id], Answered(line, _in_force(mine)))


def _registered(received: Received, row: Answered) -> list[str]:
    line, cases = row.line, row.cases
    assignment = row.share.assignment if row.share else None
    limit = received.report_limit or received.find_limit
    facts: dict[str, str] = {
        "number": received.number,
        "source": received.source,
        "file": received.name,
        "received": _at(received.received_at),
        "place": line.place,
        "target": line.target,
        "coin": line.coin,
        "unit": assignment.unit.name if assignment else say("desk_notices.with_office"),
        "limit": _at(limit or (assignment.due72 if assignment else None)),
        "dispatched": _at(assignment.dispatched_at if assignment else None),
        "signed": _at((assignment.signed_at or all_done(case.signed_at for case in cases)) if assignment else None),
        "locked": _at(all_done(case.locked_at for case in cases)),
        "reported": _at(all_done(case.reported_at for case in cases)),
        "closed": _at(all_done(case.closed_at for case in cases)),
        "result": _result(row),
        "twin": say("desk_notices.yes") if line.twin or line.join else "",
    }
    return [facts[name] for name in REGISTER]


def _result(row: Answered) -> str:
    if row.line.state == Line.State.WITHDRAWN:
        return say("desk_notices.line_withdrawn")
    if not row.cases:
        return say("desk_notices.outcome_" + row.line.outcome)
    results = dict.fromkeys(case.conclusion or "none" for case in row.cases)
    return "、".join(say(f"desk_cases.conclusion_{result.replace('-', '_')}") for result in results)


def _at(moment: datetime | None) -> str:
    return local(moment, "stamp") if moment else ""
