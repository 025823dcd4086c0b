"""Reads one file into a `Notice`: by its content, not by its name; nothing in it is carried out.

Call it through `isolation.read`, which bounds memory and time; this is what runs inside of the bounds.
"""

import hashlib
import json
import re
from datetime import datetime, timedelta, tzinfo
from typing import Any

from minewarden.intake.dangers import Danger, Kind, look
from minewarden.intake.formats import misp, page, stix, text
from minewarden.intake.formats.sheet import decoded, separated, workbook
from minewarden.intake.grid import Grid
from minewarden.intake.moments import Reckoning, moments_in
from minewarden.intake.rows import Taken, take_grid
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.noticeline import Notice, NoticeTime, Verdict, ZoneBasis

MOST_LINES = 50_000
_MOST_PREFACE = 200
_A_HALF_YEAR = timedelta(days=183)
_REPLY = "反馈|报送|上报|回复|报告|核查|排查|处置|完成|办结|整改"
_WITHIN = re.compile(rf"(\d{{1,3}})\s*(?:个)?小时(?:之)?内[^。；;]{{0,40}}?(?:{_REPLY})")
_BEFORE = re.compile(rf"(?:于|在)?([^，。；;]{{4,40}}?)(?:之前|以前|前)[^。；;]{{0,40}}?(?:{_REPLY})")
_NUMBER = re.compile(r"[一-鿿]{0,16}[〔\[【(（](?:19|20)\d{2}[〕\]】)）]\s*第?\s*\d{1,5}\s*号")
_NUMBERED = re.compile(r"(?:通报|文件|事件)?编号\s*[:：]\s*([A-Za-z0-9\-_/〔〕\[\]]{3,60})")
_SENDER = re.compile(r"(?:通报|下发|发文|来源)(?:单位|机关|部门)\s*[:：]\s*([一-鿿A-Za-z0-9（）()·]{2,60})")


def read(name: str, data: bytes, *, zone: tzinfo, latest: datetime) -> Notice:
    """Read a notice. `zone` is that of times which name none; `latest`, aware, the receipt: no date without a year
    lies after it. What cannot be read comes back with the verdict REFUSED and its reason as the first warning."""
    danger = look(data)
    if danger.refused is not None:
        return _refused(name, data, danger.kind.value, danger.refused)
    if danger.kind is Kind.PICTURE:
        return _refused(name, data, "picture", message("intake.picture"), Verdict.BY_HAND)
    taken = Taken(warnings=list(danger.asleep))
    reckoning = Reckoning(zone, latest)
    try:
        form, sender = _take(name, data, danger, reckoning, taken)
    except InputError as error:
        return _refused(name, data, danger.kind.value, error.message)
    if form == "pdf" and not taken.lines and not taken.rejects and not taken.preface:
        return _refused(name, data, "pdf", message("intake.scan"), Verdict.BY_HAND, taken)
    if len(taken.lines) > MOST_LINES:
        return _refused(name, data, form, message("intake.too_many_lines", lines=len(taken.lines), most=MOST_LINES))
    asleep = bool(danger.asleep) or any(
        doubt.id == "intake.formula_text" for line in taken.lines for doubt in line.doubts
    )
    return _whole(name, data, form, sender, asleep, taken, reckoning)


def _take(name: str, data: bytes, danger: Danger, reckoning: Reckoning, taken: Taken) -> tuple[str, str]:
    """(form, sender where the file names one); fills `taken`."""
    if danger.kind in {Kind.SHEET, Kind.OLD_SHEET}:
        for grid in workbook(name, data, taken.warnings):
            take_grid(grid, reckoning, taken)
        return ("xls" if danger.kind is Kind.OLD_SHEET else "xlsx"), ""
    if danger.kind is Kind.WORD:
        from minewarden.intake.formats import word

        tables, paragraphs = word.document(name, data)
        _tables_and_text(tables, paragraphs, reckoning, taken)
        return "docx", ""
    if danger.kind is Kind.PDF:
        from minewarden.intake.formats import pdf

        tables, paragraphs, acts, taken.pages = pdf.document(name, data)
        if acts and not danger.asleep:
            danger.asleep.append(message("intake.pdf_acts"))
            taken.warnings.insert(0, danger.asleep[0])
        _tables_and_text(tables, paragraphs, reckoning, taken)
        return "pdf", ""
    if danger.kind is Kind.JSON and (document := _json(data)) is not None:
        if stix.is_bundle(document):
            take_grid(stix.grid(document), reckoning, taken)
            return "stix", stix.sender(document)
        if misp.is_event(document):
            take_grid(misp.grid(document), reckoning, taken)
            return "misp", misp.sender(document)
        raise InputError(name, 0, message("intake.unknown_json"))
    if page.is_page(data):
        for grid in page.tables(name, data):
            take_grid(grid, reckoning, taken)
        return "html", ""
    table = separated(name, data)
    if table is not None:
        take_grid(table, reckoning, taken)
        if taken.lines or taken.rejects:
            return "csv", ""
        taken.preface.clear()
    _text(decoded(name, data).splitlines(), reckoning, taken)
    return "text", ""


def _tables_and_text(tables: list[Grid], paragraphs: list[str], reckoning: Reckoning, taken: Taken) -> None:
    """Tables first; the letter around them is read for addresses only where no table named any."""
    for grid in tables:
        take_grid(grid, reckoning, taken)
    if taken.lines:
        taken.preface.extend(paragraphs)
    else:
        _text(paragraphs, reckoning, taken)


def _text(lines: list[str], reckoning: Reckoning, taken: Taken) -> None:
    grid = text.keyed(lines)
    if grid is not None:
        held = Taken()
        take_grid(grid, reckoning, held)
        if held.lines:
            taken.tables += held.tables
            taken.lines += held.lines
            taken.preface.extend(line.strip() for line in lines if line.strip())
            return
    text.prose(lines, reckoning, taken)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None


def _whole(name: str, data: bytes, form: str, sender: str, asleep: bool, taken: Taken, reckoning: Reckoning) -> Notice:
    words = "\n".join(taken.preface)
    warnings = taken.warnings + _counted(taken)
    number = _NUMBERED.search(words) or _NUMBER.search(words)
    named = _SENDER.search(words)
    within = _WITHIN.search(words)
    return Notice(
        name=name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        form=form,
        verdict=Verdict.NEUTRALISED if asleep else Verdict.CLEAN,
        sender=sender or (named[1] if named else ""),
        number=(number[1] if number and number.re is _NUMBERED else number[0].strip() if number else ""),
        answer_by=_answer_by(words, taken, reckoning),
        answer_within=int(within[1]) if within else None,
        preface=tuple(line[:500] for line in taken.preface[:_MOST_PREFACE]),
        tables=tuple(taken.tables),
        lines=tuple(taken.lines),
        rejects=tuple(taken.rejects),
        warnings=tuple(warnings),
    )


def _answer_by(words: str, taken: Taken, reckoning: Reckoning) -> NoticeTime | None:
    """The notice's own limit: of its text, or the earliest of a column of limits. A day's limit ends with the day."""
    columns = [line.deadline for line in taken.lines if line.deadline]
    if columns:
        return min(columns, key=lambda limit: limit.at)
    for match in _BEFORE.finditer(words):
        # A limit lies ahead of the receipt: a date without a year must not be taken for last year's.
        if found := moments_in(match[1], Reckoning(reckoning.zone, reckoning.latest + _A_HALF_YEAR)):
            return found[0]
    return None


def _counted(taken: Taken) -> list[Message]:
    """What a person should know before confirming: how many times had no zone, how many addresses stand twice."""
    said = []
    times = [moment for line in taken.lines for moment in (line.first,) if moment]
    assumed = sum(moment.basis is ZoneBasis.ASSUMED for moment in times)
    if assumed:
        said.append(message("intake.zone_assumed", times=assumed))
    addresses = [one.ip for line in taken.lines for one in line.addresses]
    if twice := len(addresses) - len(set(addresses)):
        said.append(message("intake.twice", count=twice))
    if not taken.lines:
        said.append(message("intake.nothing_found"))
    return said


def _refused(
    name: str, data: bytes, form: str, reason: Message, verdict: Verdict = Verdict.REFUSED, taken: Taken | None = None
) -> Notice:
    known = taken or Taken()
    digest = hashlib.sha256(data).hexdigest()
    warnings = (reason, *known.warnings)
    return Notice(name, len(data), digest, form, verdict, warnings=warnings, pages=known.pages)
