"""The whole desk on a real PostgreSQL: tables, the guard and the chain of the log, and what two people do at once."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.real.postgresql import Server, serving

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk with the invented city: its database and its data folder."""

    server: Server
    database: str
    data: Path
    findings: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
        url = self.server.url(self.database)
        return kept | {"MINEWARDEN_DATABASE_URL": url, "MINEWARDEN_DATA": str(self.data), "PYTHONWARNINGS": "default"}

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `minewarden` as an operator does."""
        return _run([sys.executable, "-m", "minewarden", "--language", "en", *words], self.environment)

    def act(self, *words: str) -> Any:
        """Have one of desk_acts done; its last answer."""
        done = _run([sys.executable, "-m", "tests.real.desk_acts", *words], self.environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def connect(self, user: str = "desk") -> "psycopg.Connection[Any]":
        return self.server.connect(self.database, user)

    def one(self, query: str) -> Any:
        """The single value of a query."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


class Actor:
    """A process that does one act, step by step."""

    def __init__(self, desk: Desk, words: tuple[str, ...]) -> None:
        command = [sys.executable, "-m", "tests.real.desk_acts", *words]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=desk.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def hear(self) -> Any:
        """Its next answer; a process that failed says why."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else pytest.fail(self.process.stderr.read()[-2000:])

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def acting(desk: Desk, *acts: tuple[str, ...]) -> Iterator[list[Actor]]:
    """Processes that stand ready to act; ended whatever happens."""
    with ExitStack() as stack:
        actors = []
        for words in acts:
            actors.append(Actor(desk, words))
            stack.callback(actors[-1].stop)
        for actor in actors:
            assert actor.hear() == "ready"
        yield actors


def _run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)


def _somebody_waits(desk: Desk) -> None:
    """Return when a statement of the desk's stands before a lock."""
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{desk.database}' AND wait_event_type = 'Lock'"
    until = time.monotonic() + 15
    while not desk.one(waiting):
        assert time.monotonic() < until, "nobody waited: the row was not held"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demonstration, run once: logs written and scanned, tables made, city furnished, reports written."""
    folder = tmp_path_factory.mktemp("demo")
    with serving() as server:
        server.create("example")
        desk = Desk(server, "example", folder / "desk", folder / "findings.jsonl")
        done = desk.command("demo", "--no-serve", "--folder", str(folder))
        assert done.returncode == 0, done.stderr
        yield desk


@pytest.fixture
def desk(example: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A copy of the furnished desk for one test."""
    copy = Desk(
        example.server,
        f"copy_{tmp_path.name.rpartition('_')[2]}{time.monotonic_ns()}",
        tmp_path / "desk",
        example.findings,
    )
    example.server.create(copy.database, template=example.database)
    shutil.copytree(example.data, copy.data)
    yield copy
    example.server.drop(copy.database)


def assert_whole(desk: Desk) -> None:
    checked = desk.command("desk", "audit", "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_tables_stand_and_the_city_is_furnished(example: Desk) -> None:
    assert example.one("SELECT count(*) FROM org_unit") > 3
    assert example.one("SELECT count(*) FROM cases_lead") >= 5
    assert example.one("SELECT state FROM cases_case") == "handling"


def test_a_case_goes_from_the_lead_to_the_close_and_every_page_comes(desk: Desk) -> None:
    walked = desk.act("walk")
    assert walked["states"] == [
        "delivered", "signed", "investigating", "locked", "handling", "passive", "reported", "received", "closed",
    ]  # fmt: skip
    assert {place: code for place, code in walked["pages"].items() if code != 200} == {}
    assert walked["whole"]


def test_notices_ledgers_traces_blocks_and_messages_do_what_they_do_on_sqlite(desk: Desk) -> None:
    told = desk.act("beside")
    notices = told["notices"]
    assert notices["earlier"] == [True, True, True]
    assert notices["reached"] == 0
    # Thirty addresses of which ten stand twice; the first two of the school have a case already and are joined to it.
    assert (notices["opened"], notices["left"], notices["ended"]) == (28, 0, True)
    assert {place: code for place, code in notices["pages"].items() if code != 200} == {}
    ledgers = told["ledgers"]
    assert ledgers["first"] == {"new": 60, "same": 0, "error": 1}
    assert ledgers["again"] == {"new": 0, "same": 60, "error": 1}
    assert ledgers["staff"] == 60
    found = ledgers["found"]
    assert {name: count for name, count in found.items() if name.endswith(" 0")} == {
        name.replace(" 30000", " 0"): count for name, count in found.items() if name.endswith(" 30000")
    }
    assert (found["朗7 0"], found["T05 0"], found["a'%_ 0"]) == (1, 10, 0)
    assert {place: code for place, code in ledgers["pages"].items() if code != 200} == {}
    assert told["trace"] == {"taken": 302, "candidates": ["02:00:00:00:00:0b"]}
    assert told["blocks"] == {"rules": 1, "plan": ["-"], "lifted": True, "board": 200}
    messages = told["messages"]
    assert messages["paths"] == ["/webhook", "/wecom"]
    assert (messages["states"], messages["told"], messages["inbox"]) == (["sent", "sent"], True, 200)
    assert told["whole"]


def test_what_the_campaign_asks_of_people_is_done_as_on_sqlite(desk: Desk) -> None:
    told = desk.act("campaign")
    signed = 8 + 2  # Eight of the example's staff, and these two.
    assert told["pledges"] == {"signed": signed, "city": signed, "whole": True}
    assert told["selfchecks"] == ["open", "mended", "closed"]
    assessed = told["assessments"]
    assert (assessed["kept"], assessed["identity"], assessed["archive"]) == (["docx", "pdf", "xlsx"], 0, "PK")
    assert assessed["pledged"] == signed, "the figure that another app offers stands in the frozen one"
    assert told["measures"] == "answered"
    assert told["alerts"] == {"standing": "finished", "left": 0, "copies": True}
    assert told["tasks"] == {"said": 3, "again": 0}
    assert told["wall"] == [200, 200]
    # Two of them only lead on to another.
    assert {place: code for place, code in told["pages"].items() if code not in (200, 302)} == {}
    assert len(told["pages"]) > 50
    assert told["whole"]


def test_the_counts_of_devices_that_the_database_keeps_are_those_that_are_there(desk: Desk) -> None:
    told = desk.act("devices")
    assert told["wrong"] == 0
    assert told["kept"] > 10


def test_conditions_that_are_told_together_are_those_that_hold(desk: Desk) -> None:
    told = desk.act("conditions")
    assert told["wrong"] == 0
    assert told["met"] > 1_000


def test_the_counts_of_rolls_that_the_database_keeps_are_those_of_who_is_there(desk: Desk) -> None:
    told = desk.act("rolls")
    assert told["wrong"] == 0
    assert told["kept"] > 10


def test_what_is_looked_up_in_the_registers_is_told_as_it_stands(desk: Desk) -> None:
    told = desk.act("lookups")
    assert told["wrong"] == 0
    assert told["seen"] > 100


def test_the_desk_has_no_question_compiled_before_it_is_answered(desk: Desk) -> None:
    assert desk.one("SHOW jit") == "on", "the server's own setting, which the desk is to leave alone for others"
    assert desk.act("setting", "jit") == "off"


def test_a_unit_is_noted_once_and_what_is_just_written_is_counted_when_it_is_over(desk: Desk) -> None:
    desk.act("lookups")
    assert desk.act("look_up") == {"before": True, "after": True, "noted": 0}
    worked_on = "SELECT id FROM ledger_asset WHERE category IN ('office', 'teaching', 'server') AND status <> 'gone'"
    unit = desk.one(f"SELECT unit_id FROM ({worked_on} LIMIT 1) AS one JOIN ledger_asset USING (id)")
    turned = "UPDATE ledger_asset SET antivirus = CASE antivirus WHEN '' THEN '示例' ELSE '' END WHERE id = "
    first, second = f"{worked_on} AND unit_id = {unit} ORDER BY id LIMIT 1", f"{worked_on} ORDER BY id DESC LIMIT 1"
    with desk.connect() as one, desk.connect() as other:
        for _ in range(9):
            one.execute(f"{turned} ({first})".encode())
        assert desk.one("SELECT count(*) FROM registers_changed") == 1
        with one.transaction(), other.transaction():
            one.execute(f"{turned} ({first})".encode())
            # Whoever writes at the same unit and at another one beside it waits for nobody.
            other.execute(
                f"UPDATE ledger_asset SET hostname = 'beside' WHERE unit_id = {unit} AND id <> ({first})".encode()
            )
            other.execute(f"{turned} ({second})".encode())
            told = desk.act("look_up")
            assert (told["before"], told["after"]) == (True, True)
            assert told["noted"]
    assert desk.act("look_up") == {"before": True, "after": True, "noted": 0}


def test_a_report_becomes_a_version_and_a_release_and_every_page_of_library_and_blocks_comes(desk: Desk) -> None:
    told = desk.act("shelves")
    assert (told["report"], told["receipt"]) == ("decided", "confirmed")
    assert (told["rules"], told["confirmed"]) == (["pool.example.org"], 1)
    pages = told["pages"]
    assert sum(code == 200 for code in pages.values()) > 35
    # What is only sent to answers so; what is for approvers does not exist for an officer.
    others = {place for place, code in pages.items() if code not in (200, 405)}
    assert [place for place in others if not place.startswith("/blocks/agree/version/")] == []
    assert told["whole"]


@pytest.mark.parametrize("user", ["desk", "postgres"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET actor = 'x' WHERE seq = 2",
        "DELETE FROM audit_record WHERE seq = 2",
        "TRUNCATE audit_record",
    ],
)
def test_the_database_refuses_to_change_the_log(example: Desk, statement: str, user: str) -> None:
    with (
        example.connect(user) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="not changed"),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ('UPDATE audit_record SET after = after || \'{"name": "x"}\' WHERE seq = 3', 3),
        ("DELETE FROM audit_record WHERE seq > 20", 21),
    ],
)
def test_a_record_changed_behind_the_guard_is_named(desk: Desk, change: str, number: int) -> None:
    with desk.connect("postgres") as master:
        master.execute("ALTER TABLE audit_record DISABLE TRIGGER ALL")
        master.execute(change.encode())
        master.execute("ALTER TABLE audit_record ENABLE TRIGGER ALL")
    checked = desk.command("desk", "audit", "verify")
    assert checked.returncode == 1, checked.stdout
    assert str(number) in checked.stderr


def test_three_processes_write_one_chain(desk: Desk) -> None:
    before = desk.one("SELECT count(*) FROM audit_record")
    with acting(desk, *(("records", f"writer-{n}", "25") for n in range(3))) as writers:
        for writer in writers:
            writer.go_on()
        assert [writer.hear() for writer in writers] == ["done"] * 3
    assert desk.one("SELECT count(*) FROM audit_record") == before + 75
    # They really took turns: no writer's records stand in one piece.
    notes = "SELECT actor, lag(actor) OVER (ORDER BY seq) AS last FROM audit_record WHERE action = 'case.note'"
    turns = f"SELECT count(*) FROM ({notes}) AS note WHERE actor <> last"
    assert desk.one(turns) > 3
    assert_whole(desk)


def test_of_two_approvals_one_wins(desk: Desk) -> None:
    with acting(desk, ("approve_and_hold",), ("approve",)) as (first, second):
        first.go_on()
        assert first.hear() == "ready"
        second.go_on()
        _somebody_waits(desk)
        first.go_on()
        assert [first.hear(), second.hear()] == ["approved", "too late"]
    assert desk.one("SELECT count(*) FROM audit_record WHERE action = 'case.approve-report'") == 1


def test_whoever_refers_to_a_held_case_does_not_wait_for_it(desk: Desk) -> None:
    """Foreign keys of others are checked at their commit, while they hold the end of the chain that the holder still
    asks for: if they had to wait for the case, both would wait for each other."""
    with acting(desk, ("hold_case",)) as [holder], desk.connect() as other:
        # This is what the check of a foreign key asks for, and this what the next act on the case asks for.
        other.execute("SELECT 1 FROM cases_case FOR KEY SHARE NOWAIT")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT 1 FROM cases_case FOR NO KEY UPDATE NOWAIT")
        holder.go_on()
        assert holder.hear() == "done"


def test_findings_taken_in_twice_at_once_become_one_lead_each(desk: Desk, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.jsonl"
    lines = [json.loads(line) for line in desk.findings.read_text(encoding="utf-8").splitlines()]
    made = [line | {"id": f"{number:016x}"} for number, line in enumerate(lines * 4, start=1)]
    fresh.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in made), encoding="utf-8")
    with acting(desk, *[("take", str(fresh))] * 2) as takers:
        for taker in takers:
            taker.go_on()
        counts = [taker.hear() for taker in takers]
    assert sum(count["new"] for count in counts) == len(made)
    assert sum(count["same"] for count in counts) == len(made)
