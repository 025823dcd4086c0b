"""Rejects: counted by reason, told once each, written out whole."""

import base64
import json
from pathlib import Path

import pytest

from minewarden.telemetry.reader import Reject
from minewarden.telemetry.rejects import RejectFile, Tally
from minewarden.vocab.message import message


def unreadable(line: int, column: str, value: str = "x") -> Reject:
    return Reject(line, message("input.field_unreadable", column=column, value=value))


def test_one_reason_is_told_once_with_its_first_line_and_count() -> None:
    tally = Tally()
    for line in range(5, 25):
        tally.add(unreadable(line, "ts", value=str(line)))
    tally.add(unreadable(30, "src"))
    assert tally.total == 21
    first, second = tally.problems("a.log")
    assert (first.line, second.line) == (5, 30)
    assert "20 lines" in first.said("en")
    assert "20" in first.said("zh")
    assert "lines of this file" not in second.said("en")


def test_many_reasons_end_in_a_count_of_the_others() -> None:
    tally = Tally()
    for number in range(9):
        for _ in range(number + 1):
            tally.add(unreadable(number, f"column{number}"))
    told = list(tally.problems("a.log"))
    assert len(told) == 6
    assert told[-1].message.params == {"count": 6 + 7 + 8 + 9, "kinds": 4}


def test_nothing_refused_is_nothing_said() -> None:
    assert list(Tally().problems("a.log")) == []


def test_texts_are_written_as_texts_and_other_bytes_in_base64(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectFile(path) as file:
        file.write("日志.log", Reject(3, message("input.not_json"), '坏行"\n'.encode()))
        file.write("b.log", Reject(4, message("input.not_json"), b"\xff\x00"))
    text, raw = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert (text["file"], text["line"], text["text"]) == ("日志.log", 3, '坏行"\n')
    assert set(text["reason"]) == {"zh", "en"}
    assert base64.b64decode(raw["raw_base64"]) == b"\xff\x00"


def test_it_must_be_open_to_be_written(tmp_path: Path) -> None:
    file = RejectFile(tmp_path / "r")
    with file:
        pass
    with pytest.raises(ValueError, match="open"):
        file.write("a", Reject(1, message("input.not_json")))
