"""Makes the pictures of docs/images from the demo of today, as the tutorial walks through it.

    .venv/bin/python scripts/docs_pictures.py

It needs Chromium and the fonts that `make demo` installs. The invented city, its people and its logs are all that is
seen; the demo stands in a folder of its own and is gone afterwards.
"""

import io
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDE, PHONE = 1366, 360
LEAD, SCHOOL_CASE = "10.64.2.20", re.compile(r"^WK-\d+-00001$")
"""The lead that the tutorial opens a case from, and the case that the demo has walked through already."""


def main() -> None:
    """Walk through the demo and take a picture where the tutorial shows one."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (address, words), sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def sign_in(name: str, width: int = WIDE, height: int = 900) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            page = context.new_page()
            page.goto(address)
            page.fill("input[name=username]", name)
            page.fill("input[name=password]", words[name])
            page.click("main button, form button.primary")
            return page

        page = sign_in("zhoulan")
        _keep(page, "home", 800)
        page.get_by_role("link", name="研判线索").click()
        page.get_by_role("link", name=LEAD, exact=True).click()
        _keep(page, "lead", 1000)
        page.get_by_role("button", name="立案").click()
        page = sign_in("hezy")
        page.get_by_role("link", name=re.compile(re.escape(LEAD))).first.click()
        _keep(page, "case", 1450)
        page = sign_in("chenyiming", PHONE)
        _open_case(page)
        _keep(page, "phone", 900)
        page = sign_in("chenyiming")
        _open_case(page)
        page.get_by_role("link", name="提出封禁").click()
        _keep(page, "block", 800)
        page.go_back()
        page.get_by_role("link", name="书面报告").click()
        _keep(page, "report", 1000)
        browser.close()


def _open_case(page: Page) -> None:
    page.goto(page.url.rstrip("/") + "/cases/")
    page.get_by_role("link", name=SCHOOL_CASE).click()


def _keep(page: Page, name: str, height: int) -> None:
    """One picture of a window of that height, in as many colours as a page has: a third of the bytes."""
    page.wait_for_load_state()
    width = page.viewport_size["width"] if page.viewport_size else WIDE
    page.set_viewport_size({"width": width, "height": height})
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The demo, served from a folder: its address, and everybody's password."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Run in the folder, so that sources are named as they are for whoever types `make demo`.
    command: list[Any] = [Path(sys.executable).parent / "minewarden", "demo", "--bind", f"127.0.0.1:{port}"]
    said = folder / "said"
    with said.open("w") as out, subprocess.Popen(command, cwd=folder, stdout=out) as demo:
        try:
            while "Listening" not in said.read_text(encoding="utf-8"):
                if demo.poll() is not None:
                    raise SystemExit(f"The demo did not come up: {said.read_text(encoding='utf-8')[-500:]}")
                time.sleep(0.2)
            logins = json.loads((folder / "demo" / "logins.json").read_text(encoding="utf-8"))
            yield f"http://127.0.0.1:{port}/", {row["username"]: row["password"] for row in logins}
        finally:
            demo.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
