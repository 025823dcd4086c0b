"""An officer uploads logs to a case, reads the candidate and takes it in; at a desk and on a phone."""

import pytest

from tests.desk.tracing.test_trace_in_a_case import LEASES, NAT, SOURCES, case

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
__all__ = ["case"]


def test_from_logs_to_a_candidate(walker, keep, case, staff, live_server, tmp_path):
    paths = []
    for name, text in (("nat.csv", NAT), ("kea-leases.csv", LEASES), ("sources.toml", SOURCES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        paths.append(tmp_path / name)
    page = walker(staff.handler.username)
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    page.get_by_role("link", name="用日志溯源").click()
    keep(page, "trace-ask")
    page.set_input_files("input[type=file]", paths)
    page.click("button:has-text('开始溯源')")
    page.wait_for_selector("text=记入案件")
    keep(page, "trace-found")
    page.click("button:has-text('记入案件')")
    page.wait_for_selector("text=候选已记入案件")
    assert "10.12.9.14" in page.content()
    keep(page, "trace-taken")
