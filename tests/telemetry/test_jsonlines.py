"""Records of JSON objects: at once or line by line, the same comes out."""

from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.jsonlines import records
from minewarden.telemetry.lines import Block
from minewarden.telemetry.reader import Reject
from tests.telemetry.conftest import source_of

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("count", pa.int64()),
        ("sure", pa.bool_()),
        ("list", pa.list_(pa.string())),
        ("in", pa.struct([("x", pa.float64())])),
    ]
)


def told(data: bytes, first: int = 1) -> tuple[dict[int, dict[str, Any]], list[Reject]]:
    found: dict[int, dict[str, Any]] = {}
    rejects = []
    for item in records(source_of(data), Block(first, data), SCHEMA):
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            found |= dict(zip(item.lines.to_pylist(), item.table.to_pylist(), strict=True))
    return found, rejects


def row(**known: Any) -> dict[str, Any]:
    return {**dict.fromkeys(SCHEMA.names), **known}


def test_columns_of_the_schema_and_nulls_for_the_others() -> None:
    data = b'{"text":"a","count":3,"other":[1]}\n{"sure":true,"list":["x",null],"in":{"x":1.5,"y":2}}\n'
    found, rejects = told(data, first=4)
    assert found == {4: row(text="a", count=3), 5: row(sure=True, list=["x", None], **{"in": {"x": 1.5}})}
    assert rejects == []


WRONG = [
    (b'{"count":"3"}', "count"),
    (b'{"count":3.5}', "count"),
    (b'{"count":true}', "count"),
    (b'{"count":9223372036854775808}', "count"),
    (b'{"text":5}', "text"),
    (b'{"sure":"yes"}', "sure"),
    (b'{"list":"x"}', "list"),
    (b'{"list":[["x"]]}', "list"),
    (b'{"in":5}', "in"),
    (b'{"in":{"x":"1"}}', "in.x"),
]


@pytest.mark.parametrize(("line", "column"), WRONG)
def test_a_value_of_another_type_refuses_its_line_and_names_the_column(line: bytes, column: str) -> None:
    good = b'{"text":"a"}\n'
    found, rejects = told(good + line + b"\n" + good)
    assert sorted(found) == [1, 3]
    assert [(r.line, r.reason.id, r.reason.params["column"], r.raw) for r in rejects] == [
        (2, "input.field_unreadable", column, line)
    ]


@pytest.mark.parametrize(
    "line", [b"[1]", b"7", b"null", b'{"text":"a"', b'{"text":"a"}{"text":"b"}', b"text", b'{"a":1},']
)
def test_what_is_no_object_is_refused_alone(line: bytes) -> None:
    found, rejects = told(b'{"text":"a"}\n' + line + b'\n{"text":"b"}\n')
    assert sorted(found) == [1, 3]
    assert [(r.line, r.reason.id) for r in rejects] == [(2, "input.not_json")]


def test_an_object_over_several_lines_is_none() -> None:
    found, rejects = told(b'{"text":\n"a"}\n{"text":"b"}\n')
    assert sorted(found) == [3]
    assert [r.line for r in rejects] == [1, 2]


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
        "count": st.integers(-(2**63), 2**63 - 1),
        "sure": st.booleans(),
        "list": st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=3), max_size=3),
        "in": st.fixed_dictionaries({"x": st.floats(allow_nan=False, allow_infinity=False, width=32)}),
    },
)


@settings(max_examples=120, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6), st.booleans())
def test_fast_and_slow_agree(values: list[dict[str, Any]], spoiled: bool) -> None:
    lines = [orjson.dumps(value) for value in values]
    found, rejects = told(b"\n".join([*lines, *([b"junk"] if spoiled else []), b""]))
    assert found == {number: row(**value) for number, value in enumerate(values, 1)}
    assert [r.line for r in rejects] == ([len(values) + 1] if spoiled else [])
