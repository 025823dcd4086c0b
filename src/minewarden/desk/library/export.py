"""Form T10 (矿池域名/IP上报表) and, beside it, T11 (防护能力登记), as they go to the province: workbook and document.

Official papers, so their words are always the Chinese ones.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import translation

from minewarden.desk.kit.words import chinese_of, local, say
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.columns import PROTECTIONS
from minewarden.desk.ledger.models import Protection
from minewarden.desk.library.models import Review, Submission
from minewarden.desk.org.models import Unit
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.documents.sheet import Column, Table
from minewarden.documents.sheet_cells import shown
from minewarden.documents.sheet_write import listing
from minewarden.vocab.message import message
from minewarden.vocab.words import DISPLAY_ZONE, render

zh = chinese_of("desk_library")

Row = Sequence[str]
T10_KEYS = (
    *("number", "domain", "ip", "port", "protocol", "found", "method", "evidence", "sureness", "unit", "verdict"),
)
"""The columns of T10 in their order, behind a number by which both sides speak of a row."""
_WIDTHS = {"number": 15, "domain": 26, "ip": 16, "port": 8, "evidence": 36, "unit": 24, "verdict": 36, "found": 22}

T10 = Table(
    "pools",
    message("desk_library.t10_title"),
    tuple(
        Column(key, message(f"desk_library.t10_{key}"), width=_WIDTHS.get(key, 14), longest=2000) for key in T10_KEYS
    ),
    key=("number",),
)
T11_KEYS = ("unit", "type", "model", "place", "signatures_on", "licence_to", "log_days")


def t10_rows(submissions: Iterable[Submission]) -> list[Row]:
    """One row for each report, as it stands now."""
    with translation.override("zh-hans"):
        return [_t10(submission) for submission in submissions]


def _t10(submission: Submission) -> Row:
    proofs = [f"{proof['name']} SHA-256 {proof['sha256'][:16]}…" for proof in submission.proofs]
    facts = {
        "number": submission.number,
        "domain": submission.domain,
        "ip": submission.ip or "",
        "port": str(submission.port or ""),
        "protocol": " / ".join(part for part in (submission.protocol, submission.coins) if part),
        "found": local(submission.found_at, "paper"),
        "method": say(f"desk_library.method_{submission.method}"),
        "evidence": "；".join((submission.evidence.strip().rstrip("。"), *proofs)),
        "sureness": say(f"desk_library.sureness_{submission.sureness}"),
        "unit": f"{submission.unit.name} {submission.reported_by.name}",
        "verdict": verdict_of(submission),
    }
    return [facts[key] for key in T10_KEYS]


def verdict_of(submission: Submission) -> str:
    """The outcome of the review in words: what was accepted, what not and why, in which version it went out."""
    made = max(
        (
            review
            for review in submission.reviews.all()
            if review.outcome in (Review.Outcome.AGREED, Review.Outcome.ALONE)
        ),
        key=lambda review: review.at,
        default=None,
    )
    if made is None:
        return say(f"desk_library.state_{submission.state}")
    said = [
        say(f"desk_library.verdict_{verdict['part']}_{'yes' if verdict['accept'] else 'no'}", why=verdict["why"] or "—")
        for verdict in made.verdicts
    ]
    if submission.issue is not None:
        said.append(say("desk_library.verdict_issue", label=submission.issue.label))
    return "；".join(said)


def t10_book(rows: Iterable[Row]) -> bytes:
    """The workbook of T10."""
    return listing(T10, (dict(zip(T10_KEYS, row, strict=True)) for row in rows))


def t10_document(rows: Sequence[Row], *, unit: Unit, addressee: str, now: datetime, code: str = "") -> OfficialDocument:
    """T10 as an official paper: a letter that says what is reported, and in the annex one block for each pool."""
    annex = [Section(zh("t10_block", number=row[0]), (), _pairs(row), level=2) for row in rows]
    yes = {zh("verdict_name_yes"), zh("verdict_address_yes")}
    accepted = sum(bool(yes.intersection(row[-1].split("；"))) for row in rows)
    return OfficialDocument(
        title=zh("t10_letter", unit=unit.name),
        addressee=addressee,
        unit=unit.name,
        on=now.astimezone(DISPLAY_ZONE).date(),
        opening=(zh("t10_opening", count=len(rows), accepted=accepted) if rows else zh("t10_opening_none"),),
        sections=(),
        closing=zh("t10_closing"),
        annexes=(Annex(zh("t10_title"), tuple(annex)),) if rows else (),
        code=code,
    )


def _pairs(row: Row) -> tuple[tuple[str, ...], ...]:
    """A row as heading and content, since eleven columns do not stand beside each other on A4."""
    head = (zh("t10_item"), zh("t10_content"))
    return (head, *((zh(f"t10_{key}"), text or "—") for key, text in zip(T10_KEYS[1:], row[1:], strict=True)))


def t11_rows(units: Iterable[Unit]) -> list[Row]:
    """防护能力登记 of units, in the columns of the ledger."""
    book = BOOKS[PROTECTIONS.code]
    rows = Protection.objects.filter(unit__in=list(units)).select_related("unit").order_by("unit__path", "type", "pk")
    return [[shown(PROTECTIONS.column(key), book.cell(row, key), "zh") for key in T11_KEYS] for row in rows]


def t11_book(rows: Iterable[Row]) -> bytes:
    """The workbook of T11, in the columns of the ledger."""
    columns = tuple(PROTECTIONS.column(key) for key in T11_KEYS)
    table = Table(PROTECTIONS.code, PROTECTIONS.title, columns, PROTECTIONS.key, PROTECTIONS.version)
    return listing(table, (dict(zip(T11_KEYS, row, strict=True)) for row in rows))


def t11_document(rows: Sequence[Row], *, unit: Unit, addressee: str, now: datetime) -> OfficialDocument:
    """T11 as an official paper with one table."""
    head = tuple(render(PROTECTIONS.column(key).title, "zh") for key in T11_KEYS)
    return OfficialDocument(
        title=zh("t11_letter", unit=unit.name),
        addressee=addressee,
        unit=unit.name,
        on=now.astimezone(DISPLAY_ZONE).date(),
        opening=(zh("t11_opening", count=len(rows)),),
        sections=(Section("", (), (head, *map(tuple, rows)), widths=(32, 20, 21, 19, 25, 25, 14)),),
        dense=True,
    )
