"""Records with a separator: read at once as they would be line by line."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.delimited import Form, apart, records
from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block
from minewarden.telemetry.reader import Reject
from tests.telemetry.conftest import source_of

PLAIN = Form(("a", "b", "c"), "\t", wanted=frozenset("ac"), unset=("-",))
QUOTED = Form(("a", "b", "c"), ",", wanted=frozenset("abc"), quoted=True)


def told(data: bytes, form: Form, first: int = 1) -> tuple[dict[int, tuple[str | None, ...]], list[Reject]]:
    """Line -> its wanted fields, and the rejects."""
    found: dict[int, tuple[str | None, ...]] = {}
    rejects = []
    for item in records(source_of(data), Text(Block(first, data)), form):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        columns = [item.texts(name).to_pylist() for name in form.columns if name in form.wanted]
        for line, *values in zip(item.lines.to_pylist(), *columns, strict=True):
            found[line] = tuple(values)
    return found, rejects


def test_wanted_fields_with_nulls_for_what_is_unset() -> None:
    found, rejects = told("1\tx\t-\n\t\t三\n".encode(), PLAIN, first=7)
    assert found == {7: ("1", None), 8: ("", "三")}
    assert rejects == []


def test_a_line_with_another_number_of_fields_is_refused_alone() -> None:
    found, rejects = told(b"1\t2\t3\n1\t2\n\n1\t2\t3\t4\n4\t5\t6\n", PLAIN)
    assert found == {1: ("1", "3"), 5: ("4", "6")}
    assert [(r.line, r.reason.params["found"], r.raw) for r in rejects] == [(2, 2, b"1\t2"), (4, 4, b"1\t2\t3\t4")]


def test_a_carriage_return_ends_no_line() -> None:
    found, rejects = told(b"1\t2\t3\rx\n4\t5\t6\r\n", PLAIN)
    assert (found, rejects) == ({1: ("1", "3 x"), 2: ("4", "6 ")}, [])


def test_quotes_hold_separators_and_doubled_quotes() -> None:
    found, _ = told(b'"a,b","say ""x""",c\n', QUOTED)
    assert found == {1: ("a,b", 'say "x"', "c")}


def test_a_quote_that_is_never_closed_swallows_no_other_line() -> None:
    found, rejects = told(b'1,2,3\n"1,2,3\n4,5,6\n', QUOTED)
    assert found == {1: ("1", "2", "3"), 3: ("4", "5", "6")}
    assert [reject.line for reject in rejects] == [2]


FIELD = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=("Cs",)), max_size=8)
LINE = st.lists(FIELD, min_size=1, max_size=5).map("\t".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=8))
def test_every_line_is_a_record_or_a_reject(lines: list[str]) -> None:
    found, rejects = told("".join(f"{line}\n" for line in lines).encode(), PLAIN)
    expected = {
        number: tuple(None if field == "-" else field for field in line.split("\t")[::2])
        for number, line in enumerate(lines, 1)
        if line.count("\t") == 2
    }
    assert found == expected
    assert {r.line for r in rejects} == {n for n, line in enumerate(lines, 1) if line and line.count("\t") != 2}


def test_headers_apart_from_records_in_order() -> None:
    text = Text(Block(5, b"a\nb\n#one\nc\n#two\n"))
    parts = [
        (part.block.first_line, part.block.data) if isinstance(part, Text) else part
        for part in apart(text, re.compile(rb"^#[^\n]*\n", re.MULTILINE))
    ]
    assert parts == [(5, b"a\nb\n"), (7, "#one"), (8, b"c\n"), (9, "#two")]


def test_a_column_named_twice_is_the_first() -> None:
    form = Form(("a", "a"), "\t", wanted=frozenset("a"))
    (fields,) = records(source_of(b"1\t2\n"), Text(Block(1, b"1\t2\n")), form)
    assert isinstance(fields, Fields)
    assert fields.texts("a").to_pylist() == ["1"]


@pytest.mark.parametrize("form", [PLAIN, QUOTED])
def test_nothing_but_empty_lines(form: Form) -> None:
    assert told(b"\n\n\n", form) == ({}, [])
