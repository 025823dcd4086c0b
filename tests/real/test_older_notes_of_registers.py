"""A desk that was set up before its triggers were bettered has them made anew by `minewarden desk migrate`."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.real.postgresql import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
NAME = "registers_changed_ledger_asset_insert"
OLDER = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO registers_changed (unit_id) SELECT DISTINCT unit_id FROM came; RETURN NULL; END $$
"""
SOURCE = f"SELECT prosrc FROM pg_proc WHERE proname = '{NAME}'"


def test_the_notes_of_an_older_desk_are_made_anew(tmp_path: Path) -> None:
    there = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
    there["MINEWARDEN_DATA"] = str(tmp_path / "desk")
    with serving() as server:
        server.create("older")
        there["MINEWARDEN_DATABASE_URL"] = server.url("older")

        def migrate() -> None:
            command = [sys.executable, "-m", "minewarden", "desk", "migrate"]
            done = subprocess.run(command, env=there, capture_output=True, text=True, timeout=280)
            assert done.returncode == 0, done.stderr

        migrate()
        with closing(server.connect("older")) as database:
            made = database.execute(SOURCE.encode()).fetchone()
            database.execute(OLDER.encode())
            database.execute(b"DELETE FROM django_migrations WHERE app = 'registers' AND name > '0003_looked_up'")
            assert database.execute(SOURCE.encode()).fetchone() != made
            migrate()
            assert database.execute(SOURCE.encode()).fetchone() == made
