"""S6 in a browser: Friday 16:00 the officer judges, the leader approves, a district reports zero in two taps."""

from typing import Any

import pytest

from minewarden.desk.assessments.models import Version, Zero
from tests.desk.assessments.conftest import case_row
from tests.desk.assessments.test_s6_weekly_assessment import JUDGEMENT, beijing, week

__all__ = ["case_row", "week"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def test_from_the_draft_to_the_kept_paper(
    turn: Any, walker: Any, keep: Any, city: Any, people: Any, week: Any, live_server: Any, case_row: Any
) -> None:
    turn("2026-03-13 16:00")
    address = f"{live_server.url}/assessments/{city.linjiang.pk}/2026-W11/"
    officer = walker("wang.lei")
    officer.click("main .todo a:has-text('报送研判')")
    assert officer.url == address
    text = officer.inner_text("main")
    assert "新增3起" in text
    assert "期末存量4起" in text
    keep(officer, "s6-draft")
    officer.click("main a:has-text('填写研判'), aside a:has-text('填写研判')")
    assert officer.input_value("[name=judgement]") == "", "the judgement is left to people"
    officer.fill("[name=judgement]", JUDGEMENT)
    officer.fill("[name=problems]", "个别学校服务器无人管理。")
    officer.fill("main form [name=next]:visible", "下周逐校核对无主设备。")
    keep(officer, "s6-write")
    officer.click("main button:has-text('保存')")
    officer.click("aside button:has-text('提交批准')")
    assert "待批准" in officer.inner_text("aside")
    assert officer.locator("aside button:has-text('批准并归档')").count() == 0, "who hands in does not approve"

    turn("2026-03-13 16:20")
    leader = walker("li.fang")
    leader.click("main .todo a:has-text('批准研判报告')")
    keep(leader, "s6-to-approve")
    leader.click("aside button:has-text('批准并归档')")
    assert "已批准" in leader.inner_text("aside")
    with leader.expect_download() as paper:
        leader.click("header a:has-text('pdf')")
    content = paper.value.path().read_bytes()
    assert content.startswith(b"%PDF")
    assert Version.objects.get().kept.filter(form="pdf").count() == 1
    keep(leader, "s6-approved")

    turn("2026-03-19 09:00")
    # What arrived on 10 March is entered late: the page says so, the paper stays.
    case_row(city.first_school, beijing("2026-03-10 08:00"), opened_at=beijing("2026-03-19 08:00"))
    officer = walker("wang.lei")
    officer.goto(address)
    assert "定稿后有变化" in officer.inner_text("main")
    assert "新增3起" in officer.inner_text("main article")
    keep(officer, "s6-changed-since")


def test_zero_in_two_taps(
    turn: Any, walker: Any, keep: Any, city: Any, people: Any, week: Any, live_server: Any
) -> None:
    turn("2026-03-13 15:00")
    district = walker("sun.yue", width=375)
    keep(district, "s6-zero-home")
    district.set_viewport_size({"width": 375, "height": 812})
    taps = 0
    for tap in ("main .todo a:has-text('报送研判')", "aside button:has-text('零报告')"):
        district.click(tap)
        taps += 1
    assert "已于" in district.inner_text("main")
    assert taps == 2
    assert Zero.objects.get().assessment.unit == city.yunlu
    keep(district, "s6-zero-done")


def test_figures_open_their_lists(
    turn: Any, walker: Any, keep: Any, city: Any, people: Any, week: Any, live_server: Any
) -> None:
    turn("2026-03-13 16:00")
    leader = walker("liu.jianguo")
    leader.goto(f"{live_server.url}/statistics/")
    keep(leader, "s6-statistics")
    row = leader.locator("table.figures tr", has=leader.locator("span", has_text="期末存量")).first
    assert row.locator("td").nth(1).inner_text() == "4"
    row.locator("a").click()
    assert leader.locator("main table tbody tr").count() == 4, "as many rows as the figure says"
    keep(leader, "s6-behind")
    leader.goto(f"{live_server.url}/statistics/definitions/")
    keep(leader, "s6-definitions")
    leader.goto(f"{live_server.url}/clear-zero/")
    assert "0 / 2" in leader.inner_text("main .tiles")
    keep(leader, "s6-clear-zero")
    leader.goto(f"{live_server.url}/statistics/trend/")
    leader.locator("[data-chart] svg").first.hover(position={"x": 200, "y": 100})
    read = leader.locator("[data-chart] output").first
    first = read.inner_text()
    leader.locator("[data-chart] svg").first.press("ArrowRight")
    assert read.inner_text() != first, "the arrow keys go from week to week"
    keep(leader, "s6-trend")
