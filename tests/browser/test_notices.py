"""Notices in a real browser: dropped, previewed, confirmed, signed for on a phone, three of them in one case."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.desk.notices.conftest import claim, desk
from tests.intake.made import png, xlsx

__all__ = ["desk"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
HEAD = ["序号", "IP地址", "目的端口", "矿池域名", "首次发现时间", "归属单位"]


@pytest.fixture
def ledger(desk: Any) -> None:
    since = timezone.now() - timedelta(days=90)
    claim(desk.first_school, "198.51.100.16/28", since=since)
    claim(desk.second_school, "198.51.100.32/28", since=since)
    claim(desk.linjiang, "203.0.113.0/28", since=since)
    claim(desk.first_school, "203.0.113.53/32", "resolver", since=since)
    claim(desk.yunlu_school, "192.0.2.0/28", since=since)
    claim(desk.riverside, "192.0.2.0/28", since=since)


def notice() -> bytes:
    seen = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%d} 21:14:37"
    lines = [
        ("198.51.100.20、198.51.100.21", "pool.example.net", "市一中"),
        ("１９８．５１．１００．３３", "pool.example.net", "市一中"),
        ("203[.]0[.]113[.]5", "pool.example.net", ""),
        ("203.0.113.53", "pool.example.net", "市一中"),
        ("192.0.2.7", "", "云麓中学"),
        ("192.0.2.200", "", ""),
        ("", "pool2.example.net", ""),
        ("203.0.113.300", "", "江畔小学"),
    ]
    rows = [[n, ip, 3333 if pool else "", pool, seen, unit] for n, (ip, pool, unit) in enumerate(lines, start=1)]
    rows[-1][3] = rows[-1][2] = ""
    return xlsx([["涉挖矿IP清单（云网通〔2026〕15号）"], HEAD, *rows, ["请于收到后48小时内反馈核查情况"]])


def drop(page: Any, address: str, path: Path, source: str) -> None:
    page.goto(address + "/notices/add/")
    page.set_input_files("input[name=file]", path)
    page.fill("input[name=source]", source)
    page.click("main form.card button.primary")


def test_a_list_is_dropped_previewed_confirmed_and_signed_for(
    walker: Any, keep: Any, desk: Any, ledger: None, live_server: Any, tmp_path: Path
) -> None:
    path = tmp_path / "涉挖矿IP清单.xlsx"
    path.write_bytes(notice())
    page = walker("zhou.ning")
    page.goto(live_server.url + "/notices/add/")
    keep(page, "notices-upload")
    drop(page, live_server.url, path, "省教育信息安全监测中心")
    assert "尚未发给任何单位" in page.inner_text("main")
    assert "递归DNS" in page.inner_text("main")
    assert "通报写的是“市一中”" in page.inner_text("main")
    keep(page, "notices-preview")

    page.click("nav.tabs a:has-text('归属冲突')")
    page.click("main table a.button")
    page.fill("input[name=unit]", "江畔小学")
    page.fill("input[name=reason]", "电话核实：云麓中学已于去年停用")
    keep(page, "notices-line")
    page.click("main form.card button.primary")

    page.click("button:has-text('登记并分派')")
    assert "分派给 4 个单位" in page.inner_text("body")
    keep(page, "notices-notice")
    page.goto(live_server.url + "/notices/")
    keep(page, "notices-register")

    phone = walker("wu.di", width=390)
    phone.goto(live_server.url + "/assignments/")
    keep(phone, "notices-tasks")
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.click("main table a")
    assert "198.51.100.33" in phone.inner_text("main")
    assert "198.51.100.20" not in phone.inner_text("main")
    phone.click("main button:has-text('签收'), aside button:has-text('签收'), button:has-text('签收')")
    assert "已签收" in phone.inner_text("body")
    keep(phone, "notices-task")


def test_a_picture_is_typed_beside_it_and_joins_the_running_case(
    walker: Any, keep: Any, desk: Any, ledger: None, live_server: Any, tmp_path: Path
) -> None:
    first, letter = tmp_path / "省厅.xlsx", tmp_path / "公函.png"
    first.write_bytes(notice())
    letter.write_bytes(png(900, 1200))
    page = walker("zhou.ning")
    drop(page, live_server.url, first, "省教育厅")
    page.click("button:has-text('登记并分派')")
    drop(page, live_server.url, letter, "市公安局网安支队")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelector('.hand-picture img').naturalWidth") > 100
    keep(page, "notices-by-hand")
    page.fill("input[name=hand-address]", "198.51.100.20")
    page.fill("input[name=hand-coin]", "XMR")
    page.fill("input[name=hand-first_seen]", f"{timezone.localtime() - timedelta(days=1):%Y-%m-%dT22:00}")
    page.click("button:has-text('添加这一行')")
    assert "建议并入" in page.inner_text("main")
    keep(page, "notices-merge")
    page.click("button:has-text('登记并分派')")
    page.click("main table a[href*='/cases/']")
    page.click("main a:has-text('查看各份通报')")
    assert "还有 2 份通报没有答复来源单位" in page.inner_text("main")
    keep(page, "notices-of-case")
