"""S7 in a browser: the lab server again; a notice of disconnection is proposed, ordered, approved, executed, lifted."""

from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.cases import leads
from tests.desk.cases.test_s7_repeat_offender_device import SERVER, closed, confirmed

__all__ = ["closed", "confirmed"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def act(page: Any, title: str, **fields: str) -> None:
    """Open an act of the case, fill it in, carry it out."""
    form = page.locator(f"aside details.act:not(.more):has(> summary:has-text('{title}'))").first
    if form.get_attribute("open") is None:
        form.locator("> summary").click()
    for name, text in fields.items():
        form.locator(f"[name$='-{name}']").fill(text)
    form.locator(f"button:has-text('{title}')").click()


def standing(page: Any) -> str:
    """Where the notice of disconnection stands, as its card says."""
    return str(page.locator("main h2:has-text('断网通知单') .chip").inner_text())


def test_from_the_second_finding_to_the_restoration(
    turn: Any, walker: Any, keep: Any, closed: Any, make_lead: Any, staff: Any, live_server: Any
) -> None:
    turn("2026-04-20 09:00")
    lead = make_lead(2, first_seen="2026-04-20T06:00:00+08:00", last_seen="2026-04-20T08:00:00+08:00")
    case = leads.open_case(lead, by=staff.superior, now=timezone.now(), unit=closed.unit)
    address = f"{live_server.url}/cases/{case.pk}/"
    network = walker("zhang.wei")
    network.goto(address)
    network.click("aside button:has-text('签收')")
    network.click("aside button:has-text('开始排查')")
    turn("2026-04-20 09:25")
    act(network, "锁定设备及责任人", responsible_name="秦朗", responsible_post="实验室管理员", **SERVER)
    warning = network.locator("main .notice.warning", has_text=closed.number)
    assert "21" in warning.inner_text(), "the recurrence names the first case and the days since"
    assert standing(network) == "待决定", "proposed, and ordered by nobody"
    keep(network, "s7-proposed")

    turn("2026-04-20 14:00")
    network = walker("zhang.wei")
    network.goto(address)
    act(network, "下达断网通知单", reason="30 日内再次确认，同一服务器")
    assert standing(network) == "待批准"
    keep(network, "s7-ordered")
    assert network.locator("aside summary:has-text('批准断网')").count() == 0, "who orders does not approve"

    turn("2026-04-20 15:00")
    principal = walker("he.qing")
    principal.goto(address)
    keep(principal, "s7-to-approve")
    act(principal, "批准断网")
    assert standing(principal) == "待执行"

    # The network team takes the machine off at 15:40 and says so at 15:45.
    turn("2026-04-20 15:45")
    team = walker("wu.tao")
    team.goto(address)
    act(team, "确认已断网", executed_at="2026-04-20T15:40")
    assert standing(team) == "已断网"
    assert "2026-04-20 15:40" in team.inner_text("main")
    keep(team, "s7-executed")

    turn("2026-04-23 10:00")
    owner = walker("zhang.wei")
    owner.goto(address)
    form = owner.locator("aside details.act:has(> summary:has-text('登记处置措施'))").first
    if form.get_attribute("open") is None:
        form.locator("> summary").click()
    form.locator("select[name$='-kind']").select_option("reinstall")
    act(owner, "登记处置措施", done_at="2026-04-22T16:00", note="重装系统，附安装记录")
    act(owner, "申请恢复上网", reason="已重装系统，口令已更换")
    assert standing(owner) == "待批准恢复"
    keep(owner, "s7-asked-back")

    turn("2026-04-23 11:00")
    principal = walker("he.qing")
    principal.goto(address)
    act(principal, "批准恢复上网")
    text = principal.inner_text("main")
    assert standing(principal) == "已恢复"
    assert "2026-04-20 15:40" in text
    assert "2026-04-23 11:00" in text
    keep(principal, "s7-restored")
