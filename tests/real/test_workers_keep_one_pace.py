"""Two workers send no more to a robot than one may, on SQLite and on PostgreSQL: each slot is taken by one of them."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.channels.gateway import gateway
from tests.real.postgresql import Server, serving

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 30
"""So many times both stand before the last slot of the minute."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_last_letter_of_the_minute_is_sent_by_one_of_two_workers(tmp_path: Path, kind: str) -> None:
    there = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
    there["MINEWARDEN_DATA"] = str(tmp_path / "desk")
    with ExitStack() as stack:
        robot = stack.enter_context(gateway())
        if kind == "postgresql":
            server = stack.enter_context(serving())
            server.create("pace")
            there["MINEWARDEN_DATABASE_URL"] = server.url("pace")
        acts = [sys.executable, "-m", "tests.real.outbox_acts"]
        done = subprocess.run(
            [*acts, "pace", str(ROUNDS), f"{robot.url}/wecom"], cwd=ROOT, env=there, capture_output=True, text=True,
            timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == [1] * ROUNDS
        assert len(robot.bodies) == ROUNDS
        if kind == "postgresql":
            # While somebody decides about one of the outlets, nobody decides about another that may be the same robot.
            subprocess.run([*acts, "last"], cwd=ROOT, env=there, check=True, timeout=120)
            with closing(server.connect("pace")) as held, held.transaction():
                held.execute(b"SELECT id FROM notify_outlet ORDER BY id LIMIT 1 FOR NO KEY UPDATE")
                worker = stack.enter_context(
                    subprocess.Popen([sys.executable, "-m", "minewarden", "desk", "worker", "--once"], env=there)
                )
                until = time.monotonic() + 60
                while not waits(server) and worker.poll() is None and time.monotonic() < until:
                    time.sleep(0.05)
                assert len(robot.bodies) == ROUNDS
            assert worker.wait(60) == 0
            assert len(robot.bodies) == ROUNDS + 1


def waits(server: Server) -> bool:
    """Whether a statement stands before a lock."""
    with closing(server.connect("pace")) as seen:
        row = seen.execute(b"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return bool(row and row[0])
