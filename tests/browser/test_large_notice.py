"""A notice of hundreds of lines in a real browser: its progress while it is handed out, and what was known earlier."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.notices import handing
from minewarden.desk.notices.models import Assignment
from tests.browser.test_notices import drop
from tests.desk.notices.conftest import claim, desk
from tests.intake.made import xlsx

__all__ = ["desk"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def test_a_large_notice_shows_its_progress_until_all_is_handed_out(
    walker: Any, keep: Any, desk: Any, live_server: Any, tmp_path: Path
) -> None:
    since = timezone.now() - timedelta(days=90)
    claim(desk.first_school, "198.51.100.0/25", since=since)
    claim(desk.second_school, "198.51.100.128/25", since=since)
    seen = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%d} 21:14:37"
    rows = [[f"198.51.100.{n}", "pool.example.net", seen] for n in range(1, 241)]
    path = tmp_path / "涉挖矿IP清单.xlsx"
    path.write_bytes(xlsx([["IP", "矿池域名", "首次发现时间"], *rows]))
    page = walker("zhou.ning")
    drop(page, live_server.url, path, "省教育信息安全监测中心")
    page.click("form[action$='/confirm/'] button")
    assert "正在后台分派" in page.inner_text("body")
    handing._piece(timezone.now())
    handing._piece(timezone.now())
    page.reload()
    assert "已完成 50 / 240 条" in page.inner_text("main")
    keep(page, "notice-handing-out")
    while handing.go_on(timezone.now()):
        continue
    page.reload()
    assert "正在分派" not in page.inner_text("main")
    keep(page, "notice-handed-out")

    assignment = Assignment.objects.get(unit=desk.first_school)
    page.goto(f"{live_server.url}/assignments/{assignment.pk}/")
    page.click("summary:has-text('补录更早的告知')")
    earlier = timezone.localtime() - timedelta(hours=2)
    page.fill("input[name=told_at]", f"{earlier:%Y-%m-%dT%H:%M}")
    page.fill("input[name=note] >> visible=true", "公安支队电话告知值班室")
    keep(page, "assignment-earlier-form")
    page.click("button:has-text('补录更早的告知')")
    assert "公安支队电话告知值班室" in page.inner_text("main")
    keep(page, "assignment-earlier")
    page.goto(f"{live_server.url}/cases/{assignment.shares.all()[0].case_id}/")
    assert "补录" in page.inner_text("main")
    keep(page, "case-earlier-receipt")
    page.goto(f"{live_server.url}/reports/{assignment.shares.all()[0].case_id}/")
    assert "请补充源端口的函" in page.inner_text("body")
    keep(page, "report-port-letter")
