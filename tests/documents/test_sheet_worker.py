"""The bounded process: what it reads, and that a hostile workbook of the old form ends it and not its caller."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from minewarden.documents import sheet_read, sheet_worker
from minewarden.documents.sheet_read import read_table
from minewarden.vocab.errors import InputError
from tests.documents.devices_table import TABLE

XLS = (Path(__file__).parent / "sheets" / "devices.xls").read_bytes()


def ask(content: bytes, **bounds: int) -> subprocess.CompletedProcess[bytes]:
    order = {"memory": sheet_read.MEMORY, "seconds": 20, "cells": 1000} | bounds
    command = [sys.executable, "-I", "-m", "minewarden.documents.sheet_worker"]
    given = json.dumps(order).encode() + b"\n" + content
    return subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)


def test_it_answers_with_sheets_of_texts():
    told = ask(XLS)
    assert told.returncode == 0
    sheets = json.loads(told.stdout)
    assert all(isinstance(cell, str) for _, grid in sheets for row in grid for cell in row)
    assert read_table(XLS, "devices.et", TABLE).rows


@pytest.mark.parametrize(
    ("content", "bounds", "code"), [(XLS, {"cells": 1}, 4), (XLS[:1024], {}, 6), (XLS[:8] + bytes(600), {}, 6)]
)
def test_what_is_too_large_or_broken_ends_with_a_code(content, bounds, code):
    assert ask(content, **bounds).returncode == code


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [("_CELLS", 1, "单元格过多"), ("SECONDS", 0, "未能读完")],
)
def test_a_bound_that_is_met_is_said_in_words_and_the_caller_goes_on(monkeypatch, attribute, value, said):
    monkeypatch.setattr(sheet_read, attribute, value)
    with pytest.raises(InputError) as refused:
        read_table(XLS, "台账.xls", TABLE)
    assert said in refused.value.said("zh")
    monkeypatch.undo()
    assert read_table(XLS, "台账.xls", TABLE).rows


def test_half_of_a_file_is_refused_in_words():
    with pytest.raises(InputError) as refused:
        read_table(XLS[: len(XLS) // 2], "台账.xls", TABLE)
    assert refused.value.said("zh").startswith("台账.xls")


def test_a_password_has_its_own_code(monkeypatch, capsys):
    class Locked:
        @staticmethod
        def from_filelike(_: io.BytesIO) -> None:
            raise sheet_worker.python_calamine.PasswordError

    monkeypatch.setattr(sheet_worker.python_calamine, "CalamineWorkbook", Locked)
    monkeypatch.setattr(sheet_worker.resource, "setrlimit", lambda *_: None)
    order = {"memory": 1 << 30, "seconds": 5, "cells": 9}
    fake = type("In", (), {"buffer": io.BytesIO(json.dumps(order).encode() + b"\nx")})
    monkeypatch.setattr(sheet_worker.sys, "stdin", fake)
    assert sheet_worker.main() == 5
