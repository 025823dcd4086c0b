"""S7 to its end in a browser: the re-checks of a closed case after 7, 30 and 90 days, and the third case of a unit."""

from typing import Any

import pytest

from minewarden.desk.cases.models import Case
from tests.browser.test_s7_the_repeated_device import act
from tests.desk.cases.test_s7_repeat_offender_device import SERVER, at, closed, confirmed

__all__ = ["closed", "confirmed"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def recheck(page: Any, result: str, note: str) -> None:
    """Say of the task that is due what was found."""
    task = page.locator(f"main details.act:has(button[value='{result}'])").first
    if task.get_attribute("open") is None:
        task.locator("> summary").click()
    task.locator("textarea").fill(note)
    task.locator(f"button[value='{result}']").click()
    page.wait_for_load_state("networkidle")


def test_the_three_rechecks_end_with_stable(
    turn: Any, walker: Any, keep: Any, closed: Any, staff: Any, live_server: Any
) -> None:
    address = f"{live_server.url}/cases/{closed.pk}/"
    turn("2026-04-02 10:00")
    superior = walker("wang.lei")
    superior.goto(address)
    superior.click("aside button:has-text('转入回头看')")
    for day, days in (("2026-04-09 08:00", 7), ("2026-05-02 08:00", 30), ("2026-07-01 08:00", 90)):
        turn(day)
        school = walker("zhang.wei")
        school.click(f"main .todo a:has-text('回头看（{days} 天）')")
        recheck(school, "clean", f"第{days}天回头看：流量、进程正常")
        keep(school, f"s7-recheck-{days}")
        assert "认定稳定" not in school.inner_text("aside"), "that is for the superior to say"
    turn("2026-07-01 11:00")
    superior = walker("wang.lei")
    superior.click("main .todo a:has-text('认定稳定：回头看已全部完成')")
    act(superior, "认定稳定", reason="三次回头看均未发现")
    keep(superior, "s7-stable")
    assert Case.objects.get(pk=closed.pk).state == "stable"
    superior.goto(live_server.url)
    assert "认定稳定" not in superior.inner_text("main")


def test_a_recheck_that_finds_it_again_leads_to_a_recurrence(
    turn: Any, walker: Any, keep: Any, closed: Any, staff: Any, live_server: Any
) -> None:
    address = f"{live_server.url}/cases/{closed.pk}/"
    turn("2026-04-09 08:00")
    superior = walker("wang.lei")
    superior.goto(address)
    superior.click("aside button:has-text('转入回头看')")
    school = walker("zhang.wei")
    school.goto(address)
    recheck(school, "found", "又发现连接矿池")
    keep(school, "s7-found-again")
    turn("2026-04-09 11:00")
    superior = walker("wang.lei")
    superior.click("main .todo a:has-text('认定复发：回头看又发现“挖矿”')")
    act(superior, "认定复发", reason="第7天回头看又发现连接矿池")
    keep(superior, "s7-recurred")
    assert "再次出现的活动另立新案" in superior.inner_text("main"), "and what comes next is said"
    assert superior.locator("main .notice a:has-text('登记通报')").count() == 1
    assert Case.objects.get(pk=closed.pk).state == "recurred"


def test_the_third_case_of_a_unit_stands_in_the_list_of_honours_and_in_the_statistics(
    turn: Any, walker: Any, keep: Any, closed: Any, confirmed: Any, staff: Any, live_server: Any
) -> None:
    second = confirmed(2, at(4, 20))
    third = confirmed(3, at(6, 1), device=SERVER | {"device_mac": "02:00:5e:10:00:78", "device_name": "PC-9"})
    turn("2026-06-01 10:00")
    approver = walker("li.fang")
    approver.click("nav.menu a:has-text('评先评优核对')")
    keep(approver, "s7-honours")
    approver.goto(f"{live_server.url}/honours/?year=2026")
    row = approver.locator("main tr", has_text="云川市第一中学").inner_text()
    assert all(case.number in row for case in (closed, second, third))
    approver.goto(f"{live_server.url}/statistics/?period=2026-04")
    keep(approver, "s7-statistics")
    assert approver.locator("main tr", has_text="复发率").inner_text().split("\t")[1].startswith("100.0%（1/1）")
