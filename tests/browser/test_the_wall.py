"""The wall in a browser at both sizes; it refreshes in place, and goes dark when its link is taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from minewarden.desk.screen import actions, queries
from tests.browser.conftest import SCREENSHOTS
from tests.desk.assessments.conftest import case_row
from tests.desk.assessments.test_s6_weekly_assessment import beijing, week

__all__ = ["case_row", "week"]
pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
SIZES = ((1920, 1080), (3840, 1080))


@pytest.fixture
def opened(chromium: Any, live_server: Any) -> Any:
    contexts = []

    def open_(token: str, width: int, height: int) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/wall/{token}/")
        assert all(url.startswith((live_server.url, "data:")) for url in asked), "nothing comes from elsewhere"
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("demo", [False, True], ids=["counted", "invented"])
def test_the_wall_fits_both_sizes(turn: Any, city: Any, people: Any, week: Any, opened: Any, demo: bool) -> None:
    turn("2026-03-13 16:00")
    queries._counted.cache_clear()
    now = timezone.now()
    _, token = actions.make(
        city.linjiang, by=people.approver, now=now, name="三楼", expires_at=now + timedelta(days=9), demo=demo
    )
    for width, height in SIZES:
        page = opened(token, width, height)
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"wall-{'invented' if demo else 'counted'}-{width}.png")
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main > section, article, li, .main, header")]
            .filter((node) => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1)
            .map((node) => node.className + " " + node.textContent.slice(0, 30))"""
        )
        assert cut == [], f"cut off at {width}: {cut}"
        out = page.evaluate(
            """() => [...document.querySelectorAll("li > *, .main > *")].filter((node) => {
              const own = node.getBoundingClientRect(), box = node.parentElement.getBoundingClientRect();
              return own.top < box.top - 3 || own.bottom > box.bottom + 3 || own.right > box.right + 1;
            }).map((node) => node.textContent)"""
        )
        assert out == [], f"out of its place at {width}: {out}"
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("main span, main strong, main em, main time")]
            .map((node) => parseFloat(getComputedStyle(node).fontSize)))"""
        )
        assert smallest >= 16, "read from five metres"


def test_it_refreshes_in_place_and_goes_dark(
    turn: Any, city: Any, people: Any, week: Any, opened: Any, case_row: Any
) -> None:
    turn("2026-03-13 16:00")
    queries._counted.cache_clear()
    now = timezone.now()
    wall, token = actions.make(
        city.linjiang, by=people.approver, now=now, name="三楼", expires_at=now + timedelta(days=9)
    )
    page = opened(token, *SIZES[0])
    new = page.locator("[data-tile=new] strong")
    assert new.inner_text() == "3"
    page.evaluate("document.body.dataset.same = 'yes'")
    case_row(city.first_school, beijing("2026-03-13 16:00:30"))
    turn("2026-03-13 16:01")
    page.evaluate("window.refreshWall()")
    page.wait_for_function("document.querySelector('[data-tile=new] strong').textContent === '4'")
    assert page.evaluate("document.body.dataset.same") == "yes", "the page was not loaded anew"
    assert page.locator("[data-chart] svg circle").count() == 12
    actions.revoke(wall, by=people.approver, now=timezone.now())
    page.evaluate("window.refreshWall()")
    page.wait_for_selector("body.over")
    assert "已收回" in page.inner_text("body")
