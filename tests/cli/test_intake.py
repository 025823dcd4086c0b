"""`minewarden intake`: what a notice says."""

import io
import json
from pathlib import Path

import pytest

from minewarden.cli.main import main
from tests.intake.made import HEAD, png, xlsx

ROWS = [HEAD, (1, "203.0.113.5:40213", 3333, "pool.example.net", "3月12日21时14分", "一中")]
RECEIVED = ("--received", "2026-03-13T17:30")


def test_a_line_for_programs_names_the_senders_own_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "通报.xlsx"
    path.write_bytes(xlsx(ROWS))
    assert main(["intake", str(path), "--format", "jsonl", *RECEIVED]) == 0
    shown = capsys.readouterr()
    (line,) = map(json.loads, shown.out.splitlines())
    assert line["addresses"] == [{"ip": "203.0.113.5", "port": 40213}]
    assert line["first"] == {
        "at": "2026-03-12T13:14:00Z",
        "basis": "assumed",
        "precision": "minute",
        "written": "3月12日21时14分",
    }
    assert [name for name, _ in line["columns"]] == list(HEAD)
    assert "SHA-256" in shown.err
    assert "北京时间" in shown.err


def test_a_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx([*ROWS, (2, "203.0.113.300")]))
    assert main(["intake", str(path), *RECEIVED]) == 1
    shown = capsys.readouterr()
    assert "203.0.113.5 :40213" in shown.out
    assert "2026-03-12 21:14:00" in shown.out
    assert "第 3 行不能使用：“203.0.113.300”不是有效的 IP 地址。" in shown.err


def test_pasted_text_in_another_zone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(b"203.0.113.5 -> 198.51.100.7:3333 2026-03-12 21:14:37"))
    )
    assert main(["intake", "-", "--zone", "UTC", "--format", "jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["first"]["at"] == "2026-03-12T21:14:37Z"


def test_a_picture_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    assert main(["--language", "en", "intake", str(path)]) == 1
    assert "enter it by hand" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["no-such.xlsx"], ["-", "--zone", "Nowhere/City"], ["-", "--received", "gestern"]]
)
def test_wrong_usage(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    assert main(["intake", *arguments]) == 2
    assert capsys.readouterr().err
