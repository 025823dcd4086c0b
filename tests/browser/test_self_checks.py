"""A teacher looks at a room on a telephone, a colleague looks again, and a host's report stands beside the case."""

import pytest

from minewarden.desk.selfchecks.models import Fix, HostReport, Sheet
from tests.desk.selfchecks.made import report_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_room_is_looked_at_on_a_telephone_mended_and_looked_at_again(walker, keep, staff, turn):
    turn("2026-03-13 10:00")
    page = walker("zhang.wei", width=360)
    page.goto(page.url.rstrip("/") + "/selfchecks/")
    keep(page, "selfcheck-home")
    page.set_viewport_size({"width": 360, "height": 780})
    page.select_option("#id_kind", "room")
    page.fill("#id_place", "信息中心机房")
    page.click("main form button.primary")
    page.click("text=提交自查表")
    assert page.locator(".sheet-line.lacking").count() == 16
    page.locator(".sheet-line", has_text="弱口令").locator(".choice.problem").click()
    page.fill("#id_passwords-note", "两台服务器没有改默认口令")
    keep(page, "selfcheck-fill")
    page.set_viewport_size({"width": 360, "height": 780})
    page.check("#id_rest_fine")
    page.click("text=提交自查表")
    assert Sheet.objects.get().problems == 1
    keep(page, "selfcheck-sheet")
    page.click("text=ZG-2026")
    page.fill("#id_mend-note", "口令都改了，关闭了外网登录")
    page.locator("button.primary.whole").click()
    assert "要由另一人复查" in page.content()
    keep(page, "selfcheck-fix")
    other = walker("wu.tao")
    other.goto(page.url)
    other.locator("button.primary.whole").click()
    assert Fix.objects.get().state == "closed"


def test_a_link_lets_a_warden_fill_in_and_a_host_hand_in(walker, keep, staff, turn, make_case, city, tmp_path):
    turn("2026-03-13 17:40")
    case = make_case("start")
    page = walker("zhang.wei")
    root = page.url.rstrip("/")
    page.goto(f"{root}/selfchecks/links/")
    page.check("input[value=sheet]")
    page.fill("#id_label", "3号楼楼管")
    page.select_option("#id_kind", "dormitory")
    page.fill("#id_place", "3号宿舍楼")
    page.click("main .card form button.primary")
    keep(page, "selfcheck-links")
    address = page.locator(".notice pre").inner_text().strip()
    page.context.clear_cookies()
    page.goto(address)
    page.check("#id_rest_fine")
    page.fill("#id_inspector", "楼管员")
    keep(page, "selfcheck-by-link")
    page.click("text=提交自查表")
    assert "已收到" in page.content()
    assert Sheet.objects.get().by is None

    for name, result in (("a", "confirmed"), ("b", "nothing-found")):
        (tmp_path / f"{name}.json").write_bytes(report_bytes(result=result))
    (tmp_path / "c.json").write_bytes(b"no report")
    page = walker("zhang.wei")
    page.goto(f"{root}/selfchecks/hosts/")
    page.set_input_files("#id_reports", [tmp_path / f"{name}.json" for name in "abc"])
    page.click("main form button.primary")
    keep(page, "selfcheck-hosts")
    assert HostReport.objects.count() == 2
    page.goto(f"{root}/selfchecks/hosts/{HostReport.objects.get(result='confirmed').pk}/")
    keep(page, "selfcheck-report")
    page.goto(f"{root}/cases/{case.pk}/")
    for _ in range(2):
        page.locator("form[action$='/join/'] button").first.click()
    assert "网络侧有通信记录而主机未发现" in page.content()
    keep(page, "selfcheck-case")
