"""What is said on standard error while files are read."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from minewarden.cli.progress import Progress
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

EMPTY = InputError("a[bold].log", 0, message("ingest.empty"))


def test_problems_and_notes_are_plain_lines_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("en") as progress:
        progress.started("a.log", 10)
        progress.advanced(5)
        progress.problem(EMPTY)
        progress.note(InputError("b\x1b[2J.log", 3, message("ingest.empty")))
        progress.finished(SourceRecord(1, "a.log", "zeek"))
    told = capsys.readouterr()
    assert told.out == ""
    first, second = told.err.splitlines()
    assert first.startswith("a[bold].log: is empty")
    assert second.startswith("b\\x1b[2J.log:3: is empty")


def test_a_long_sentence_is_not_broken_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("zh").problem(InputError("很长的目录/" * 60 + "a.log", 0, message("ingest.empty")))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_on_a_terminal_there_is_a_bar_and_colour(logs: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.touch()
    master, slave = pty.openpty()
    program = [Path(sys.executable).with_name("minewarden"), "--language", "en", "scan", logs, empty]
    environment = {**os.environ, "TERM": "xterm-256color"}
    ended = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=slave, env=environment)
    os.close(slave)
    told = b""
    try:
        while part := os.read(master, 65536):
            told += part
    except OSError:
        pass  # Linux says so when the other side of a terminal has gone.
    finally:
        os.close(master)
    assert ended.wait(60) == 1
    assert b"\x1b[33m" in told, "a problem is yellow"
    assert b"\x1b[2m" in told, "what a detector lacked is dim"
    assert b"mirror.pcap" in told, "the file that is read stands beside its bar"
