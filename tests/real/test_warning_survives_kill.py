"""The worker is killed with -9 while it tells the units of a warning and while it sends: nobody is lost or told twice.

One process furnishes the desk and forks the workers: a worker that has to start Python and Django first would take
longer to come than to work.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.channels.gateway import Gateway, gateway

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
SCHOOLS, ROBOTS = 30, 8
UNITS = SCHOOLS + 1
"""With the bureau: fewer than the sixty short messages a minute of a gateway, so that none has to wait."""
WHILE_TELLING, WHILE_SENDING = 3, 3


class Furnished:
    """The process that furnished the desk, and what is asked of it."""

    def __init__(self, data: Path, url: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
        command = [sys.executable, "-m", "tests.real.outbox_acts", "warn", str(SCHOOLS), str(ROBOTS), url]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=kept | {"MINEWARDEN_DATA": str(data), "PYTHONWARNINGS": "default"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.database = data / "desk.sqlite3"

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process that furnished the desk has failed"
        return json.loads(line) if line[0] in "{0123456789" else line.strip()

    def ask(self, word: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.hear()

    def told(self) -> int:
        """Read beside the desk, which is not asked."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as database:
            query = "SELECT count(*) FROM alerts_alertunit WHERE told_at IS NOT NULL"
            return int(database.execute(query).fetchone()[0])

    def kill_when(self, begun: Callable[[], bool], chance: random.Random) -> None:
        """Have a worker work, and kill it somewhere in the middle of whatever it does once it has begun."""
        worker = self.ask("worker")
        try:
            until = time.monotonic() + 30
            while not begun():
                assert time.monotonic() < until, "the worker does nothing"
                time.sleep(0.004)
            time.sleep(chance.random() * 0.04)
        finally:
            os.kill(worker, signal.SIGKILL)
        assert self.ask("buried") == "gone"


@pytest.fixture
def there() -> Iterator[Gateway]:
    with gateway((200, {"errcode": 0, "code": 0, "msgid": "1"})) as kept:
        kept.delay = 0.03
        yield kept


@pytest.fixture
def desk(tmp_path: Path, there: Gateway) -> Iterator[Furnished]:
    furnished = Furnished(tmp_path / "desk", there.url)
    yield furnished
    os.killpg(furnished.process.pid, signal.SIGKILL)
    furnished.process.communicate()


def test_a_killed_worker_warns_everybody_once(desk: Furnished, there: Gateway) -> None:
    chance = random.Random(20260316)
    desk.hear()
    seen = []
    for _ in range(WHILE_TELLING):
        before = desk.told()
        desk.kill_when(lambda before=before: desk.told() > before or before == UNITS, chance)
        seen.append(desk.told())
    assert any(0 < told < UNITS for told in seen), f"no kill caught the worker while it told the units: {seen}"
    for _ in range(WHILE_SENDING):
        wanted = len(there.bodies) + chance.randint(1, 3)
        desk.kill_when(lambda wanted=wanted: len(there.bodies) >= wanted, chance)
    assert len(there.bodies) < UNITS + ROBOTS, "no kill caught the worker while it sent"
    found = desk.ask("end")

    assert (found["standing"], found["told"], found["messages"]) == ("finished", UNITS, UNITS)
    assert found["spent"] == UNITS * 5, "each short message is counted once, at five fen"
    assert found["copies"] == 2, "the officer and the approver of the bureau each have it once in the desk"
    assert found["whole"], "the chain of the log holds"

    states = {(kind, to): state for kind, to, state in found["deliveries"]}
    assert len(states) == len(found["deliveries"]) == UNITS + ROBOTS
    sent = [(path, body) for path, body in zip(there.paths, there.bodies, strict=True)]
    texts = [parse_qs(body.decode()) for path, body in sent if path.startswith("/sms/")]
    by_key = {text["msgid"][0]: text["mobile"][0] for text in texts}
    assert Counter(by_key.values()) == Counter({to: 1 for kind, to in states if kind == "sms"}), (
        "a gateway that takes each number once has one message for each telephone"
    )
    assert {state for (kind, _), state in states.items() if kind == "sms"} == {"sent"}
    robots = Counter(path.rpartition("/")[2] for path, _ in sent if path.startswith("/wecom/"))
    assert max(robots.values(), default=0) <= 1, "a robot says nothing twice"
    for (kind, to), state in states.items():
        if kind == "wecom":
            assert (state, robots[to]) in {("sent", 1), ("unsure", 1), ("unsure", 0)}, (
                "what is not known is said to be so"
            )
    unsure = sum(state == "unsure" for state in states.values())
    assert unsure <= WHILE_TELLING + WHILE_SENDING, "only what a kill caught in the middle is not known"
