"""N1 in a browser: the notice went to the school that had the address until February; its one click sends it back."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.desk.cases.models import Case
from tests.browser.test_notices import drop
from tests.browser.test_s1_a_friday_evening import figures
from tests.desk.notices.conftest import desk
from tests.desk.notices.test_n1_wrong_school import ROWS, handed_over
from tests.intake.made import xlsx

__all__ = ["desk", "handed_over"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def test_the_line_comes_back_and_goes_to_the_right_school(
    turn: Any, walker: Any, keep: Any, desk: Any, handed_over: None, live_server: Any, tmp_path: Path
) -> None:
    turn("2026-03-16 09:00")
    path = tmp_path / "通报.xlsx"
    path.write_bytes(xlsx(ROWS))
    zhou = walker("zhou.ning")
    drop(zhou, live_server.url, path, "省教育信息安全监测中心")
    text = zhou.inner_text("main table.grid")
    assert "市二中" in text
    assert "通报写的是“市一中”" in text
    keep(zhou, "n1-preview")

    # He sends it to the school that the notice names, though the page warns him.
    zhou.click("main table a.button")
    assert "通报写的是“市一中”" in zhou.inner_text("main")
    zhou.fill("input[name=unit]", "市一中")
    zhou.fill("input[name=reason]", "按通报所写单位")
    keep(zhou, "n1-against-the-ledger")
    zhou.click("main form.card button.primary")
    zhou.click("button:has-text('登记并分派')")
    address = zhou.url

    turn("2026-03-16 11:00")
    wrong = walker("zhang.wei")
    wrong.goto(f"{live_server.url}/assignments/")
    wrong.click("main table a")
    assert "2026年3月18日（星期三）09:00 截止" in wrong.inner_text("main")
    wrong.click("summary:has-text('非本单位')")
    wrong.fill("textarea[name=reason]", "该地址 2 月 28 日已停用，3 月 1 日起由市二中使用")
    wrong.click("button:has-text('非本单位')")
    assert "已退回，本单位停止计时" in wrong.inner_text("body")
    assert "已停止，不计入时限" in wrong.inner_text("main")
    keep(wrong, "n1-returned")

    turn("2026-03-16 11:20")
    zhou = walker("zhou.ning")
    zhou.goto(address)
    keep(zhou, "n1-came-back")
    zhou.click("main a:has-text('改派')")
    assert zhou.input_value("input[name=unit]") == "云川市第二中学"
    zhou.fill("textarea[name=reason]", "台账：3 月 1 日起归市二中")
    zhou.click("main form.card button.primary")
    text = zhou.inner_text("main")
    assert "已用 2 小时 20 分" in text.replace("已用 2小时20分", "已用 2 小时 20 分")
    assert "2026-03-18 11:20" in text
    assert "2026-03-19 11:20" in text
    shown = figures(zhou)
    assert (shown["通报条数"], shown["事件数"], shown["涉及单位"]) == (1, 1, 1)
    keep(zhou, "n1-handed-out-anew")

    right = walker("wu.di")
    right.goto(f"{live_server.url}/assignments/")
    right.click("main table a")
    text = right.inner_text("main")
    assert "2026年3月18日（星期三）11:20 截止" in text
    assert "2026年3月19日（星期四）11:20 截止" in text
    keep(right, "n1-right-school")

    # What stands against a school counts the second one only.
    assert Case.objects.exclude(conclusion=Case.Conclusion.NOT_OURS).get().unit == desk.second_school
