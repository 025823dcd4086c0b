"""Letters of the measures in the form of official papers, and the list of energy as a workbook."""

from datetime import date

from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import chinese_of
from minewarden.desk.measures.codes import KINDS
from minewarden.desk.measures.models import Entry, Review
from minewarden.desk.notices.addresses import addresses_of
from minewarden.documents.official import OfficialDocument, Section
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_measures")


def letter(entry: Entry, on: date) -> OfficialDocument:
    """函: the letter to the authority, as a second person has it go out. It names no address of a person."""
    kind = KINDS[entry.kind]
    sections = [
        Section(zh("letter_facts"), (entry.subject, *_paragraphs(entry.text), *_of_case(entry.case))),
        Section(zh("letter_basis"), tuple(_paragraphs(entry.basis))),
        Section(zh("letter_ask"), (zh(f"ask_{kind.code}"), zh("ask_answer"), zh("ask_call"))),
    ]
    return OfficialDocument(
        title=zh("letter_title", what=zh(f"matter_{kind.code}")),
        addressee=entry.authority,
        unit=entry.unit.name,
        on=entry.sent_on or on,
        sections=tuple(sections),
        opening=(zh("letter_opening", unit=entry.unit.name),),
        closing=zh("letter_closing"),
        issuer_mark=entry.unit.name if entry.number else "",
        number=entry.number,
        letter=True,
        code=entry.code,
    )


def decision(entry: Entry, on: date) -> OfficialDocument:
    """The record sheet: basis, letter, answer, decision, days; for the files."""
    rows = [
        ("row_kind", zh(KINDS[entry.kind].word)), ("col_subject", entry.subject), ("col_authority", entry.authority),
        ("field_basis", entry.basis), ("field_text", entry.text),
        ("row_sent", " ".join(one for one in (entry.number, _day(entry.sent_on)) if one)),
        ("row_answer", "，".join(one for one in (_day(entry.answered_on), entry.answer) if one)),
        ("row_decision", "，".join(
            one for one in (_day(entry.decided_on), entry.decision_number, entry.decision) if one
        )),
        ("field_valid_to", _day(entry.valid_to)),
    ]  # fmt: skip
    table = ((zh("row_item"), zh("row_content")), *((zh(key), value or "—") for key, value in rows))
    return OfficialDocument(
        title=zh("record_title"), addressee="", unit=entry.unit.name, on=on,
        sections=(Section("", (zh("record_code", code=entry.code),), table),), code=entry.code, dense=True,
    )  # fmt: skip


def opinion(review: Review) -> OfficialDocument:
    """项目审核意见: each sign with its answer, what was proposed and what was decided."""
    signs = tuple((zh(f"sign_{sign}"), zh(f"answer_{answer}")) for sign, answer in review.asked)
    decided = review.decided_at or review.asked_at
    lines = [
        zh("opinion_project", name=review.name, number=review.number or "—", partner=review.partner or "—"),
        zh("opinion_verdict", verdict=zh(f"verdict_{review.verdict}"), reason=review.reason),
        zh(f"opinion_{review.outcome}", note=review.decided_note or "—"),
    ]
    return OfficialDocument(
        title=zh("opinion_title"), addressee="", unit=review.unit.name,
        on=decided.astimezone(DISPLAY_ZONE).date(), code=review.code, dense=True,
        sections=(Section("", tuple(lines), ((zh("col_sign"), zh("col_answer")), *signs), widths=(6, 1)),),
    )  # fmt: skip


def _of_case(case: Case | None) -> tuple[str, ...]:
    """What a letter says of a case: addresses and times, which the addressee needs to find the line; no person."""
    if case is None:
        return ()
    addresses = "，".join(f"{label}{text}" for label, text in addresses_of(case).rows)
    return (zh("letter_case", number=case.number, addresses=addresses, target=case.target or "—"),)


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
