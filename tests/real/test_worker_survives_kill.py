"""The worker is killed again and again while it sends and while it hands a notice out: nothing is lost or doubled."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.channels.gateway import Gateway, gateway

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
COUNT = 18
"""Messages, each through a webhook and through a robot; below the robot's twenty a minute, so that none has to wait."""
KILLS = 5
LINES = 480
"""Of a notice that the worker hands out: 240 addresses of three schools, each of them twice."""


class Desk:
    """A desk of its own in a folder."""

    def __init__(self, data: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
        self.data = data
        self.environment = kept | {"MINEWARDEN_DATA": str(data), "PYTHONWARNINGS": "default"}

    def act(self, *words: str) -> str:
        command = [sys.executable, "-m", "tests.real.outbox_acts", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def states(self) -> list[list[str]]:
        return json.loads(self.act("states"))

    def cases(self) -> int:
        """Read beside the desk: to start Python for each look would take longer than the worker needs for all lines."""
        with closing(sqlite3.connect(f"file:{self.data / 'desk.sqlite3'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute("SELECT count(*) FROM cases_case").fetchone()[0]

    def worker(self, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "minewarden", "desk", "worker", *words]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment)


def kill_while_it_sends(desk: Desk, there: Gateway, chance: random.Random) -> None:
    """Start a worker, let it send a little, and kill it in the middle of whatever it does."""
    before = len(there.bodies)
    worker = desk.worker()
    until = time.monotonic() + 20
    wanted = before + chance.randint(1, 3)
    while len(there.bodies) < wanted and time.monotonic() < until and worker.poll() is None:
        time.sleep(0.005)
    time.sleep(chance.random() * 0.08)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(20260313)
    with gateway() as there:
        there.delay = 0.06
        desk = Desk(tmp_path / "desk")
        desk.act("post", str(COUNT), there.url)
        for _ in range(KILLS):
            kill_while_it_sends(desk, there, chance)
        last = desk.worker("--once")
        assert last.wait(60) == 0
        found = desk.states()

    states = {(kind, text): state for kind, text, state in found}
    assert len(states) == 2 * COUNT
    assert "waiting" not in states.values()
    assert "sending" not in states.values()
    texts = {text for kind, text in states if kind == "webhook"}

    webhook = [json.loads(b) for path, b in zip(there.paths, there.bodies, strict=True) if path == "/webhook"]
    by_key = {body["key"]: body["text"] for body in webhook}
    assert sorted(by_key.values()) == sorted(texts), "a receiver that takes each key once has each message once"
    assert {states["webhook", text] for text in texts} == {"sent"}

    robot = Counter(
        json.loads(b)["text"]["content"] for path, b in zip(there.paths, there.bodies, strict=True) if path == "/wecom"
    )
    assert max(robot.values()) == 1, "a robot says nothing twice"
    known = {text for text in texts if states["wecom", text] == "sent"}
    assert known <= set(robot)
    assert {text for text in texts if text not in robot} <= {t for t in texts if states["wecom", t] == "unsure"}
    unsure = COUNT - len(known)
    assert unsure <= KILLS, "only what a kill caught in the middle is not known"
    assert len(webhook) - COUNT + unsure > 0, "no kill caught anything in the middle: the test shows nothing"


def test_a_killed_worker_hands_each_line_out_once(tmp_path: Path) -> None:
    chance, desk = random.Random(20260314), Desk(tmp_path / "desk")
    begun = json.loads(desk.act("notice", str(LINES)))
    assert begun["at once"] == 0
    seen = [desk.cases()]
    for _ in range(KILLS):
        worker = desk.worker()
        until = time.monotonic() + 60
        while desk.cases() == seen[-1] < begun["addresses"]:
            assert time.monotonic() < until, "the worker opens nothing"
            time.sleep(0.002)
        time.sleep(chance.random() * 0.03)
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        seen.append(desk.cases())
    assert any(0 < count < begun["addresses"] for count in seen), "no kill caught anything in the middle"
    assert desk.worker("--once").wait(120) == 0
    assert json.loads(desk.act("handed")) == {
        "shares": LINES, "without": 0, "cases": begun["addresses"], "twice": 0, "units": 3, "ended": True,
    }  # fmt: skip
    assert json.loads(desk.act("verify")), "the chain of the log is whole"
