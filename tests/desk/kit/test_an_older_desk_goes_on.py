"""A desk made before the migrations of each app were joined into one goes on: same tables, same log, same refusals."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

OLDER = Path(__file__).with_name("older_desk.sql")
END = {"hash": "bd005d432bc48dc29b8acfa23675914023feb9b5df6ecefcb2bfe400ec7c798f", "seq": 7}
"""Of its log, as its anchor named it."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the older desk, brought up to date by `minewarden desk migrate`."""
    data = tmp_path_factory.mktemp("older")
    with closing(sqlite3.connect(data / "desk.sqlite3")) as database:
        database.executescript(OLDER.read_text(encoding="utf-8"))
    (data / "audit-anchor.json").write_text(json.dumps(END), encoding="utf-8")
    run(data, "migrate")
    return data


@pytest.fixture
def database(data: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(data / "desk.sqlite3")) as opened:
        yield opened


def run(data: Path, *words: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
    command = [sys.executable, "-m", "minewarden", "desk", *words]
    done = subprocess.run(
        command, env=kept | {"MINEWARDEN_DATA": str(data)}, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def parts(declared: str) -> list[str]:
    """What stands between the outer brackets of a table's declaration, part by part, in the order of the alphabet."""
    found, deep = [""], 0
    for sign in declared[declared.index("(") + 1 : declared.rindex(")")]:
        deep += (sign == "(") - (sign == ")")
        if sign == "," and not deep:
            found.append("")
        else:
            found[-1] += sign
    return sorted(part.strip() for part in found)


def declared(rows: list[tuple[str, str, str]]) -> dict[tuple[str, str], list[str] | str]:
    """Tables by their parts, indexes and triggers by their words; the order of columns means nothing."""
    ours = [row for row in rows if not row[1].startswith("sqlite_")]
    return {(kind, name): parts(sql) if kind == "table" else sql for kind, name, sql in ours}


EVERYTHING = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"


@pytest.mark.django_db
def test_it_has_the_tables_indexes_and_triggers_of_a_new_desk(database: sqlite3.Connection) -> None:
    with connection.cursor() as cursor:
        new = declared(cursor.execute(EVERYTHING).fetchall())
    assert declared(database.execute(EVERYTHING).fetchall()) == new
    assert {name for kind, name in new if kind == "trigger"} >= {"audit_record_no_update", "org_post_separation_insert"}


def test_what_was_done_counts_for_what_replaces_it(database: sqlite3.Connection) -> None:
    done = {tuple(row) for row in database.execute("SELECT app, name FROM django_migrations")}
    assert {("org", "0007_second_factor"), ("org", "0001_squashed_0007_second_factor")} <= done


def test_its_log_is_whole_and_frozen_and_its_administrators_stay_apart(
    data: Path, database: sqlite3.Connection
) -> None:
    assert "校验通过" in run(data, "audit", "verify")
    for change in ("UPDATE audit_record SET actor = ''", "DELETE FROM audit_record"):
        with pytest.raises(sqlite3.IntegrityError, match="audit log"):
            database.execute(change)
    with pytest.raises(sqlite3.IntegrityError, match="no other post"):
        database.execute(
            "INSERT INTO org_post (role, granted_at, person_id, unit_id) "
            "SELECT 'officer', granted_at, person_id, unit_id FROM org_post"
        )
