"""S1 in a browser: 老周 drops the province's list on Friday at 17:30; district and schools see their own lines."""

from pathlib import Path
from typing import Any

import pytest

from minewarden.desk.notices.models import Assignment
from minewarden.desk.notify.models import Message
from tests.browser.test_notices import drop
from tests.desk.notices.conftest import desk
from tests.desk.notices.test_s1_friday_thirty_seven_rows import addresses, original, schools

__all__ = ["desk", "original", "schools"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def figures(page: Any) -> dict[str, int]:
    """The figures of the page by their names."""
    boxes = page.locator("main dl.figures > div").all()
    return {box.locator("dt").inner_text(): int(box.locator("dd").inner_text()) for box in boxes}


def tabs(page: Any) -> dict[str, int]:
    """How many lines stand behind each tab."""
    names = page.locator("nav.tabs a").evaluate_all("all => all.map(one => one.firstChild.data)")
    return dict(zip(names, map(int, page.locator("nav.tabs .count").all_inner_texts()), strict=True))


def test_from_the_list_to_the_schools(
    turn: Any, walker: Any, keep: Any, desk: Any, schools: Any, original: bytes, live_server: Any, tmp_path: Path
) -> None:
    turn("2026-03-13 17:30")
    path = tmp_path / "涉挖矿IP清单.xlsx"
    path.write_bytes(original)
    zhou = walker("zhou.ning")
    drop(zhou, live_server.url, path, "省教育信息安全监测中心")

    # The preview: 38 addresses and one name; 30 of 22 schools and 5 of the district; nothing is sent.
    assert "尚未发给任何单位" in zhou.inner_text("main")
    shown = figures(zhou)
    assert (shown["不同地址"], shown["仅域名的行"], shown["涉及单位"], shown["留在本级"]) == (38, 1, 22 + 1, 3 + 1)
    assert tabs(zhou) == {"全部": 40, "台账有归属": 36, "归属冲突": 0, "台账无记录": 3, "仅域名": 1}
    zhou.click("main details.quiet > summary")
    names = zhou.locator("ul.units li").evaluate_all("all => all.map(one => one.firstChild.data)")
    whom = dict(zip(names, map(int, zhou.locator("ul.units b").all_inner_texts()), strict=True))
    assert whom.pop("云川市临江区教育局") == 5
    assert (sum(whom.values()), len(whom)) == (30 + 1, 22), "the thirty, and one that stands twice"
    assert zhou.locator("table.grid small:has-text('198.51.100.0/30')").count() > 0
    assert not Assignment.objects.exists()
    assert not Message.objects.exists()
    keep(zhou, "s1-preview")

    zhou.click("button:has-text('登记并分派')")
    assert "分派给 23 个单位" in zhou.inner_text("body")
    shown = figures(zhou)
    assert (shown["通报条数"], shown["不同地址"], shown["未送达"], shown["未签收"]) == (37, 38, 0, 23)
    told = zhou.inner_text("main")
    assert told.count("2026-03-15 17:30") >= 23
    assert told.count("2026-03-16 17:30") >= 23
    keep(zhou, "s1-dispatched")

    # 小王 of the district has the five of his exit, and the two dues over the weekend.
    district = walker("wang.lei")
    district.goto(f"{live_server.url}/assignments/")
    district.locator("main table tr", has=district.locator("td:text-is('临江区')")).locator("a").click()
    text = district.inner_text("main")
    assert [ip for ip in addresses() if ip in text] == [f"203.0.113.{n}" for n in range(1, 6)]
    assert "2026年3月15日（星期日）17:30 截止" in text
    assert "2026年3月16日（星期一）17:30 截止" in text
    keep(district, "s1-district")

    # A teacher has the lines of his school, and what called him names no address.
    teacher = walker("teacher.0", width=360, height=740)
    teacher.goto(f"{live_server.url}/assignments/")
    teacher.click("main table a")
    text = teacher.inner_text("main")
    assert {ip for ip in addresses() if ip in text.split()} == {"198.51.100.1", "198.51.100.2"}
    keep(teacher, "s1-school")
    teacher.click("button:has-text('签收')")
    assert "已签收" in teacher.inner_text("body")
    assert not [m for m in Message.objects.all() if any(ip in m.text for ip in addresses())]

    zhou.reload()
    assert figures(zhou)["未签收"] == 22
