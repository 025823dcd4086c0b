"""S2: a teacher signs on Saturday at 08:12, finds the PC at 10:05, and the principal hands the report up at 14:20."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from docx import Document
from docx.oxml.ns import qn

from minewarden.desk.cases import actions as acts
from minewarden.desk.cases import decisions, guide, tasks
from minewarden.desk.cases.access import case_for
from minewarden.desk.cases.clocks import Colour, hours_and_minutes
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger import actions as ledger
from minewarden.desk.notices import intake
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.desk.reports import actions, queries
from minewarden.desk.reports.todo import todo
from minewarden.documents.docx import to_docx
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.conftest import PASSWORD

NOTICE = "IP,矿池,时间\n203.0.113.10:40213,pool.example.net:3333,2026-03-12 21:14:37\n"


def at(text: str) -> datetime:
    """A time of Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def notified(city, people, staff):
    """The officer of the bureau, and the case that his notice of Friday 17:30 made at the school."""
    friday, school = at("2026-03-13 17:30"), city.first_school
    bureau = org.create_person(
        by=None, unit=city.bureau, username="zhou.ning", name="周宁", password=PASSWORD, must_change=False
    )
    org.grant_post(bureau, role=Role.OFFICER, unit=city.bureau, by=None)
    ledger.add_range(
        by=None, unit=school, cidr="203.0.113.8/29", purpose="egress", valid_from=friday - timedelta(days=90)
    )
    head = {"source": "省教育信息安全监测中心", "number": "15", "received_at": friday}
    given = {"by": bureau, "now": friday, "office": city.bureau, "name": "涉挖矿IP清单.csv"}
    received = intake.take_in(content=NOTICE.encode(), received_at=friday, source=head["source"], **given)
    (assignment,) = intake.confirm(received, by=bureau, now=friday, find_limit=None, report_limit=None, **head)
    return bureau, assignment.shares.get().case


def test_the_whole_of_saturday(city, staff, login, notified):
    bureau, case = notified
    assert case.unit == city.first_school
    assert (case.due48, case.due72) == (at("2026-03-15 17:30"), at("2026-03-16 17:30"))

    signed = at("2026-03-14 08:12")
    assert [item.what for item in todo(staff.handler, None, signed).waiting] == ["sign"]
    case = acts.sign_for(case, by=staff.handler, now=signed)
    case = acts.start(case, by=staff.handler, now=signed + timedelta(minutes=3))

    # The guide: an exit with 45 machines behind it, and three facts.
    page = login(staff.handler).get(f"/cases/{case.pk}/").content.decode()
    assert "路由器有没有日志，有没有DHCP分配列表，当时开着哪些电脑" in page
    assert 'value="exit" required id="id_site-facts-address_0" checked' in page, "proposed by the ledger of ranges"
    facts = {
        "address": "exit",
        "machines": 45,
        "router_logs": "no",
        "dhcp_list": "no",
        "switched_on": "机房 JF-01 至 JF-12",
    }
    guide.note_facts(case, by=staff.handler, now=at("2026-03-14 08:20"), **facts)
    page = login(staff.handler).get(f"/cases/{case.pk}/").content.decode()
    for step in (
        "出口NAT地址，后面有多台设备 · 其后 45 台",
        "逐台查看：机房 JF-01 至 JF-12",
        "2026年3月15日（星期日）17:30 前批准的按期计算",
    ):
        assert step in page, step
    tasks.tick(case, by=staff.handler, now=at("2026-03-14 09:50"), item="unplug", done=True)

    locked = at("2026-03-14 10:05")
    device = {"device_name": "JF-07", "device_mac": "02:00:5e:10:00:01", "device_place": "机房 7 号位"}
    case = acts.lock(
        fresh(case), by=staff.handler, now=locked, device=device, responsible_name="秦朗", responsible_post="机房管理员"
    )
    clock = case.find_clock
    assert clock.colour(at("2026-03-15 17:30")) is Colour.KEPT
    assert hours_and_minutes(clock.used(at("2026-03-20 00:00"))) == (16, 35)
    page = login(staff.handler).get(f"/cases/{case.pk}/").content.decode()
    assert "按期完成，用时 16 小时 35 分" in page
    assert "被动：设备被入侵或感染，使用人不知情" in page, "the nature is asked for in plain words"
    assert case.nature == "undecided"

    acts.record_measure(
        case,
        by=staff.handler,
        now=at("2026-03-14 10:20"),
        kind="isolate",
        done_at=at("2026-03-14 09:58"),
        note="拔网线",
    )
    proposal = decisions.propose(
        fresh(case), by=staff.handler, now=at("2026-03-14 11:00"), kind="nature", value="passive", reason="弱口令被入侵"
    )
    assert fresh(case).nature == "undecided", "the teacher alone does not decide"
    assert not decisions.confirms(proposal, staff.handler)
    decisions.agree(proposal, by=staff.principal, now=at("2026-03-14 11:30"))
    assert fresh(case).nature == "passive"

    text = "\n".join(queries.report_page(fresh(case), at("2026-03-14 12:00")).sections.values())
    for fact in (
        "2026年3月13日17时30分，我单位接到省教育信息安全监测中心“挖矿”通报（编号15），随即组织排查",
        "通报显示，地址203.0.113.",
        "2026年3月14日8时12分", "16小时35分", "2026年3月15日17时30分", "2026年3月16日17时30分",
        "JF-07", "2026年3月14日9时58分", "其后设备台数：45；路由器（防火墙）日志：没有；DHCP分配列表：没有",
    ):  # fmt: skip
        assert fact in text, fact

    actions.submit(fresh(case), by=staff.handler, now=at("2026-03-14 14:05"))
    handed_up = at("2026-03-14 14:20")
    acts.approve_report(fresh(case), by=staff.principal, now=handed_up)
    case = case_for(bureau, case.pk)
    assert "16小时35分" in login(bureau).get(f"/reports/{case.pk}/").content.decode(), "the city sees it"
    assert (case.state, case.reported_at) == (State.REPORTED, handed_up)
    assert hours_and_minutes(case.report_clock.used(handed_up)) == (20, 50)
    assert case.report_clock.colour(handed_up) is Colour.KEPT

    word = Document(io.BytesIO(to_docx(queries.official(queries.report_page(case, handed_up)))))
    section = word.sections[0]
    lines = (section.page_height - section.top_margin - section.bottom_margin) / 635 / 579
    assert section._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch")) == "579"
    assert int(lines + 0.05) == 22
    body = next(run for p in word.paragraphs for run in p.runs if run.text.startswith("2026年3月13日"))
    spacing = body._r.rPr.find(qn("w:spacing")).get(qn("w:val"))
    width = (section.page_width - section.left_margin - section.right_margin) / 12700
    assert int(width / (16 + int(spacing) / 20)) == 28
