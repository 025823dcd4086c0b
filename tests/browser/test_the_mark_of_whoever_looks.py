"""The mark across a page with what is masked elsewhere: seen on the screen and on paper, in nobody's way."""

import io

import pymupdf
import pytest
from django.utils import timezone
from PIL import Image, ImageChops

from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


def shot(page):
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("L")


def test_it_is_faint_stops_no_click_and_stands_on_every_sheet(walker, keep, make_case, staff, live_server):
    case = make_case("lock", now=timezone.now())
    page = walker(staff.handler.username)
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    assert page.locator(".watermark").count() == 0
    page.click("form[action$='/unmask/'] >> xpath=ancestor::details >> summary")
    page.fill("form[action$='/unmask/'] textarea, form[action$='/unmask/'] input[type=text]", "现场核对设备")
    page.click("form[action$='/unmask/'] button")
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    keep(page, "case-unmasked")

    # It is there, and no point of the window is darker by more than a twelfth of the whole scale.
    marked = shot(page)
    page.evaluate("document.querySelector('.watermark').remove()")
    darker = ImageChops.difference(marked, shot(page)).getextrema()[1]
    assert 8 <= darker <= 22

    page.reload()
    assert page.locator(".watermark").get_attribute("aria-hidden") == "true"
    reached = page.evaluate(
        "[...Array(40).keys()].map(n => document.elementFromPoint(30 + 32 * n, 40 + 20 * n)?.closest('.watermark'))"
    )
    assert reached == [None] * 40, "a click goes to what lies below"

    printed = pymupdf.open(stream=page.pdf(format="A4"), filetype="pdf")
    (SCREENSHOTS / "case-unmasked.pdf").write_bytes(printed.tobytes())
    page.evaluate("document.querySelector('.watermark').remove()")
    plain = pymupdf.open(stream=page.pdf(format="A4"), filetype="pdf")
    assert len(printed) == len(plain) > 1
    for number, (one, other) in enumerate(zip(printed, plain, strict=True)):
        drawn = [
            Image.frombytes("L", (p.width, p.height), p.samples)
            for p in (sheet.get_pixmap(colorspace=pymupdf.csGRAY) for sheet in (one, other))
        ]
        assert ImageChops.difference(*drawn).getbbox() is not None, f"sheet {number + 1} bears nothing"
