"""The frame of the console in a real browser: wide, narrow, by keyboard, in large letters, without script, on paper."""

from datetime import UTC, datetime
from typing import Any

import pytest

from minewarden.desk.ledger import actions as ledger
from tests.desk.conftest import PASSWORD

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def registered(city: Any) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ledger.add_range(by=None, unit=city.linjiang, cidr="2001:db8:100::/48", purpose="egress", valid_from=start)
    facts = {"ip": "10.21.4.37", "mac": "02:00:5e:10:00:01", "place": "实验楼 302", "person_name": "秦朗"}
    ledger.add_asset(by=None, unit=city.first_school, number="ZC-2024-0117", name="机房教师机", **facts)


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (
            "sys.he",
            ["/units/", "/units/1/add/", "/people/", "/people/1/", "/ledger/ranges/", "/ledger/assets/", "/me/"],
        ),
        ("sec.luo", ["/people/4/", "/people/4/posts/add/"]),
        ("aud.shen", ["/audit/", "/audit/verify/"]),
    ],
)
def test_pages_fit_a_window_and_a_phone(walker, keep, people, registered, live_server, who, paths):
    page = walker(who)
    for path in paths:
        path = path.replace("/1/", f"/{people.system.unit_id if 'units' in path else people.system.pk}/")
        path = path.replace("/4/", f"/{people.officer.pk}/")
        assert page.goto(live_server.url + path).status == 200
        keep(page, f"{who}{path.replace('/', '-').rstrip('-')}")


def test_large_letters_fit_a_phone(walker, people, registered, live_server):
    page = walker("sys.he", width=360)
    page.click("form[action$='text-size/'] button")
    for path in ("/units/", "/people/", "/ledger/assets/"):
        page.goto(live_server.url + path)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "18px"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_city_is_opened_level_by_level(walker, keep, people, registered, live_server, monkeypatch):
    monkeypatch.setattr("minewarden.desk.org.queries.WHOLE_MOST", 5)
    monkeypatch.setattr("minewarden.desk.ledger.queries._MOST_READ", 0)
    page = walker("sys.he")
    page.goto(live_server.url + "/units/")
    assert page.locator("main table.grid tbody tr").count() == 3
    page.click("main table.grid tbody tr:nth-child(2) td:last-child a")
    assert "云川市第一中学" in page.inner_text("main table.grid")
    keep(page, "units-level")
    page.goto(live_server.url + "/units/")
    page.fill("input[name=q]", "第一")
    page.click("main form.filters button")
    assert page.locator("main table.grid tbody tr").count() == 1
    keep(page, "units-found")
    page.goto(live_server.url + "/ledger/assets/?q=0117")
    assert "ZC-2024-0117" in page.inner_text("main table.grid")
    keep(page, "ledger-found-by-index")


def test_a_phone_shows_what_it_is_before_what_to_do_and_the_tab_of_the_page(walker, keep, people, live_server):
    page = walker("wang.lei", width=360)
    page.goto(live_server.url + "/campaigns/help/")
    title, form = (page.locator(which).bounding_box()["y"] for which in ("h1", "aside form"))
    assert title < form < page.locator(".tabs").bounding_box()["y"]
    page.goto(live_server.url + "/measures/energy/figures/")
    tab = page.locator(".tabs [aria-current]").bounding_box()
    assert tab["x"] >= 0
    assert tab["x"] + tab["width"] <= 360
    keep(page, "phone-last-tab")


def test_the_menu_of_a_phone_opens_by_keyboard(walker, people, live_server):
    page = walker("sys.he", width=360)
    assert not page.is_visible("nav.menu a >> nth=0")
    page.focus("#menu-open")
    page.keyboard.press("Space")
    page.wait_for_selector("nav.menu a", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("nav.menu a", state="hidden")


def test_the_first_stop_of_the_keyboard_leads_to_the_content(walker, people, live_server):
    page = walker("sys.he")
    page.wait_for_load_state("networkidle")
    page.bring_to_front()
    page.keyboard.press("Tab")
    # A busy machine may hand the key to the page a little later.
    page.wait_for_function("document.activeElement !== document.body")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.focus("nav.menu a")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_grave_act_is_asked_for_first(walker, people, live_server):
    page = walker("sys.he")
    page.goto(f"{live_server.url}/people/{people.officer.pk}/")
    page.click("button.danger")
    page.click("#confirm button[value=no]")
    people.officer.refresh_from_db()
    assert people.officer.is_active
    page.click("button.danger")
    page.click("#confirm button[value=yes]")
    page.wait_for_selector(".notice.success")
    people.officer.refresh_from_db()
    assert not people.officer.is_active


def test_everything_works_without_script(chromium, people, live_server):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(live_server.url + "/login/")
    page.fill("input[name=username]", "sys.he")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.click("label.menu-button")
    page.click("nav.menu a[href='/people/']")
    assert "人员与岗位" in page.inner_text("h1")
    # The names of columns stand before the cells, as in the head of the table that a phone does not show.
    assert "登录名" in page.evaluate(
        "getComputedStyle(document.querySelector('.grid td:nth-child(2)'), '::before').content"
    )
    context.close()


def test_paper_shows_the_content_and_not_the_frame(walker, people, live_server):
    page = walker("sys.he")
    page.goto(live_server.url + "/units/")
    page.emulate_media(media="print")
    assert not page.is_visible("header.top")
    assert not page.is_visible("nav.menu")
    assert page.is_visible("table.grid thead")
