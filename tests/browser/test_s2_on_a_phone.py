"""S2 on a telephone: signed for on Saturday at 08:12, the PC found by 10:05, handed up by the principal at 14:20."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.desk.cases.models import Case
from tests.browser.conftest import SCREENSHOTS
from tests.desk.reports.test_s2_school_on_saturday import at, notified
from tests.intake.made import png

__all__ = ["notified"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
PHONE = 360


def shoot(page: Any, name: str) -> None:
    """What the person sees, kept; the page must not be wider than the telephone."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.evaluate("scrollTo(0, 0)")  # the head stands where it is seen first, not across the middle
    page.screenshot(path=SCREENSHOTS / f"s2-{name}-{PHONE}.png", full_page=True, animations="disabled")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, f"{name} is wider than a telephone"


def opened(page: Any, title: str) -> Any:
    """The form of an act, opened as a thumb would."""
    form = page.locator(f"aside details.act:has(> summary:has-text('{title}'))").last
    if form.get_attribute("open") is None:
        form.locator("> summary").click()
    return form


def test_saturday_on_two_telephones(
    turn: Any, walker: Any, staff: Any, notified: Any, live_server: Any, tmp_path: Path
) -> None:
    _, case = notified
    address = f"{live_server.url}/cases/{case.pk}/"

    turn("2026-03-14 08:12")
    teacher = walker("zhang.wei", width=PHONE, height=740)
    shoot(teacher, "home")
    teacher.click("main a:has-text('签收')")
    teacher.click("button:has-text('签收')")
    teacher.goto(address)
    teacher.click("button:has-text('开始排查')")

    # The guide: an exit with 45 PCs behind it, no log, no list; which PCs were on.
    assert teacher.is_checked("input[name=site-facts-address][value=exit]"), "the ledger of ranges knows it"
    teacher.fill("input[name=site-facts-machines]", "45")
    teacher.check("input[name=site-facts-router_logs][value=no]")
    teacher.check("input[name=site-facts-dhcp_list][value=no]")
    teacher.fill("textarea[name=site-facts-switched_on]", "机房 JF-01 至 JF-12")
    shoot(teacher, "three-facts")
    teacher.click("button:has-text('说明现场情况')")
    told = teacher.inner_text("main") + teacher.inner_text("aside")
    assert "出口NAT地址，后面有多台设备 · 其后 45 台" in told
    assert "逐台查看：机房 JF-01 至 JF-12" in told
    shoot(teacher, "guide")

    # JF-07 runs at 100 %: a picture if he likes, the cable out, then device and person.
    turn("2026-03-14 10:05")
    teacher = walker("zhang.wei", width=PHONE, height=740)
    teacher.goto(address)
    picture = tmp_path / "任务管理器.png"
    picture.write_bytes(png(320, 200))
    teacher.locator("aside summary:has-text('其他操作')").click()
    form = opened(teacher, "上传佐证材料")
    form.locator("input[type=file]").set_input_files(picture)
    form.locator("input[name=add-file-note]").fill("JF-07 的 CPU 占用 100%")
    form.locator("button").click()
    assert "任务管理器.png" in teacher.inner_text("main")
    teacher.locator("section.checklist button:has-text('拔网线')").click()
    opened(teacher, "锁定设备及责任人")
    teacher.fill("input[name=lock-device_name]", "JF-07")
    teacher.fill("input[name=lock-device_mac]", "02:00:5e:10:00:01")
    teacher.fill("input[name=lock-device_place]", "机房 7 号位")
    teacher.fill("input[name=lock-responsible_name]", "张喆、李䶮、王㛃·阿卜杜拉")
    teacher.fill("input[name=lock-responsible_post]", "机房管理员")
    teacher.click("button:has-text('锁定设备及责任人')")
    assert "按期完成，用时 16 小时 35 分" in teacher.inner_text("main .timers")
    assert "green" in str(teacher.locator("main .timers > .clock").first.get_attribute("class"))
    assert "已锁定" in teacher.inner_text("main .page-head")
    shoot(teacher, "locked")
    opened(teacher, "研判性质")
    assert "被动：设备被入侵或感染，使用人不知情" in teacher.inner_text("aside")
    teacher.check("input[name=propose-nature-value][value=passive]")
    teacher.fill("textarea[name=propose-nature-reason]", "弱口令被入侵，外部地址在活动前取得管理员权限")
    teacher.click("button:has-text('研判性质')")

    turn("2026-03-14 11:30")
    principal = walker("he.qing", width=PHONE, height=740)
    principal.goto(address)
    shoot(principal, "nature")
    principal.fill("textarea[name=decide-note]", "同意")
    principal.click("main button:has-text('确认')")
    case = Case.objects.get(pk=case.pk)
    assert (case.nature, case.locked_at) == ("passive", at("2026-03-14 10:05"))

    turn("2026-03-14 14:05")
    teacher = walker("zhang.wei", width=PHONE, height=740)
    teacher.goto(f"{live_server.url}/reports/{case.pk}/")
    draft = teacher.inner_text("main")
    for moment in ("2026年3月13日17时30分", "2026年3月14日8时12分", "2026年3月14日10时05分", "16小时35分"):
        assert moment in draft, moment
    shoot(teacher, "draft")
    teacher.click("button:has-text('提交')")

    turn("2026-03-14 14:20")
    principal = walker("he.qing", width=PHONE, height=740)
    principal.goto(f"{live_server.url}/reports/{case.pk}/")
    shoot(principal, "approve")
    principal.click("button:has-text('批准')")
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.reported_at) == ("reported", at("2026-03-14 14:20"))

    city = walker("zhou.ning")
    city.goto(f"{live_server.url}/reports/{case.pk}/")
    assert "2026年3月14日" in city.inner_text("main")
    assert "反馈表" in city.inner_text("main") + city.inner_text("aside")
