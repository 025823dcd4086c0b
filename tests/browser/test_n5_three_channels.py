"""N5 in a browser: province, police and regulator tell of the same machine; one case, three replies."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.desk.cases.models import Case
from tests.browser.test_notices import drop
from tests.browser.test_s1_a_friday_evening import figures
from tests.desk.made import road, staff
from tests.desk.notices.conftest import desk
from tests.desk.notices.test_n5_three_channels import PROVINCE, REGULATOR, ledger
from tests.intake.made import png, word, xlsx

__all__ = ["desk", "ledger", "staff"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def test_one_case_three_replies(
    turn: Any, walker: Any, keep: Any, desk: Any, staff: Any, ledger: None, live_server: Any, tmp_path: Path
) -> None:
    files = {"省厅.xlsx": xlsx(PROVINCE), "公函.png": png(900, 1200), "通管局.docx": word(REGULATOR)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    turn("2026-03-16 09:10")
    zhou = walker("zhou.ning")
    drop(zhou, live_server.url, tmp_path / "省厅.xlsx", "省教育厅")
    zhou.click("button:has-text('登记并分派')")

    # The scanned letter of the police is typed beside its picture.
    turn("2026-03-16 11:40")
    zhou = walker("zhou.ning")
    drop(zhou, live_server.url, tmp_path / "公函.png", "市公安局网安支队")
    zhou.wait_for_load_state("networkidle")  # the picture is a request of its own
    zhou.fill("input[name=hand-address]", "203.0.113.10")
    zhou.fill("input[name=hand-coin]", "XMR")
    zhou.fill("input[name=hand-first_seen]", "2026-03-15T21:30")
    zhou.click("button:has-text('添加这一行')")
    zhou.wait_for_load_state("networkidle")
    assert "建议并入" in zhou.inner_text("main")
    keep(zhou, "n5-police")
    zhou.click("button:has-text('登记并分派')")

    turn("2026-03-17 08:30")
    zhou = walker("zhou.ning")
    drop(zhou, live_server.url, tmp_path / "通管局.docx", "省通信管理局")
    assert "建议并入" in zhou.inner_text("main")
    zhou.fill("input[name=report_limit]", "2026-03-17T20:30")
    keep(zhou, "n5-regulator")
    zhou.click("button:has-text('登记并分派')")

    case = Case.objects.get()
    zhou.goto(f"{live_server.url}/cases/{case.pk}/")
    assert "2026年3月18日（星期三）09:10 截止" in zhou.inner_text("main .timers"), (
        "the earliest receipt drives the clock"
    )
    zhou.goto(f"{live_server.url}/notices/")
    zhou.click("main table a:has-text('省教育厅')")
    zhou.click("summary:has-text('登记已答复')")
    zhou.fill("input[name=note]", "电子邮件")
    zhou.click("aside form button.primary")

    # The school has done its part; whoever closes the case reads whom nobody has answered.
    now = turn("2026-03-17 09:00")
    for name, act in road(staff, now):
        if name != "close":
            case = act(case)
    zhou = walker("zhou.ning")
    zhou.goto(f"{live_server.url}/cases/{case.pk}/")
    closing = zhou.inner_text("aside")
    assert "还有 2 份通报没有答复来源单位" in closing
    assert "市公安局网安支队" in closing
    assert "省通信管理局" in closing
    assert "省教育厅" not in closing
    keep(zhou, "n5-closing")
    zhou.click("aside a:has-text('查看各份通报')")
    assert figures(zhou) == {"通报": 3, "事件": 1, "IP": 1}
    text = zhou.inner_text("main")
    for due in ("2026年3月19日（星期四）09:10", "2026年3月19日（星期四）11:40", "2026年3月17日（星期二）20:30"):
        assert due in text
    assert text.count("未答复") == 2
    keep(zhou, "n5-replies")
