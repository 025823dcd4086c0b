"""S2 on a telephone: the teacher signs, finds and locks, the principal confirms and hands up."""

from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases.clocks import Colour
from minewarden.desk.cases.models import Case
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
PHONE = 360


def shoot(page: Any, name: str) -> None:
    """What the person sees, kept; the page must not be wider than the telephone."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"s2-{name}-{PHONE}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, f"{name} is wider than a telephone"


def test_saturday_on_two_telephones(walker: Any, make_case: Any, staff: Any, live_server: Any) -> None:
    now = timezone.now()
    case = make_case("open", now=now, first_seen=f"{now:%Y-%m-%dT00:00:00Z}", last_seen=f"{now:%Y-%m-%dT00:00:01Z}")
    teacher = walker("zhang.wei", width=PHONE, height=740)
    shoot(teacher, "home")
    teacher.click("main a:has-text('签收')")
    teacher.click("button:has-text('签收')")
    teacher.click("button:has-text('开始排查')")
    shoot(teacher, "steps")
    if not teacher.is_visible("input[name=lock-device_place]"):
        teacher.click("summary:has-text('锁定设备')")
    teacher.fill("input[name=lock-device_name]", "JF-07")
    teacher.fill("input[name=lock-device_mac]", "02:00:5e:10:00:01")
    teacher.fill("input[name=lock-device_place]", "机房 7 号位")
    teacher.fill("input[name=lock-responsible_name]", "张喆、李䶮、王㛃·阿卜杜拉")
    teacher.fill("input[name=lock-responsible_post]", "机房管理员")
    teacher.click("button:has-text('锁定设备及责任人')")
    case.refresh_from_db()
    assert (case.state, case.find_clock.colour(timezone.now())) == ("locked", Colour.KEPT)
    shoot(teacher, "locked")
    teacher.locator("summary:has-text('研判性质')").click()
    teacher.locator("input[name=propose-nature-value][value=passive]").check()
    teacher.fill("textarea[name=propose-nature-reason]", "弱口令被入侵，外部地址在活动前取得管理员权限")
    teacher.click("button:has-text('研判性质')")

    principal = walker("he.qing", width=PHONE, height=740)
    principal.goto(f"{live_server.url}/cases/{case.pk}/")
    principal.fill("textarea[name=decide-note]", "同意")
    principal.click("main button:has-text('确认')")
    case.refresh_from_db()
    assert case.nature == "passive"

    teacher.goto(f"{live_server.url}/reports/{case.pk}/")
    shoot(teacher, "draft")
    teacher.click("button:has-text('提交')")
    principal.goto(f"{live_server.url}/reports/{case.pk}/")
    shoot(principal, "approve")
    principal.click("button:has-text('批准')")
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.report_clock.colour(timezone.now())) == ("reported", Colour.KEPT)

    district = walker("wang.lei")
    district.goto(f"{live_server.url}/reports/{case.pk}/")
    assert "反馈表" in district.inner_text("main") + district.inner_text("aside")
