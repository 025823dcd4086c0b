"""Pledges and codes as documents: papers to sign, pledges as they were signed, sheets of codes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from minewarden.desk.kit.turns import turn
from minewarden.desk.kit.words import chinese_of, local, say
from minewarden.desk.pledges import counts
from minewarden.desk.pledges.codes import MOST_IN_A_FILE, MOST_ON_PAPER, paper_code, token_of
from minewarden.desk.pledges.everywhere import to_sign as to_sign_too
from minewarden.desk.pledges.everywhere import together
from minewarden.desk.pledges.evidence import content_of, strokes_of
from minewarden.desk.pledges.ink import picture
from minewarden.desk.pledges.models import Link, Scan, Signature, Signer, Text
from minewarden.desk.pledges.signing import Refused
from minewarden.desk.pledges.texts import filled, in_force, paragraphs
from minewarden.documents.code_sheet import Card, sheet_pdf
from minewarden.documents.official import Annex, Section
from minewarden.documents.pdf import Rendered
from minewarden.documents.pledge import MOST as MOST
from minewarden.documents.pledge import Paper, papers_pdf
from minewarden.documents.scans import kind_of, one_page
from minewarden.intake.isolation import picture as draw
from minewarden.vocab.message import Param

Row = TypeVar("Row", Signer, Signature)

zh = chinese_of("desk_pledges")

_ROLES = {"unit": "承诺单位（加盖公章）", "guardian": "监护人"}
_ROLE = "承诺人"
_LONGEST_LIST = 120
"""Characters of names of other units on a paper."""


def to_sign(signers: Sequence[Signer], now: datetime) -> Rendered:
    """Papers for people to sign by hand and for units to seal, each with its code.

    Whoever stands in the rolls of other units too is asked for one signature: the paper names them.
    """
    texts = in_force(timezone.localdate(now))
    others = together(signers)
    papers = [
        _blank(signer, texts.text_for(signer), _that_fit(to_sign_too(others[signer.pk], texts))) for signer in signers
    ]
    return papers_pdf(papers)


def of_one_file(rows: "QuerySet[Row]", *, nothing: str) -> list[Row]:
    """All of them, where one file holds them. Raises Refused by the word `nothing`, or because they are too many."""
    count = rows.count()
    if not count:
        raise Refused.of(nothing)
    if count > MOST:
        raise Refused.of("refused_too_many_papers", count=count, most=MOST)
    return list(rows)


def _that_fit(others: Sequence[Signer]) -> list[Signer]:
    """As many as one page holds with its text and signature, and its code with its points."""
    lengths = accumulate(len(row.unit.name) + 1 for row in others[:MOST_ON_PAPER])
    return [row for row, length in zip(others, lengths, strict=False) if length <= _LONGEST_LIST]


def _blank(signer: Signer, text: Text, also: Sequence[Signer]) -> Paper:
    of_unit = text.variant == Text.Variant.UNIT
    facts = _facts(signer.unit.name, signer.group, signer.number) if not of_unit else ()
    return Paper(
        text.title, tuple(paragraphs(text, signer)), _ROLES.get(text.variant, _ROLE), facts,
        also=zh("paper_also", units="、".join(row.unit.name for row in also)) if also else "",
        party=signer.name if of_unit else "", seal_space=of_unit,
        code=paper_code([row.pk for row in (signer, *also)], text.pk),
        notes=(say("desk_pledges.paper_seal" if of_unit else "desk_pledges.paper_hint"), _version(text)),
    )  # fmt: skip


def as_signed(signatures: Iterable[Signature]) -> Rendered:
    """Pledges as they were signed, one a page. What was signed on paper names its scan and the page of it.

    Raises ConfigError where handwriting cannot be opened.
    """
    return papers_pdf([_signed(row) for row in signatures])


def _signed(row: Signature) -> Paper:
    text, on_paper = row.text, row.way == Signature.Way.PAPER
    lines = filled(text, unit=row.unit_name, name=row.name, guardian=row.guardian)
    role = _ROLES.get(text.variant, _ROLE)
    facts = () if text.variant == Text.Variant.UNIT else _facts(row.unit_name, row.group, row.number)
    if row.guardian:
        facts = (*facts, (say("desk_pledges.guardian"), f"{row.guardian}（{row.relation}）"))
    party = say("desk_pledges.signed_on_paper", name=row.name) if on_paper else ""
    return Paper(
        text.title, tuple(lines), role, facts, party=party, ink="" if on_paper else picture(strokes_of(row)),
        on=row.signed_on, notes=(_evidence(row), _version(text)),
    )  # fmt: skip


def original(row: Signature) -> tuple[bytes, str]:
    """One pledge as a file, and of which kind: a signed paper is its own page of the scan. Raises ConfigError."""
    if row.scan is None or row.page is None:
        return as_signed([row]).pdf, "pdf"
    content = content_of(row.scan)
    with turn():
        return one_page(row.scan.name, content, row.page), kind_of(content)


def drawn(scan: Scan, number: int) -> bytes:
    """A page of a scan as a picture drawn anew, for somebody who reads it. Raises ConfigError, InputError."""
    with turn():
        return draw(scan.name, content_of(scan), number)


def part_of_codes(links: "QuerySet[Link]", part: int) -> list[Link]:
    """The codes of one file; `part` 0: all of them. Raises Refused where there are none, or too many for one file."""
    count = links.count()
    if not part and count > MOST_IN_A_FILE:
        raise Refused.of("refused_too_many_codes", count=count, most=MOST_IN_A_FILE)
    begin = max(part - 1, 0) * MOST_IN_A_FILE
    if not (found := list(links[begin : begin + MOST_IN_A_FILE])):
        raise Refused.of("no_codes")
    return found


def codes(links: Sequence[Link], base: str) -> Rendered:
    """Codes to print: a page for each group or the whole unit, or cards to cut out for each person.

    base: the address under which telephones reach the desk, such as https://desk.example.edu.cn
    """
    each = links[0].signer_id is not None
    cards = [_card(link, base) for link in links]
    how = (
        "desk_pledges.how_each"
        if each
        else "desk_pledges.how_number"
        if links[0].ask_number
        else "desk_pledges.how_name"
    )
    until = say("desk_pledges.good_until", at=links[0].expires_at)
    title = in_force(timezone.localdate()).current[Text.Variant.STAFF].title
    group = links[0].group if each and len({link.group for link in links}) == 1 else ""
    return sheet_pdf(
        cards, title=title, how=say(how), until=until, posters=not each, group=f"{links[0].unit.name} {group}"
    )


def _card(link: Link, base: str) -> Card:
    address = f"{base}/p/{token_of(link.salt)}/"
    if link.signer is not None:
        return Card(
            link.signer.name, f"{link.signer.group or say('desk_pledges.no_group')}　{link.signer.number}", address
        )
    if link.whole:
        return Card(link.unit.name, say("desk_pledges.everybody"), address)
    return Card(link.group or say("desk_pledges.no_group"), link.unit.name, address)


def _facts(unit: str, group: str, number: str) -> tuple[tuple[str, str], ...]:
    found = ((say("desk_pledges.fact_unit"), unit), (say("desk_pledges.col_group"), group))
    return tuple((label, value) for label, value in (*found, (say("desk_pledges.fact_number"), number)) if value)


def _version(text: Text) -> str:
    return say("desk_pledges.version_of_paper", number=text.number, hash=text.sha256)


def _evidence(row: Signature) -> str:
    facts: dict[str, Param] = {"at": local(row.at, "seconds"), "seq": row.seq, "hash": row.hash[:16]}
    if row.scan is not None:
        return say(
            "desk_pledges.evidence_paper", name=row.scan.name, page=row.page or 0, sha=row.scan_sha256[:16], **facts
        )
    return say("desk_pledges.evidence_phone", ip=row.ip or "—", ink=row.ink_sha256[:16], **facts)


def annex(case: Any, until: datetime | None) -> Annex | None:
    """附件3 of a case's report: whose pledge it asks for, and by which text, when and how it was signed."""
    rows = counts.of_case(case, until or timezone.now())
    if not rows:
        return None
    head = tuple(zh(f"annex_{name}") for name in ("name", "text", "on", "way", "hash"))
    return Annex(zh("annex_title"), (Section("", (), (head, *(_line(row) for row in rows)), widths=(5, 9, 8, 5, 11)),))


def _line(row: counts.OfCase) -> tuple[str, ...]:
    signed = row.signature
    if signed is None:
        return (row.name, zh("annex_missing"), "", "", "")
    which = f"《{signed.text.title}》{zh('annex_version', number=signed.text.number)}"
    # In four groups, so that the hash of 64 digits finds places to break.
    digest = " ".join(signed.hash[at : at + 16] for at in range(0, 64, 16))
    on = f"{signed.signed_on.year}年{signed.signed_on.month}月{signed.signed_on.day}日"
    return (row.name, which, on, zh(f"way_{signed.way}"), digest)
