"""`minewarden demo`: from invented logs to a furnished console, in one folder that can be thrown away."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.simulator.story import TRUTH

PROGRAM = Path(sys.executable).with_name("minewarden")
YESTERYEAR = "2025-01-02T03:04:05+00:00"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder, in which an older story lay before, and what was said."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "story.json").write_text(json.dumps({"now": YESTERYEAR}))
    (folder / "findings.jsonl").write_text("old\n")
    # A process of its own: the console's settings are read once per process.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MINEWARDEN", "DJANGO"))}
    arguments = [PROGRAM, "--language", "en", "demo", "--folder", folder, "--no-serve"]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=200, env=environment, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    return folder, ended.stdout


def test_it_finds_what_happened_and_writes_it_down(played: tuple[Path, str]) -> None:
    folder, said = played
    lines = [json.loads(line) for line in (folder / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(line["host"], line["state"]) for line in lines} == {(truth.host, truth.state) for truth in TRUTH}
    assert all(truth.host in said for truth in TRUTH)


def test_blocks_and_reports_are_made(played: tuple[Path, str]) -> None:
    folder, _ = played
    assert [path for path in (folder / "blocks").iterdir() if path.stat().st_size]
    kinds = {path.suffix for path in (folder / "reports").iterdir()}
    assert {".docx", ".pdf"} <= kinds


def test_logins_are_said_and_readable_by_their_owner_only(played: tuple[Path, str]) -> None:
    folder, said = played
    assert "chenyiming" in said
    assert (folder / "logins.json").stat().st_mode & 0o077 == 0


def test_an_older_story_is_set_aside_and_not_destroyed(played: tuple[Path, str]) -> None:
    folder, _ = played
    (aside,) = (path for path in folder.iterdir() if path.name.startswith("before-"))
    assert (aside / "findings.jsonl").read_text() == "old\n"
    assert json.loads((aside / "story.json").read_text())["now"] == YESTERYEAR


def test_a_folder_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--language", "en", "demo", "--folder", str(tmp_path / "file"), "--no-serve"]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
