"""`minewarden desk`: from nothing to three administrators and a log that is checked, in a data folder of its own."""

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from contextlib import closing

import pytest

from minewarden.detect.labels import Outcome, read_labels
from minewarden.simulator.city import JF07
from tests.desk.made import candidate, finding

PASSWORD = "Qing-Shan-2026"


def desk_in(data):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MINEWARDEN_", "DJANGO_"))}
    environment["MINEWARDEN_DATA"] = str(data)

    def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "minewarden", "desk", *arguments]
        return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=120)

    run.environment = environment
    run.data = data
    return run


@pytest.fixture
def desk(tmp_path):
    return desk_in(tmp_path / "data")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The data folder of a desk whose tables stand, and nothing more. Not to be changed."""
    folder = tmp_path_factory.mktemp("made") / "data"
    assert desk_in(folder)("migrate").returncode == 0
    return folder


@pytest.fixture
def standing(desk, made):
    """The tables of the desk stand: to make them costs more than most commands."""
    shutil.copytree(made, desk.data)


def create(desk, role, *more, password=PASSWORD):
    names = ("--username", f"adm.{role}", "--name", "何静")
    return desk("createadmin", "--role", role, *names, "--password-stdin", *more, given=password + "\n")


def test_three_administrators_and_a_whole_log(desk):
    first = create(desk, "system", "--unit", "云川市教育局")
    assert (first.returncode, first.stderr) == (0, "")
    assert "系统管理员" in first.stdout
    assert PASSWORD not in first.stdout
    assert [create(desk, role).returncode for role in ("security", "audit")] == [0, 0]
    again = create(desk, "audit")
    assert again.returncode == 2
    assert "Traceback" not in again.stderr
    checked = desk("audit", "verify")
    assert checked.returncode == 0
    assert "校验通过" in checked.stdout
    (desk.data / "audit-anchor.json").unlink()
    broken = desk("audit", "verify")
    assert broken.returncode == 1
    assert "audit-anchor.json" in broken.stderr
    assert desk("audit", "verify", "--expect", "nonsense").returncode == 2


def test_the_key_and_the_folder_are_nobody_elses(desk):
    assert desk("migrate").returncode == 0
    assert stat.S_IMODE((desk.data / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.data.stat().st_mode) == 0o700
    key = (desk.data / "secret-key").read_text()
    assert desk("migrate").returncode == 0
    assert (desk.data / "secret-key").read_text() == key


@pytest.mark.usefixtures("standing")
def test_a_weak_password_is_refused_in_words(desk):
    refused = create(desk, "system", "--unit", "云川市教育局", password="kurz")
    assert refused.returncode == 2
    assert "10" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("createadmin", "--role", "system", "--username", "a.b", "--name", "x", "--unit", "y"),
        ("serve", "--bind", "nonsense"),
        ("serve", "--bind", "127.0.0.1:99999"),
        ("serve", "--workers", "0"),
    ],
)
def test_wrong_usage_is_said(desk, arguments):
    wrong = desk(*arguments)
    assert wrong.returncode == 2
    assert wrong.stderr.strip()
    assert "Traceback" not in wrong.stderr


def test_a_folder_that_cannot_be_made_is_said(desk, tmp_path):
    (tmp_path / "file").write_text("")
    desk.environment["MINEWARDEN_DATA"] = str(tmp_path / "file" / "data")
    refused = desk("migrate")
    assert refused.returncode == 1
    assert "MINEWARDEN_DATA" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("MINEWARDEN_PROXIES", "many", 2),
        ("MINEWARDEN_DATABASE_URL", "mysql://localhost/x", 2),
        ("MINEWARDEN_SECRET_KEY_FILE", "/nonexistent", 2),
    ],
)
def test_a_wrong_setting_is_said(desk, name, value, code):
    desk.environment[name] = value
    refused = desk("migrate")
    assert refused.returncode == code
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_log_without_tables_is_said(desk):
    refused = desk("audit", "verify")
    assert refused.returncode == 1
    assert "minewarden desk migrate" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_spoilt_database_is_said(desk):
    desk.data.mkdir()
    (desk.data / "desk.sqlite3").write_bytes(b"this is no database" * 400)
    refused = desk("migrate")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


@pytest.mark.usefixtures("standing")
def test_check_names_what_must_be_put_right(desk):
    desk.environment["MINEWARDEN_DEBUG"] = "1"
    found = desk("check")
    assert found.returncode == 1
    assert "minewarden.E005" in found.stderr


def test_serve_answers_and_stops(desk):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "minewarden", "desk", "serve", "--bind", f"127.0.0.1:{port}"]
    said = desk.data.parent / "said"
    with said.open("w") as out, subprocess.Popen(command, env=desk.environment, stdout=out, stderr=out) as server:
        try:
            page = fetched(f"http://127.0.0.1:{port}/login/")
        finally:
            server.terminate()
            assert server.wait(timeout=30) == 0
    assert "minewarden desk createadmin" in page
    assert "Listening at" in said.read_text()
    assert "threads" not in said.read_text()


def test_a_port_that_is_taken_is_said(desk):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = desk("serve", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
    assert refused.returncode == 2
    assert "--bind" in refused.stderr


def fetched(address: str) -> str:
    """The page, once the desk is there: its first start makes the tables, on a busy machine in a minute."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the desk did not answer")


@pytest.mark.usefixtures("standing")
def test_findings_are_taken_in_once_and_wrong_lines_are_named(desk, tmp_path):
    create(desk, "system", "--unit", "云川市教育局")
    from tests.desk.made import finding

    path = tmp_path / "findings.jsonl"
    path.write_text(json.dumps(finding(), ensure_ascii=False) + "\nno finding\n", encoding="utf-8")
    first = desk("import-findings", str(path), "--unit", "云川市教育局")
    assert (first.returncode, "新增 1 条" in first.stdout, ":2:" in first.stderr) == (1, True, True)
    assert "新增 0 条" in desk("import-findings", str(path)).stdout
    assert desk("import-findings", str(path), "--unit", "无此单位").returncode == 2
    absent = desk("import-findings", str(tmp_path / "absent.jsonl"))
    assert absent.returncode == 1
    assert "Traceback" not in absent.stderr


@pytest.mark.usefixtures("standing")
def test_outcomes_are_exported_by_an_approver_with_the_password_only(desk, tmp_path):
    create(desk, "system", "--unit", "云川市教育局")
    out = tmp_path / "labels.jsonl"
    for login, password in (("adm.system", PASSWORD), ("adm.system", "wrong"), ("nobody", PASSWORD)):
        refused = desk("export-labels", "--by", login, "--to", str(out), "--password-stdin", given=password + "\n")
        assert refused.returncode == 2, "an administrator approves for nobody"
        assert "没有导出" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not out.exists()


CONCLUDED = """
import django, json, sys
from datetime import UTC, datetime
from pathlib import Path
django.setup()
from minewarden.desk.cases.models import Case
from minewarden.desk.example import furnish
folder = Path(sys.argv[1])
logins = furnish(folder / "findings.jsonl", folder / "logins.json", now=datetime(2026, 3, 12, 10, 0, tzinfo=UTC))
Case.objects.update(conclusion=Case.Conclusion.TRUE, concluded_at=datetime(2026, 3, 13, 10, 0, tzinfo=UTC))
print(json.dumps({login.username: login.password for login in logins}))
"""
"""A desk in which one case was found true; how people conclude a case is tested in tests/desk/cases."""


@pytest.mark.usefixtures("standing")
def test_an_approver_exports_what_his_unit_decided(desk, tmp_path):
    line = json.dumps(finding(1, host=JF07.ip, trace=[candidate()]), ensure_ascii=False)
    (tmp_path / "findings.jsonl").write_text(line + "\n", encoding="utf-8")
    furnished = subprocess.run(
        [sys.executable, "-c", CONCLUDED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120,
        env={**desk.environment, "DJANGO_SETTINGS_MODULE": "minewarden.desk.settings"},
    )  # fmt: skip
    passwords = json.loads(furnished.stdout)
    out = tmp_path / "labels.jsonl"

    def export(login):
        order = ("export-labels", "--by", login, "--to", str(out), "--password-stdin")
        return desk(*order, given=passwords[login] + "\n")

    assert export("chenyiming").returncode == 2, "who handles cases does not approve"
    assert not out.exists()
    done = export("shenzhiyuan")
    assert (done.returncode, done.stderr) == (0, "")
    (label,), problems = read_labels(out)
    assert (label.outcome, problems) == (Outcome.TRUE, [])
    assert hashlib.sha256(out.read_bytes()).hexdigest() in done.stdout
    assert "label.export" in desk_log(desk)
    again = export("shenzhiyuan")
    assert again.returncode == 2, "what was handed over is not written over"
    assert "Traceback" not in again.stderr
    assert read_labels(out)[0] == [label]
    assert desk("audit", "verify").returncode == 0


def desk_log(desk):
    """The actions in the log."""
    database = desk.data / "desk.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT action FROM audit_record")]
