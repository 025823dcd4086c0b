"""A notice crosses from the bounded process whole."""

import dataclasses
import json

import pytest

from minewarden.intake.notice import read
from minewarden.intake.wire import decoded, encoded, line_from, plain
from tests.intake.made import BOUNDS, HEAD, xlsx


def test_nothing_is_lost_on_the_way() -> None:
    rows = [
        HEAD,
        (1, "203.0.113.5:40213、[2001:db8::5]:1", 3333, "pool.example.net", "2027-03-12 21:14:37", "一中"),
        (2, "", "", "", "", "二中"),
        (3, "3405803781", "", "", "3月12日", "三中"),
    ]
    notice = read("a.xlsx", xlsx(rows, merges=[(5, 0, 5, 3, "请于3月15日前反馈")]), **BOUNDS)
    assert notice.rejects
    assert notice.answer_by
    assert any(line.doubts for line in notice.lines)
    assert decoded(encoded(notice)) == notice
    assert [line_from(json.loads(json.dumps(plain(line)))) for line in notice.lines] == list(notice.lines)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"name": "a"}'])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        decoded(raw)


def test_a_line_has_no_field_that_is_not_told() -> None:
    notice = read(
        "a.xlsx", xlsx([HEAD, (1, "203.0.113.5", 3333, "pool.example.net", "2026-03-12 21:14", "一中")]), **BOUNDS
    )
    (line,) = notice.lines
    told = plain(line)
    empty = {field.name for field in dataclasses.fields(line) if getattr(line, field.name) in ("", None, ())}
    assert told.keys() | empty == {field.name for field in dataclasses.fields(line)}
