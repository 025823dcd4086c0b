"""N9: while files that are made to take long are being read, the desk answers everybody else.

On the server that users run, with its own count of threads and the reader's own bounds.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pymupdf
import pytest

from minewarden.desk.kit.turns import AT_ONCE
from minewarden.intake.isolation import SECONDS

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
BROUGHT = AT_ONCE + 6
"""More than the threads of the server."""
FURNISH = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
from tests.desk.conftest import made_city, made_people
people, city = made_people(made := made_city()), made
def session(person):
    browser = Client()
    browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps({"office": city.linjiang.pk, "officer": session(people.officer), "other": session(people.stranger)}))
"""
TOKEN = "t" * 32


def ruled(pages: int = 40, lines: int = 150) -> bytes:
    """A PDF of pages ruled as closely as makes cells: to tell the tables of each takes many seconds."""
    made = pymupdf.open()
    page = made.new_page(width=842, height=595)
    shape = page.new_shape()
    for number in range(lines):
        across, down = 20 + 800 * number / lines, 20 + 550 * number / lines
        shape.draw_line((across, 20), (across, 570))
        shape.draw_line((20, down), (820, down))
    shape.finish(width=0.1)
    for number in range(400):
        shape.insert_text((30 + number % 20 * 40, 30 + number // 20 * 10), "203.0.113.5")
    shape.commit()
    for _ in range(pages - 1):
        made.fullcopy_page(0)
    return bytes(made.tobytes(deflate=True, garbage=3))


class Desk:
    """A desk that is served, asked as a browser asks it."""

    def __init__(self, port: int, known: dict[str, str]) -> None:
        self.port, self.known = port, known

    def ask(self, path: str, who: str = "", body: bytes = b"", kind: str = "") -> tuple[int, str]:
        """The answer to one request."""
        cookies = f"csrftoken={TOKEN}" + (f"; minewarden={self.known[who]}" if who else "")
        headers = {"Cookie": cookies, "Host": f"127.0.0.1:{self.port}"} | ({"Content-Type": kind} if kind else {})
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=300)) as line:
            line.request("POST" if body else "GET", path, body or None, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    def bring(self, content: bytes) -> tuple[int, str]:
        """Hand a notice in."""
        given = {"csrfmiddlewaretoken": TOKEN, "office": self.known["office"], "received_at": "2026-03-13T09:00",
                 "source": "省厅", "text": ""}  # fmt: skip
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in given.items()
        ]
        head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        body = "".join([*parts, head]).encode() + content + b"\r\n--x--\r\n"
        return self.ask("/notices/add/", "officer", body, "multipart/form-data; boundary=x")

    def sign_in(self) -> tuple[int, str]:
        """Somebody comes with his password, which writes: the account, the session, the log."""
        given = {"csrfmiddlewaretoken": TOKEN, "username": "zhang.wei", "password": "Qing-Shan-2026"}
        return self.ask("/login/", "", urlencode(given).encode(), "application/x-www-form-urlencoded")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Desk, psutil.Process]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
    there = kept | {"MINEWARDEN_DATA": str(folder)}
    command = [sys.executable, "-m", "minewarden", "desk"]
    subprocess.run([*command, "migrate"], env=there, check=True, capture_output=True, timeout=300)
    furnished = subprocess.run(
        [sys.executable, "-c", FURNISH], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300,
        env=there | {"DJANGO_SETTINGS_MODULE": "minewarden.desk.settings"},
    )  # fmt: skip
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [*command, "serve", "--no-worker", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(serve, env=there, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        desk = Desk(port, json.loads(furnished.stdout))
        try:
            for _ in range(300):
                try:
                    desk.ask("/login/")
                    break
                except OSError:
                    time.sleep(0.2)
            yield desk, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=120)


def readers(server: psutil.Process) -> set[int]:
    """The processes that read files for the server."""
    found = set[int]()
    for child in server.children(recursive=True):
        try:
            if "minewarden.intake.worker" in child.cmdline():
                found.add(child.pid)
        except psutil.Error:
            continue
    return found


def test_others_are_answered_while_files_are_read_that_take_until_the_bound(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as (desk, server), ThreadPoolExecutor(BROUGHT) as people:
        content = ruled()
        brought = [people.submit(desk.bring, content) for _ in range(BROUGHT)]
        begun = time.monotonic()
        while len(readers(server)) < AT_ONCE and time.monotonic() - begun < 60:
            time.sleep(0.05)
        at_work = readers(server)
        assert len(at_work) == AT_ONCE
        took = []
        for path, who in [("/", "other"), ("/notices/", "other"), ("/cases/", "officer"), ("/login/", "")] * 3:
            asked = time.monotonic()
            assert desk.ask(path, who)[0] == 200
            took.append(time.monotonic() - asked)
        asked = time.monotonic()
        assert desk.sign_in()[0] == 302
        took.append(time.monotonic() - asked)
        assert readers(server) == at_work, "what was asked was answered while all of them were still being read"
        assert max(took) < 15, took
        # Those beyond the turns hear so while all the turns are taken: one that still waits would get a turn that ends.
        answered = [one.result() for one in islice(as_completed(brought), BROUGHT - AT_ONCE)]
        assert readers(server) == at_work, "these were turned away, and none of the three was"
        turned_away = [page for _, page in answered if "正在读取其他人上传的文件" in page]
        assert len(turned_away) == BROUGHT - AT_ONCE
        # The kernel holds each to the bound, which would come in a minute of computing; it ends them now instead.
        for reader in map(psutil.Process, at_work):
            assert reader.rlimit(psutil.RLIMIT_CPU) == (SECONDS, SECONDS)
            reader.rlimit(psutil.RLIMIT_CPU, (1, 1))
        # Each was ended at its bound, and refused in words.
        assert [one.result()[0] for one in brought].count(302) == AT_ONCE
        status, page = desk.ask("/notices/1/", "officer")
        assert status == 200
        assert "秒内没有读完" in page
