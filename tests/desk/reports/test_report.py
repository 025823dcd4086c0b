"""The 72-hour report: written from the case, edited by people, frozen when submitted, approved by somebody else."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pymupdf
import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases import decisions, files, leads, outages, tasks
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case, Extension
from minewarden.desk.cases.opening import Limits
from minewarden.desk.kit import annexes
from minewarden.desk.measures.actions import note_energy
from minewarden.desk.reports import actions, export, queries
from minewarden.desk.reports.export import SECTIONS, Head, dated, written
from minewarden.desk.reports.models import Draft, Submitted
from minewarden.documents.docx import to_docx
from minewarden.documents.official import Annex, Section
from minewarden.documents.pdf import to_pdf
from minewarden.trace.hops.arp import ArpHop
from minewarden.trace.hops.lease import LeaseHop
from minewarden.trace.hops.login import LoginHop
from minewarden.trace.hops.lookup import LookupHop
from minewarden.trace.hops.nat import NatHop
from minewarden.trace.hops.switch_port import SwitchPortHop
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import NOW, candidate


def test_the_report_tells_what_happened_and_when(make_case, staff):
    case = make_case("measure")
    decision = decisions.propose(
        case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令被入侵。"
    )
    decisions.agree(decision, by=staff.principal, now=NOW)
    text = "\n".join(written(Case.objects.get(pk=case.pk)).values())
    for fact in ("2026年3月13日17时30分", "2026年3月15日17时30分", "pool.example.net:3333", "JF-07", "实验楼 305"):
        assert fact in text
    assert "性质为被动" in text
    assert "拔网线" in text
    assert "弱口令被入侵（" in text, "a full stop inside a sentence is taken out"


def test_the_conclusion_estimates_the_energy_and_says_on_what_it_rests(make_case, staff):
    """350 W over five days in Henan: 42.00 kWh and 24.77 kg, always called an estimate."""
    case = make_case("lock")
    assert "暂无法估算用电量" in written(case)["conclusion"]
    span = {"began_at": NOW - timedelta(days=6), "ended_at": NOW - timedelta(days=1)}
    note_energy(case, by=staff.handler, now=NOW, method="device", watts=Decimal(350), basis="现场功率计", **span)
    said = written(case)["conclusion"]
    assert "用电量估算约42.00千瓦时，折合二氧化碳约24.77千克" in said
    assert "挖矿 350 瓦" in said
    assert "涉及设备1台：JF-07" in said
    assert "实验楼 305" in said
    assert "估算" not in written(make_case("start", number=2))["conclusion"], (
        "nothing is estimated of what is not found"
    )


def test_the_restricted_annex_and_the_person_stay_out(make_case, staff):
    case = make_case("measure")
    document = queries.official(queries.report_page(case, NOW))
    assert case.responsible_name not in repr(document)
    assert "另行报送" in repr(document)
    assert document.addressee == "云川市临江区教育局"
    assert next(s.heading for s in document.sections) == "基本情况"


def test_an_undecided_nature_is_said_to_be_undecided(make_case):
    assert "尚" not in written(make_case("lock"))["conclusion"].splitlines()[0]
    assert "尚未确定" in written(make_case("lock", number=2))["conclusion"]


def test_what_people_wrote_stays_and_the_rest_follows_the_case(make_case, staff):
    case = make_case("lock")
    sections = written(case) | {"next": "一条自己写的措施。"}
    actions.save_draft(case, by=staff.handler, now=NOW, sections=sections, head=Head(number="云一中〔2026〕12号"))
    assert list(Draft.objects.get().sections) == ["next"]
    case_actions.record_measure(case, by=staff.handler, now=NOW, kind="reinstall", done_at=NOW, note="重装")
    page = queries.report_page(Case.objects.get(pk=case.pk), NOW)
    assert page.sections["next"] == "一条自己写的措施。"
    assert "重装系统" in page.sections["measures"]


def test_what_was_submitted_does_not_change(make_case, staff, recorded):
    case = make_case("measure")
    recorded()
    frozen = actions.submit(case, by=staff.handler, now=NOW)
    assert recorded() == ["case.submit-report"]
    with pytest.raises(FixedError):
        frozen.save()
    with pytest.raises(TransitionError):
        actions.save_draft(Case.objects.get(pk=case.pk), by=staff.handler, now=NOW, sections=written(case), head=Head())
    page = queries.report_page(Case.objects.get(pk=case.pk), NOW)
    assert (page.frozen, page.version, page.sha256) == (True, 1, frozen.sha256)


def test_a_report_that_came_back_is_a_new_version(make_case, staff):
    case = make_case("measure")
    actions.submit(case, by=staff.handler, now=NOW)
    case_actions.send_back_report(Case.objects.get(pk=case.pk), by=staff.principal, now=NOW, reason="补充入侵途径")
    case = Case.objects.get(pk=case.pk)
    assert not queries.report_page(case, NOW).frozen
    actions.submit(case, by=staff.handler, now=NOW + timedelta(hours=1))
    assert [r.version for r in Submitted.objects.order_by("version")] == [1, 2]


def test_whoever_must_amend_reads_why_on_both_pages_until_he_hands_in_again(make_case, staff, login):
    case, teacher = make_case("measure"), login(staff.handler)
    pages = [reverse(name, args=[case.pk]) for name in ("cases:case", "reports:report")]

    def reason_at_the_top(page):
        text = teacher.get(page).content.decode()
        return re.search(r'<section class="card ask"><h2>[^<]*退回[^<]*</h2><p>([^<]*)</p>', text)

    actions.submit(case, by=staff.handler, now=NOW)
    case_actions.send_back_report(Case.objects.get(pk=case.pk), by=staff.principal, now=NOW, reason="请写明入侵途径")
    assert [reason_at_the_top(page)[1] for page in pages] == ["请写明入侵途径"] * 2
    # To have written down one more measure is not to have answered.
    given = {"kind": "reinstall", "done_at": NOW, "note": "重装"}
    case_actions.record_measure(Case.objects.get(pk=case.pk), by=staff.handler, now=NOW, **given)
    assert [reason_at_the_top(page)[1] for page in pages] == ["请写明入侵途径"] * 2
    actions.submit(Case.objects.get(pk=case.pk), by=staff.handler, now=NOW)
    assert not any(map(reason_at_the_top, pages))
    case_actions.approve_report(Case.objects.get(pk=case.pk), by=staff.principal, now=NOW)
    case_actions.return_for_more(Case.objects.get(pk=case.pk), by=staff.superior, now=NOW, reason="缺少进程截图")
    assert [reason_at_the_top(page)[1] for page in pages] == ["缺少进程截图"] * 2


def test_what_is_written_anew_after_a_return_bears_its_own_day_and_the_clock_the_first(make_case, staff):
    """The clock of 72 hours stops with the first handing up; the paper signed two days later is of that day."""
    case = make_case("measure")
    actions.submit(case, by=staff.handler, now=NOW)
    case_actions.approve_report(Case.objects.get(pk=case.pk), by=staff.principal, now=NOW)
    first = queries.report_page(Case.objects.get(pk=case.pk), NOW)
    later = NOW + timedelta(days=2)
    case_actions.return_for_more(Case.objects.get(pk=case.pk), by=staff.superior, now=later, reason="缺少截图")
    assert queries.report_page(Case.objects.get(pk=case.pk), later).dated == later, "the draft is of today"
    actions.submit(Case.objects.get(pk=case.pk), by=staff.handler, now=later)
    case_actions.approve_report(Case.objects.get(pk=case.pk), by=staff.principal, now=later)
    case = Case.objects.get(pk=case.pk)
    assert (first.dated, queries.report_page(case, later).dated, case.reported_at) == (NOW, later, NOW)
    one, two = Submitted.objects.order_by("version")
    assert (dated(case, one), dated(case, two)) == (NOW, later)


def test_the_superior_is_led_from_the_report_to_where_it_is_received(make_case, staff, login):
    case = make_case("approve")
    address = reverse("reports:report", args=[case.pk])
    page = login(staff.superior).get(address).content.decode()
    assert f'<a class="button primary whole" href="/cases/{case.pk}/">签收或退回</a>' in page
    assert "签收或退回" not in login(staff.handler).get(address).content.decode()


def test_one_moment_of_activity_is_not_said_as_a_span(make_case):
    case = make_case("lock")
    case.first_seen = case.last_seen = NOW
    (line,) = (p for p in queries.report_page(case, NOW).sections["basic"].splitlines() if "疑似矿池通信" in p)
    assert "于2026年3月13日17时30分与" in line


def test_an_open_proposal_holds_the_report_back(make_case, staff):
    case = make_case("measure")
    decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="active", reason="本人承认")
    with pytest.raises(TransitionError):
        actions.submit(case, by=staff.handler, now=NOW)
    assert Submitted.objects.count() == 0


def test_the_page_says_so_before_anybody_is_refused(make_case, staff, login):
    case = make_case("measure")
    page = reverse("reports:report", args=[case.pk])
    assert "提交审批" in login(staff.handler).get(page).content.decode()
    asked = decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
    waiting = login(staff.handler).get(page).content.decode()
    assert "正等待另一人确认" in waiting
    assert reverse("reports:submit", args=[case.pk]) not in waiting
    decisions.agree(asked, by=staff.principal, now=NOW)
    assert reverse("reports:submit", args=[case.pk]) in login(staff.handler).get(page).content.decode()


def test_it_is_handed_out_as_word_and_as_pdf(make_case, staff, login):
    case = make_case("measure", now=timezone.now())
    client = login(staff.handler)
    word = client.get(reverse("reports:download", args=[case.pk, "docx"]))
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(word.content)).paragraphs)
    assert "基本情况" in text
    assert "pool.example.net" in text
    name = unquote(word["Content-Disposition"].partition("''")[2])
    assert name == f"{case.unit.label}_书面报告草稿_{case.number}_{timezone.now().astimezone(DISPLAY_ZONE):%Y%m%d}.docx"
    pdf = client.get(reverse("reports:download", args=[case.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF-")
    assert Record.objects.filter(action="report.export").count() == 2
    assert client.get(reverse("reports:download", args=[case.pk, "xlsx"])).status_code == 404


def test_the_pages_from_draft_to_approval(make_case, staff, login):
    case = make_case("measure", now=timezone.now())
    handler, principal = login(staff.handler), login(staff.principal)
    given = written(case) | {"addressee": "云川市教育局", "number": "云一中〔2026〕12号", "signer": "", "copies": ""}
    assert handler.post(reverse("reports:edit", args=[case.pk]), given).status_code == 302
    assert "云一中〔2026〕12号" in handler.get(reverse("reports:report", args=[case.pk])).content.decode()
    handler.post(reverse("reports:submit", args=[case.pk]))
    assert principal.post(reverse("reports:send-back", args=[case.pk]), {"reason": ""}).status_code == 422
    principal.post(reverse("reports:approve", args=[case.pk]))
    case.refresh_from_db()
    assert case.state == State.REPORTED


@pytest.mark.parametrize("name", ["report", "edit", "submit"])
def test_another_units_report_does_not_exist(make_case, staff, login, name):
    case = make_case("measure")
    client, address = login(staff.stranger), reverse(f"reports:{name}", args=[case.pk])
    assert (client.post if name == "submit" else client.get)(address).status_code == 404


def test_the_copies_are_printed_at_the_end_of_both_forms(make_case):
    """Q13: 抄送 the local task force, with who issued the paper and on which day; a plain draft has no such part."""
    case = make_case("measure")
    text, _ = export.text_of(case)
    head = Head(number="云一中〔2026〕12号", copies="云川市整治虚拟货币“挖矿”活动工作专班")
    made = export.document(case, text, head, on=NOW, code="WK-2026-1/draft")
    word = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(to_docx(made))).paragraphs)
    pdf = pymupdf.open(stream=to_pdf(made).pdf, filetype="pdf")
    for printed in (word, pdf[-1].get_text().replace("\n", "")):
        assert "抄送：云川市整治虚拟货币“挖矿”活动工作专班。" in printed
        assert "2026年3月13日印发" in printed
    plain = export.document(case, text, Head(), on=NOW, code="WK-2026-1/draft")
    assert "印发" not in "".join(page.get_text() for page in pymupdf.open(stream=to_pdf(plain).pdf, filetype="pdf"))


def test_every_section_has_words(make_case):
    assert set(written(make_case())) == set(SECTIONS)


def test_the_second_annex_lists_the_evidence_of_its_version_with_hashes(make_case, staff):
    case = make_case("measure")
    text, head = export.text_of(case)
    assert len(export.document(case, text, head, on=NOW, code="WK-2026-1/draft").annexes) == 1, "no files, no annex"
    kept = files.add_file(case, by=staff.handler, now=NOW, name="任务管理器截图.png", content=b"x")
    files.add_file(case, by=staff.handler, now=NOW, name="谈话笔录.pdf", content=b"y", restricted=True)
    later = NOW + timedelta(hours=1)
    files.add_file(case, by=staff.handler, now=later, name="后补.txt", content=b"z")
    made = export.document(case, text, head, on=NOW, code="WK-2026-1/draft", until=NOW)
    annex = made.annexes[1]
    assert annex.title == "佐证材料"
    ((_, row),) = (section.table for section in annex.sections)
    assert row[0] == "任务管理器截图.png"
    assert row[2].replace(" ", "") == kept.sha256
    assert to_pdf(made).pdf.startswith(b"%PDF-")
    assert "任务管理器截图.png" in [cell.text for cell in Document(io.BytesIO(to_docx(made))).tables[-1]._cells]


def test_what_an_app_offers_for_a_case_is_the_next_annex_of_its_report(make_case, staff, monkeypatch):
    """附件3: whoever keeps pledges offers them; what a case has nothing of is no annex."""
    case, other = make_case("measure"), make_case("measure", number=2)
    table = (("姓名", "签订时间"), ("李䶮", "2026年3月16日"))

    def pledges(of: Case, until: object) -> Annex | None:
        assert until == NOW
        return Annex("承诺书", (Section("", (), table),)) if of.pk == case.pk else None

    monkeypatch.setattr(annexes, "_OFFERED", {annexes.PLEDGES: pledges})
    files.add_file(case, by=staff.handler, now=NOW, name="任务管理器截图.png", content=b"x")
    text, head = export.text_of(case)
    made = export.document(case, text, head, on=NOW, code="WK-2026-1/draft", until=NOW)
    assert [annex.title for annex in made.annexes] == ["排查处置反馈表", "佐证材料", "承诺书"]
    assert "李䶮" in [cell.text for cell in Document(io.BytesIO(to_docx(made))).tables[-1]._cells]
    assert to_pdf(made).pdf.startswith(b"%PDF-")
    assert len(export.document(other, text, head, on=NOW, code="WK-2026-2/draft", until=NOW).annexes) == 1


def test_every_way_of_tracing_has_its_name_in_the_report(make_case):
    """Also by a resolver's query log (N7) and by a router's ARP table."""
    kinds = [hop.kind for hop in (NatHop, LookupHop, LeaseHop, ArpHop, LoginHop, SwitchPortHop)] + ["asset", "person"]
    known = candidate(1)
    hops = [known["hops"][0] | {"kind": kind} for kind in kinds]
    text = written(make_case("start", trace=[known | {"hops": hops}]))["process"]
    assert "经NAT转换日志、DNS查询日志、DHCP租约、ARP表、认证记录、交换机端口记录、资产台账、责任人登记逐级溯源" in text


def test_more_time_and_what_was_added_later_stand_beside_what_the_desk_saw(make_case, staff):
    """N4 and N10: the original due times, the claimed time with its reason, the earlier receipt."""

    def at(hours):
        return NOW + timedelta(hours=hours)

    case = make_case("start")
    assert "原时限" not in written(case)["basic"]
    tasks.record_call(case, by=staff.superior, now=at(1), called_at=at(-2), spoke_to="值班室", note="电话先行告知")
    for which, hours in (("find", 60), ("report", 90)):
        asked = decisions.ask_extension(
            case, by=staff.handler, now=at(2), which=which, until=at(hours), reason="假期"
        )  # fmt: skip
        if which == Extension.Which.FIND:
            decisions.decide_extension(asked, by=staff.superior, now=at(3), allow=True)
    device = {"device_ip": "10.12.8.1", "device_place": "实验楼 305"}
    case_actions.lock(case, by=staff.handler, now=at(50), device=device, responsible_name="秦朗", responsible_post="")
    assert "用时52小时0分" in written(Case.objects.get(pk=case.pk))["process"]
    claim = outages.ask_backfill(case, by=staff.handler, now=at(51), claimed_at=at(40.5), reason="断电，系统未登记。")
    assert "补录" not in written(Case.objects.get(pk=case.pk))["process"], "nobody has allowed it yet"
    outages.decide_backfill(claim, by=staff.superior, now=at(52), allow=True)
    sections = written(Case.objects.get(pk=case.pk))
    assert "排查锁定的时限经上级批准延长，原时限为2026年3月15日15时30分。" in sections["basic"]
    assert "书面报告的时限经上级批准延长" not in sections["basic"], "nobody has allowed that yet"
    assert "我单位已于2026年3月13日15时30分先行得知该线索，系统送达时间为2026年3月13日17时30分" in sections["basic"]
    told = "补录：实际于2026年3月15日10时00分查明，2026年3月15日19时30分在系统登记，理由为：断电，系统未登记；"
    assert told in sections["process"]
    assert "用时42小时30分" in sections["process"]


def test_a_notice_was_received_when_this_unit_received_it(make_case, staff, city):
    case = make_case("start")
    notice = leads.enter_notice(
        by=staff.superior, now=NOW + timedelta(hours=3), unit=city.linjiang, received_at=NOW - timedelta(hours=8),
        source="省中心", number="省通〔2026〕3号", text="", limits=Limits(),
    )  # fmt: skip
    leads.join_notice(case, notice, by=staff.superior, now=NOW + timedelta(hours=3))
    assert "2026年3月13日20时30分接到省中心通报，编号省通〔2026〕3号。" in written(case)["basic"]
    later = leads.enter_notice(
        by=staff.superior, now=NOW + timedelta(hours=5), unit=city.linjiang, received_at=NOW - timedelta(hours=4),
        source="省通信管理局", number="", text="", limits=Limits(),
    )  # fmt: skip
    leads.join_notice(case, later, by=staff.superior, now=NOW + timedelta(hours=5))
    told = written(case)["basic"]
    assert told.index("省中心") < told.index("省通信管理局"), "first received, first told"


def test_what_is_not_known_of_a_pool_is_left_out_and_not_called_unknown(make_case):
    told = written(make_case("start"))["basic"]
    assert "，协议为" in told
    assert "，币种为BTC。" in told
    case = make_case("start", number=2, protocol="", coins=[])
    assert "存在疑似矿池通信。" in written(case)["basic"]


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("notified", "存在疑似“挖矿”通信，协议为Stratum V1，通报未列明对端地址。"),
        ("self-found", "存在疑似“挖矿”通信，协议为Stratum V1，线索未记载对端地址。"),
    ],
)
def test_where_no_peer_is_named_the_report_says_so(make_case, origin, told):
    case = make_case("start", coins=[], protocol="stratum-v1")
    case.origin, case.server, case.server_name, case.port = origin, None, "", None
    basic = written(case)["basic"]
    assert told in basic
    assert "未知" not in basic
    cell = "通报未列明" if origin == "notified" else "线索未记载"
    assert cell in dict(export.own_rows(case)).values()


def test_the_evidence_is_told_in_the_times_and_the_spacing_of_official_papers(make_case):
    text = {
        "zh": "2026-03-12 21:14:37 至 2026-03-12 23:02:00，10.12.8.1 与 203.0.113.9 按 Stratum V1 往来 12 次。",
        "en": "x",
    }
    seen = {"first_seen": "2026-03-12T13:14:37Z", "last_seen": "2026-03-12T15:02:00Z"}
    rows = [{"source": "egress.pcap", "row": 12}]
    strong = {"detector": "stratum", "family": "protocol", "grade": "work", "text": text, "weight": 9.2, "rows": rows}
    told = written(make_case("start", evidence=[strong | seen]))["process"]
    assert (
        "主要证据：2026年3月12日21时14分37秒至2026年3月12日23时02分00秒，10.12.8.1与203.0.113.9按Stratum V1往来12次。"
        in told
    )


def test_what_makes_up_for_a_device_that_cannot_be_located_stands_among_the_measures(make_case, staff):
    case = make_case("start", trace=[])
    asked = decisions.propose(
        case, by=staff.handler, now=NOW, kind="unlocatable", value="no-nat-log", reason="出口未保留日志"
    )
    decisions.agree(asked, by=staff.superior, now=NOW)
    done = case.tasks.get(kind="block-pool")
    tasks.do_task(done, by=staff.handler, now=NOW + timedelta(hours=2), result="done", note="已在防火墙封禁。")
    sections = written(Case.objects.get(pk=case.pk))
    assert "已报上级批准" in sections["conclusion"]
    lines = sections["measures"].splitlines()
    assert lines[0] == "因无法定位，采取以下4项补偿措施："
    assert lines[1].endswith("2026年3月13日19时30分完成：已在防火墙封禁。")
    assert lines[4] == "4．开启 NAT 日志（含端口、对时），应于2026年3月20日17时30分前完成。"
    assert "尚未登记处置措施" not in sections["measures"]
    assert written(make_case("lock", number=2))["measures"] == "尚未登记处置措施。"
