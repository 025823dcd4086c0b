"""N2: behind a translation a notice without a source port names nobody; 无法定位 in time, a letter to the sender."""

import io
from datetime import timedelta
from typing import Any

import pymupdf
import pytest
from django.urls import reverse
from docx import Document

from minewarden.desk.cases import actions, decisions
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake
from tests.desk.made import DEVICE, NOW

NOTICE = (
    "序号,涉挖矿IP,源端口,目的IP,目的端口,发现时间\n"
    "1,203.0.113.10,,198.51.100.77,3333,2026-03-12 21:14:37\n"
    "2,203.0.113.11,40213,198.51.100.77,3333,2026-03-12 21:14:37\n"
)


@pytest.fixture
def told(staff: Any, city: Any) -> tuple[Any, Case, Case]:
    """The notice, the case of the line without a port, and that of the line with one."""
    ledger.add_range(
        by=None, unit=city.first_school, cidr="203.0.113.0/28", purpose="egress", valid_from=NOW.replace(year=2025)
    )
    facts = {"by": staff.superior, "now": NOW, "office": city.linjiang, "name": "通报.csv", "received_at": NOW}
    received = intake.take_in(content=NOTICE.encode(), source="省教育信息安全监测中心", **facts)
    head = {"source": "省教育信息安全监测中心", "number": "网安通〔2026〕9号", "received_at": NOW}
    (assignment,) = intake.confirm(received, by=staff.superior, now=NOW, find_limit=None, report_limit=None, **head)
    without, with_ = (share.case for share in assignment.shares.all())
    return received, without, with_


def test_the_letter_asks_for_what_is_missing_of_that_line_alone(told: Any, staff: Any, login: Any) -> None:
    received, without, with_ = told
    client = login(staff.handler)
    place = reverse("reports:port-letter", args=[without.pk, received.pk, "docx"])
    assert place in client.get(reverse("reports:report", args=[without.pk])).content.decode()
    document = Document(io.BytesIO(client.get(place).content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    for fact in (
        "关于请补充“挖矿”通报源端口等信息的函",
        "省教育信息安全监测中心",
        "网安通〔2026〕9号",
        "2026年3月15日17时30分",
    ):
        assert fact in text
    assert "203.0.113.10" in cells
    assert "203.0.113.11" not in cells
    assert cells.count("（请填写）") == 1
    pdf = pymupdf.open(stream=client.get(place.replace(".docx", ".pdf")).content, filetype="pdf")
    assert len(pdf) == 1
    assert "198.51.100.77:3333" in pdf[0].get_text()
    assert f"{without.number} 函" in pdf[0].get_text(), "the foot says that it is a letter, and not the form"
    other = reverse("reports:port-letter", args=[with_.pk, received.pk, "docx"])
    assert client.get(other).status_code == 404, "that line named its port"
    assert login(staff.stranger).get(place).status_code == 404


def test_nobody_is_asked_for_a_port_once_the_device_is_locked(told: Any, staff: Any, login: Any) -> None:
    received, case, _ = told
    place = reverse("reports:port-letter", args=[case.pk, received.pk, "docx"])
    page = reverse("reports:report", args=[case.pk])
    case = actions.start(actions.sign_for(case, by=staff.handler, now=NOW), by=staff.handler, now=NOW)
    assert place in login(staff.handler).get(page).content.decode()
    actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, responsible_name="秦朗", responsible_post="")
    assert place not in login(staff.handler).get(page).content.decode()
    assert login(staff.handler).get(place).status_code == 404


def test_unlocatable_that_was_allowed_in_time_is_in_time_and_brings_its_tasks(told: Any, staff: Any) -> None:
    _, case, _ = told
    at = NOW + timedelta(hours=40)
    case = actions.start(actions.sign_for(case, by=staff.handler, now=NOW), by=staff.handler, now=NOW)
    asked = decisions.propose(case, by=staff.handler, now=at, kind="unlocatable", value="no-port", reason="无源端口")
    decisions.agree(asked, by=staff.superior, now=at + timedelta(hours=7))
    case = Case.objects.get(pk=case.pk)
    assert case.find_clock.colour(NOW + timedelta(days=9)).value == "kept"
    assert sorted(case.tasks.values_list("kind", flat=True)) == ["block-pool", "nat-log", "sinkhole", "watch-72h"]
