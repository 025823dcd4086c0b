"""Practice, S5: 3 200 members of a staff pledge in four days, on telephones and on paper; exact numbers."""

import io
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pymupdf
import pypdfium2
import pytest
from django.test import Client
from django.utils import timezone

from minewarden.desk.ledger import imports
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.plans import Outcome
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.desk.pledges import actions, paper, queries, roll, seals, sheets
from minewarden.desk.pledges.built_in import publish
from minewarden.desk.pledges.counts import tallies, together
from minewarden.desk.pledges.models import Ink, Page, Signature, Signer
from minewarden.desk.pledges.verify import verify
from minewarden.documents.scans import read_scan
from minewarden.documents.sheet_write import listing
from tests.desk.conftest import PASSWORD, city, data_folder, people
from tests.desk.pledges.made import canvas, signed

__all__ = ["city", "data_folder", "people"]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
MONDAY = datetime(2026, 4, 6, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STAFF, ON_PHONES, ON_PAPER, ON_LEAVE, MISSING = 3200, 2870, 210, 100, 20
OFFICES = 40
RARE = {0: "李䶮", 1: "王㛃·阿卜杜拉", 2: "𬭎𬴃", 3: "秦朗", 4: "秦朗"}


def staff_roll() -> bytes:
    """The roll as the personnel office has it: two namesakes, names that are hard to type, one with another dot."""
    rows = [
        {
            "unit": "云川市第一中学",
            "number": f"T{n:05}",
            "name": RARE.get(n, f"王{chr(0x4E00 + n)}").replace("·", "•"),
            "department": f"第{n % OFFICES + 1}教研组",
            "kind": "operator" if n < 10 else "teacher",
        }
        for n in range(STAFF)
    ]
    return listing(BOOKS["staff"].table, rows)


def upside_down(pdf: bytes) -> bytes:
    """The papers as they come out of a scanner into which the whole heap was put the wrong way round."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        page.set_rotation(180)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def week(city: SimpleNamespace, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    publish()
    principal = org.create_person(
        by=None, unit=city.first_school, username="he.qing", name="贺清", password=PASSWORD, must_change=False
    )
    org.grant_post(principal, role=Role.APPROVER, unit=city.first_school, by=None)
    mayor = org.create_person(
        by=None, unit=city.bureau, username="qi.yue", name="齐岳", password=PASSWORD, must_change=False
    )
    org.grant_post(mayor, role=Role.APPROVER, unit=city.bureau, by=None)

    def turn(days: int) -> datetime:
        moment = MONDAY + timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return SimpleNamespace(
        unit=city.first_school,
        by=people.school_officer,
        principal=principal,
        mayor=mayor,
        turn=turn,
        city=city,
        people=people,
    )


def test_four_days(week: SimpleNamespace) -> None:
    monday = week.turn(0)
    book = BOOKS["staff"]
    kept = imports.receive(book, by=week.by, unit=week.unit, name="花名册.xlsx", content=staff_roll(), now=monday)
    said = {row.line: [caution.id for caution in row.cautions] for row in imports.planned(kept)}
    assert {row.outcome for row in imports.planned(kept)} == {Outcome.NEW}
    assert [line for line, ids in said.items() if "ledger_rules.namesake" in ids] == [5, 6], (
        "each of the two rows says so"
    )
    assert [line for line, ids in said.items() if "ledger_rules.name_rare" in ids] == [4], "CJK Extension B and beyond"
    imports.confirm(kept, by=week.by, now=monday, correct_only=False)
    roll.take_over(week.unit, now=monday, by=week.by)
    signers = list(Signer.objects.filter(unit=week.unit, staff__isnull=False).order_by("number"))
    assert len(signers) == STAFF
    assert signers[1].name == "王㛃·阿卜杜拉", "the dot in its one spelling"
    assert {signer.category for signer in signers[:10]} == {"operator"}

    on_phones, on_paper = signers[:ON_PHONES], signers[ON_PHONES : ON_PHONES + ON_PAPER]
    on_leave, missing = signers[-ON_LEAVE - MISSING : -MISSING], signers[-MISSING:]
    _phones(week, on_phones)
    _papers(week, on_paper)

    thursday = week.turn(3)
    for begin in range(0, ON_LEAVE, 50):
        some = actions.note_reason(
            on_leave[begin : begin + 50], by=week.by, now=thursday, reason="leave", note="学期内请假"
        )
        actions.excuse(some, by=week.principal, now=thursday)

    whole = together(tallies(week.unit, thursday, "unit_id").values())
    assert (whole.due, whole.signed, whole.excused, whole.missing) == (3200, 3080, 100, 20)
    assert (whole.signed, whole.base, whole.rate) == (3080, 3100, "99.4%")
    assert (Signature.objects.filter(way="phone").count(), Signature.objects.filter(way="paper").count()) == (2870, 210)
    _missing_by_office(week, missing, thursday)
    (line,) = [row for row in queries.statistics(week.unit, thursday) if row["unit"] == "云川市第一中学"]
    assert (line["due_staff"], line["due_operator"], line["rate"], line["reasons"]) == (
        3190,
        10,
        "99.4%",
        "长期请假 100",
    )

    assert seals.seal() == 3080
    verdict = verify()
    assert (verdict.faults, verdict.signatures, verdict.inks, verdict.scans) == ([], 3080, 2870, 1)
    _one_byte(on_phones[7])
    _second_version(week, thursday)
    _as_documents(week, thursday)


def _phones(week: SimpleNamespace, signers: list[Signer]) -> None:
    """Codes are printed and read off the paper; the first eight sign through the pages, the others behind them."""
    tuesday = week.turn(1)
    groups = sorted({signer.group for signer in signers})
    links = actions.links(
        None, unit=week.unit, groups=groups, until=tuesday + timedelta(days=7), by=week.by, now=tuesday, ask_number=True
    )
    assert len(links) == OFFICES
    printed = sheets.codes(links, "https://desk.example.test").pdf
    codes = read_scan("签订码.pdf", printed).pages
    address = {
        link.group: page.codes[0].removeprefix("https://desk.example.test")
        for link, page in zip(links, codes, strict=True)
    }
    for signer in signers[:8]:
        browser = Client()
        answer = browser.post(address[signer.group], {"name": signer.name, "tail": signer.number[-4:]})
        where = answer["Location"]
        text = browser.get(where).content.decode().split('name="text" value="')[1].split('"')[0]
        assert browser.post(where, {"text": text, "agree": "on", "ink": canvas()})["Location"] == where
        assert "已签署" in browser.get(where).content.decode()
    for at, signer in enumerate(signers[8:]):
        signed(signer, tuesday + timedelta(seconds=at), shift=at % 200)


def _papers(week: SimpleNamespace, signers: list[Signer]) -> None:
    wednesday = week.turn(2)
    scan = paper.receive(
        week.unit,
        by=week.by,
        now=wednesday,
        name="承诺书210份.pdf",
        content=upside_down(sheets.to_sign(signers, wednesday).pdf),
    )
    assert scan.pages == ON_PAPER
    assert set(scan.page_rows.values_list("state", flat=True)) == {Page.State.READ}
    assert list(scan.page_rows.values_list("signer", flat=True)) == [signer.pk for signer in signers]
    assert not Signature.objects.filter(way="paper").exists(), "nothing counts before somebody has looked it through"
    assert paper.confirm(scan, by=week.by, now=wednesday, signed_on=wednesday.date()) == ON_PAPER
    scan.refresh_from_db()
    assert scan.state == "done"


def _missing_by_office(week: SimpleNamespace, missing: list[Signer], now: datetime) -> None:
    board = queries.board(week.by, week.unit, type(week.unit).objects.all(), now)
    lacking = {row.group: row.tally.missing for row in board.groups if row.tally.missing}
    assert sum(lacking.values()) == MISSING
    assert set(lacking) == {signer.group for signer in missing}
    assert [row.tally.missing > 0 for row in board.groups] == sorted(
        (row.tally.missing > 0 for row in board.groups), reverse=True
    )
    group = missing[0].group
    listed = queries.people(week.by, week.unit, {"group": group, "state": "missing"}, now)
    assert [row.name for row in listed.rows] == [signer.name for signer in missing if signer.group == group]


def _one_byte(signer: Signer) -> None:
    ink = Ink.objects.get(signature__signer=signer)
    whole = bytes(ink.sealed)
    Ink.objects.filter(pk=ink.pk).update(sealed=whole[:-1] + bytes([whole[-1] ^ 1]))
    (fault,) = verify().faults
    assert (fault.id, fault.params["number"]) == ("desk_pledges.verify_ink", signer.number)
    Ink.objects.filter(pk=ink.pk).update(sealed=whole)
    assert verify().whole


def _second_version(week: SimpleNamespace, now: datetime) -> None:
    facts = {
        "by": week.mayor,
        "now": now,
        "variant": "staff",
        "title": "承诺书",
        "note": "",
        "effective_from": now.date(),
    }
    actions.publish(**facts, body="甲\n{姓名}（{单位}）郑重承诺。", resign=False)
    assert set(Signature.objects.values_list("text__number", flat=True)) == {1}
    whole = together(tallies(week.unit, now, "unit_id").values())
    assert (whole.signed, whole.again, whole.rate) == (3080, 0, "99.4%"), "the bureau did not ask anybody to sign again"
    actions.publish(**facts, body="乙\n{姓名}（{单位}）郑重承诺。", resign=True)
    whole = together(tallies(week.unit, now, "unit_id").values())
    assert (whole.signed, whole.again) == (0, 3080)
    assert set(Signature.objects.values_list("text__number", flat=True)) == {1}, "what was signed stays what was signed"
    assert verify().whole


def _as_documents(week: SimpleNamespace, now: datetime) -> None:
    rows = list(queries.signed(week.unit, "第2教研组")[:12])
    pages = pymupdf.open(stream=sheets.as_signed(rows).pdf)
    assert len(pages) == 12
    text = pages[0].get_text().replace("\n", "")
    assert "坚决抵制虚拟货币“挖矿”活动承诺书" in text
    assert "王㛃·阿卜杜拉（云川市第一中学）" in text.replace(" ", "")
    assert "2026年4月7日" in text.replace(" ", "")
    of_paper = Signature.objects.filter(way="paper").first()
    content, kind = sheets.original(of_paper)
    assert (kind, len(pymupdf.open(stream=content))) == ("pdf", 1)
    (code,) = read_scan("一页.pdf", content).codes
    assert code.startswith(f"MWP1-{of_paper.signer_id}-"), "the page of the scan is the person's own"
