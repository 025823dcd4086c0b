"""A browser, and the desk behind it, for the walks."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from minewarden.desk.audit.guard import statements
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.conftest import PASSWORD, city, data_folder, login, people
from tests.desk.made import make_case, make_lead, recorded, staff
from tests.real.needs import need

__all__ = ["city", "data_folder", "login", "make_case", "make_lead", "people", "recorded", "staff"]
SCREENSHOTS = Path(__file__).parent / "screenshots"
# Playwright's loop runs in this thread; Django would otherwise take its own calls for calls from within a coroutine.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session", autouse=True)
def _log_can_be_emptied() -> Iterator[None]:
    """Such tests end by emptying all tables, which the guard of the log refuses. The class is told, not the connection:
    the browser's loop gives each greenlet a connection of its own."""
    operations = type(connection.ops)
    flush = operations.sql_flush

    def lifted(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        down, up = (statements(connection.vendor, on=on) for on in (False, True))
        return [*down, *flush(self, *args, **kwargs), *up]

    operations.sql_flush = lifted
    yield
    operations.sql_flush = flush


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium. It ends with its file, for as long as it is there a loop runs in this thread, in which
    tests of other folders cannot run theirs."""
    need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """turn("2026-03-16 11:00") -> that moment of Beijing is now, for the desk and for browsers opened afterwards."""

    def to(text: str) -> datetime:
        moment = datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return to


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click ends when the page that it brings is whole: the browser says so as soon as the first bytes are there."""
    from playwright.sync_api import Locator, Page

    for kind in (Page, Locator):

        def click(self: Any, *args: Any, _click: Any = kind.click, **kwargs: Any) -> None:
            _click(self, *args, **kwargs)
            page = self if isinstance(self, Page) else self.page
            page.wait_for_load_state()

        monkeypatch.setattr(kind, "click", click)


@pytest.fixture
def walker(chromium: Any, patient: None, live_server: Any) -> Iterator[Any]:
    """walker("wang.lei", width=1366) -> a signed-in page of its own; errors in the browser fail the test."""
    opened, problems = [], []

    def sign_in(username: str, width: int = 1366, height: int = 900) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        opened.append(context)
        page = context.new_page()
        page.clock.set_fixed_time(timezone.now())
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(live_server.url + "/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button, form button.primary")
        return page

    yield sign_in
    for context in opened:
        context.close()
    assert not problems, problems


@pytest.fixture
def keep() -> Any:
    """keep(page, "name") -> a screenshot at 1366 and one at 360 px; the page must not be wider than the window."""

    def shoot(page: Any, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        for width in (1366, 360):
            page.set_viewport_size({"width": width, "height": 900})
            # The menu slides away with the width; the picture shows where it ends.
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True, animations="disabled")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide in a window of {width}"
        page.set_viewport_size({"width": 1366, "height": 900})

    return shoot
