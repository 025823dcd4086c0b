"""S9 in a browser: two days before the gate, the postponement, midnight; and a kindergarten on a phone."""

from typing import Any

import pytest

from minewarden.desk.assessments.models import Zero
from minewarden.desk.campaigns import rounds
from minewarden.desk.campaigns.models import Campaign, Gate, Task
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Asset, Duty
from tests.browser.conftest import SCREENSHOTS
from tests.desk.campaigns.conftest import beijing, bureau, file_it, make_campaign

__all__ = ["bureau", "file_it", "make_campaign"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def test_the_gate_of_the_second_phase(
    walker: Any, turn: Any, keep: Any, live_server: Any, make_campaign: Any, file_it: Any, make_case: Any, city: Any,
    bureau: Any, people: Any,
) -> None:  # fmt: skip
    campaign = make_campaign()
    units = [city.bureau, city.linjiang, city.yunlu, city.first_school, city.riverside, city.yunlu_school]
    for unit in units[:3]:
        file_it("plan", unit, campaign, bureau.officer)
    for unit in units[:5]:
        file_it("meeting", unit, campaign, bureau.officer)
    Duty.objects.create(unit=city.first_school, post="contact_a", name="张伟")
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器", person_name="秦朗", performance="high")
    case = make_case("lock", now=beijing("2026-04-20 10:00"))
    Case.objects.filter(pk=case.pk).update(nature=Case.Nature.PASSIVE)
    rounds.look(beijing("2026-04-11 00:01"))

    turn("2026-04-24 08:30")
    officer = walker("zhou.ping")
    keep(officer, "s9-home")
    officer.goto(f"{live_server.url}/campaigns/")
    assert officer.inner_text(".tiles").split("\n")[:2] == ["0", "有主动挖矿未办结"]
    assert "剩余 39 小时" in officer.inner_text(".gate-head")
    keep(officer, "s9-board")
    officer.click(".tile:has-text('未报工作方案')")
    assert officer.locator("tbody tr").count() == 4
    row = officer.locator("tbody tr", has_text="江畔小学")
    row.locator("summary").click()
    row.locator("input[type=datetime-local]").fill("2026-04-30T18:00")
    row.locator("textarea").fill("校舍维修停电")
    row.locator("button").click()
    assert "已延期" in officer.inner_text("main")
    officer.goto(f"{live_server.url}/campaigns/{campaign.pk}/")
    keep(officer, "s9-campaign")
    officer.goto(f"{live_server.url}/campaigns/new/")
    keep(officer, "s9-new")

    teacher = walker("zhang.wei", width=375, height=760)
    teacher.goto(f"{live_server.url}/campaigns/mine/")
    teacher.screenshot(path=SCREENSHOTS / "s9-mine-375.png", full_page=True)
    assert teacher.evaluate("document.documentElement.scrollWidth") <= 375
    keep(teacher, "s9-mine")
    card = teacher.locator(".task", has_text="终端实名认证")
    card.locator("summary").click()
    card.locator("label:has-text('是')").first.click()
    card.locator("label:has-text('网页认证')").click()
    card.locator("button:has-text('提交')").click()
    assert Task.objects.get(unit=city.first_school, code="terminals").state == "done"
    card = teacher.locator(".task", has_text="办公设备自查")
    card.locator("summary").click()
    card.locator("a:has-text('详情')").click()
    keep(teacher, "s9-task")

    midnight = turn("2026-04-26 00:00")
    rounds.look(midnight)
    gate = Gate.objects.get(phase="assault")
    late = walker("zhou.ping")
    late.goto(f"{live_server.url}/campaigns/gate/{gate.pk}/")
    assert "与冻结时一致" in late.inner_text("main")
    keep(late, "s9-gate")
    late.goto(f"{live_server.url}/campaigns/")
    late.click(".tile:has-text('遗留任务')")
    assert "遗留" in late.inner_text("main")
    keep(late, "s9-carried")


def test_a_kindergarten_is_done_in_three_minutes_a_month(
    walker: Any, turn: Any, live_server: Any, make_campaign: Any, city: Any, bureau: Any
) -> None:
    make_campaign()
    Task.objects.all().delete()
    Duty.objects.create(unit=city.kindergarten, post="contact_a", name="李娜")
    told = {
        "department": "办公室",
        "place": "一楼办公室",
        "use": "办公",
        "category": "office",
        "mac": "02:00:00:00:00:09",
    }
    Asset.objects.create(unit=city.kindergarten, number="1", name="办公电脑", person_name="李娜", **told)
    rounds.look(turn("2026-05-04 08:30"))
    Task.objects.exclude(code="month").delete()
    Campaign.objects.update(opened=[f"{t}@" for t in ("plan",)])
    turn("2026-05-29 15:00")
    head = walker("li.na", width=360, height=740)
    month = (
        "main .todo a[href*='/campaigns/']",
        "main .task label:has-text('没有变化')",
        "main .task button:has-text('提交')",
    )
    taps = 0
    for target in (*month, "a.brand", "main .todo a:has-text('报送研判')", "aside button:has-text('零报告')"):
        if taps == 1:
            head.screenshot(path=SCREENSHOTS / "s9-kindergarten-360.png", full_page=True)
        head.click(target)
        taps += 1
    head.screenshot(path=SCREENSHOTS / "s9-kindergarten-zero-360.png", full_page=True)
    head.click("a.brand")
    assert "目前没有待办事项" in head.inner_text("main"), "nothing else is asked of it in a month"
    assert taps == 6, "and nothing has to be typed"
    head.screenshot(path=SCREENSHOTS / "s9-kindergarten-done-360.png", full_page=True)
    assert Task.objects.get(unit=city.kindergarten, code="month").state == "done"
    assert Zero.objects.get().assessment.unit == city.kindergarten


def test_filings_needs_help_and_forms_look_right(
    walker: Any,
    turn: Any,
    keep: Any,
    live_server: Any,
    make_campaign: Any,
    file_it: Any,
    city: Any,
    bureau: Any,
    people: Any,
) -> None:
    campaign = make_campaign()
    now = turn("2026-04-02 09:00")
    for post, name in (("first", "何青"), ("direct", "吴涛"), ("contact_a", "张伟")):
        Duty.objects.create(unit=city.first_school, post=post, name=name)
    Asset.objects.create(unit=city.first_school, number="1", name="服务器", person_name="秦朗", department="信息中心")
    Asset.objects.create(unit=city.first_school, number="2", name="旧主机")
    file_it("plan", city.first_school, campaign, people.school_officer, number="云一中〔2026〕12号")
    decisions = "关闭无人管理的服务器\n核对出口地址"
    meeting = file_it("meeting", city.linjiang, campaign, people.officer, decisions=decisions)
    file_it("rule", city.linjiang, None, people.officer)
    page = walker("wang.lei")
    for name, address in (
        ("plans", "filings/plan/"), ("materials", "filings/material/"), ("file", "filings/meeting/new/"),
        ("meeting", f"filing/{meeting.pk}/"), ("needs", "needs/"), ("helps", "help/"), ("team", "team/"),
        ("quiz", "quiz/"), ("make-form", "forms/new/"),
    ):  # fmt: skip
        page.goto(f"{live_server.url}/campaigns/{address}")
        keep(page, f"campaigns-{name}")
    page.goto(f"{live_server.url}/campaigns/team/")
    page.fill("input[name=name]", "孙悦")
    page.fill("input[name=skills]", "取证、日志")
    page.click("aside button:has-text('添加队员')")
    page.goto(f"{live_server.url}/campaigns/forms/new/")
    page.fill("input[name=title]", "电子大屏摸底")
    page.fill("textarea[name=why]", "省厅 4 月底前要数")
    page.check("input[name=kinds][value=school]")
    page.fill("input[name=due]", "2026-04-20")
    page.fill("input[name=title0]", "电子大屏块数")
    page.select_option("select[name=kind0]", "number")
    page.fill("input[name=title1]", "责任人手机")
    page.click("button:has-text('保存')")
    assert "台账里已经有这些字段" in page.inner_text("main")
    keep(page, "campaigns-form-warned")
    page.fill("#send-note", "省厅要求另附")
    page.click("button:has-text('发出')")
    keep(page, "campaigns-form-sent")

    teacher = walker("zhang.wei")
    teacher.goto(f"{live_server.url}/campaigns/duty-list/")
    keep(teacher, "campaigns-duty-list")
    teacher.click("button:has-text('按台账生成')")
    keep(teacher, "campaigns-duty-list-made")
    teacher.goto(f"{live_server.url}/campaigns/help/")
    teacher.check("input[name=topic][value=trace]")
    teacher.fill("textarea[name=text]", "通报里的地址在 NAT 后面，查不到是哪台")
    teacher.click("aside button:has-text('求助')")
    page.goto(f"{live_server.url}/campaigns/help/")
    page.click("main a:has-text('通报里的地址')")
    page.select_option("select[name=assign-member]", label="孙悦")
    page.click("aside button:has-text('安排队员')")
    keep(page, "campaigns-help")
    assert now
