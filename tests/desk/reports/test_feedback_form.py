"""Form B answers in the sender's own columns, on one page, with the names as they are written."""

import io
from datetime import timedelta

import pymupdf
import pytest
from django.urls import reverse
from docx import Document

from minewarden.desk.cases import actions, decisions, files
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake
from minewarden.desk.notices.export import answer_rows
from minewarden.desk.reports.export import own_rows
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from tests.desk.made import DEVICE, NOW

HOUR = timedelta(hours=1)
RARE = ("张喆", "李䶮", "王㛃·阿卜杜拉")
NOTICE = "序号,涉挖矿IP,矿池地址,发现时间,责任人\n7,203.0.113.77,pool.example.net:3333,2026-03-13 10:00,\n"


@pytest.fixture
def answered(staff, city):
    """A notice to 市一中 with the sender's columns, its case locked by the school."""
    ledger.add_range(
        by=None, unit=city.first_school, cidr="203.0.113.64/28", purpose="egress", valid_from=NOW.replace(year=2025)
    )
    facts = {"by": staff.superior, "now": NOW, "office": city.linjiang, "name": "通报.csv", "received_at": NOW}
    received = intake.take_in(content=NOTICE.encode(), source="省厅", **facts)
    head = {"source": "省厅", "number": "3", "received_at": NOW, "find_limit": None, "report_limit": None}
    (assignment,) = intake.confirm(received, by=staff.superior, now=NOW, **head)
    case = assignment.shares.get().case
    actions.sign_for(case, by=staff.handler, now=NOW)
    actions.start(Case.objects.get(pk=case.pk), by=staff.handler, now=NOW)
    name = "、".join(RARE)
    actions.lock(
        Case.objects.get(pk=case.pk), by=staff.handler, now=NOW, device=DEVICE, responsible_name=name,
        responsible_post="管理员",
    )  # fmt: skip
    return Case.objects.get(pk=case.pk), received


def text_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    return "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)


def test_the_form_has_the_senders_columns_and_fits_one_page(answered, staff, login):
    case, received = answered
    client = login(staff.handler)
    address = [reverse("reports:feedback", args=[case.pk, received.pk, form]) for form in ("docx", "pdf")]
    word, pdf = (client.get(place).content for place in address)
    for fact in ("涉挖矿IP", "203.0.113.77", "pool.example.net:3333", "JF-07", *RARE):
        assert fact in text_of(word)
    opened = pymupdf.open(stream=pdf, filetype="pdf")
    assert len(opened) == 1
    printed = opened[0].get_text().replace("\n", "")
    assert all(name in printed for name in RARE)
    assert printed.index("涉挖矿IP") < printed.index("发现时间"), "the sender's order is kept"
    assert "责任人" in printed


def test_what_the_case_knows_is_filled_in_and_not_asked_for_again(answered, staff):
    """原因、处置时间、佐证材料、填报人 out of the case; what is restricted and what was replaced stays out."""
    case, received = answered
    actions.record_measure(
        case, by=staff.handler, now=NOW + HOUR * 2, kind="isolate", done_at=NOW + HOUR, note="拔网线"
    )
    proposed = decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令被入侵")
    decisions.agree(proposed, by=staff.principal, now=NOW)
    files.add_file(case, by=staff.handler, now=NOW, name="任务管理器截图.png", content=b"x")
    files.add_file(case, by=staff.handler, now=NOW, name="谈话笔录.pdf", content=b"y", restricted=True)
    actions.submit_report(Case.objects.get(pk=case.pk), by=staff.handler, now=NOW + HOUR * 3)
    told = dict(answer_rows(received, Case.objects.get(pk=case.pk)))
    assert (told["原因"], told["处置措施"], told["处置时间"]) == (
        "弱口令被入侵", "断开网络（保留电源）", "2026-03-13 18:30",
    )  # fmt: skip
    assert (told["佐证材料"], told["填报人"]) == ("任务管理器截图.png", staff.handler.name)
    # Where no sender has a table of his own, and as 附件1 of the report: the same answers, the post for the person.
    plain = dict(own_rows(Case.objects.get(pk=case.pk)))
    asked = {
        "是否本单位IP": "是", "责任部门": case.unit.name, "是否属实": "属实", "挖矿性质": "被动",
        "原因": "弱口令被入侵", "处置措施": "断开网络（保留电源）",
        # The sender's table keeps to figures, which his own program reads; the official paper writes its times out.
        "处置时间": "2026年3月13日18时30分", "是否完成": "未完成",
        "佐证材料": "任务管理器截图.png", "填报人": staff.handler.name,
    }  # fmt: skip
    assert asked.items() <= plain.items()
    assert plain["审核人（盖章）"] == ""
    assert not any(name in text for name in RARE for text in plain.values())


def test_a_document_that_the_case_does_not_answer_has_no_form(answered, make_case, staff, login):
    _, received = answered
    other = make_case("measure", number=2)
    client = login(staff.handler)
    assert client.get(reverse("reports:feedback", args=[other.pk, received.pk, "pdf"])).status_code == 404
    assert client.get(reverse("reports:feedback", args=[other.pk, 0, "txt"])).status_code == 404
    assert client.get(reverse("reports:feedback", args=[other.pk, 0, "pdf"])).content.startswith(b"%PDF-")


def test_no_picture_but_the_code_is_drawn(answered):
    from minewarden.desk.reports.queries import form_b

    document = form_b(answered[0], answered[1].pk, NOW)
    assert document is not None
    assert not pymupdf.open(stream=to_pdf(document).pdf, filetype="pdf")[0].get_images()
    assert b"word/media" not in to_docx(document).split(b"footer")[0]
