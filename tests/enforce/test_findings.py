"""From findings to proposed rules."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce import findings
from minewarden.enforce.findings import read_findings, rules_from_findings
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import InputError
from minewarden.vocab.finding import State
from minewarden.vocab.words import both

END = datetime(2026, 12, 24, tzinfo=UTC)


def finding(**fields: Any) -> dict[str, Any]:
    """A line as `minewarden scan` writes it, with some fields changed."""
    line = {
        "schema": "minewarden/finding/1",
        "id": "0190-a",
        "host": "10.1.2.3",
        "server": "203.0.113.9",
        "server_name": "pool.example.net",
        "port": 3333,
        "protocol": "stratum",
        "coins": ["XMR"],
        "state": "confirmed",
        "evidence": [],
        "trace": [],
        "sources": [],
    }
    return {**line, **fields}


def test_server_with_port_and_name_each_give_a_rule_that_cites_the_finding() -> None:
    proposed = rules_from_findings([finding()], expires_at=END)
    assert proposed.rules == (
        BlockRule(Target.IP_PORT, "203.0.113.9", END, "finding 0190-a", 3333),
        BlockRule(Target.NAME, "pool.example.net", END, "finding 0190-a"),
    )
    assert (proposed.taken, proposed.below, proposed.unusable) == (1, 0, ())


@pytest.mark.parametrize(
    ("asked", "taken", "below"), [(State.CONFIRMED, 1, 2), (State.PROBABLE, 2, 1), (State.SUSPECTED, 3, 0)]
)
def test_only_what_is_sure_enough(asked: State, taken: int, below: int) -> None:
    lines = [finding(id=state.value, state=state.value) for state in State]
    proposed = rules_from_findings(lines, expires_at=END, state=asked)
    assert (proposed.taken, proposed.below) == (taken, below)
    assert {rule.reason for rule in proposed.rules} == {f"finding {s.value}" for s in State if s.rank >= asked.rank}


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"server": None, "port": None}, {Target.NAME}),
        ({"server_name": None}, {Target.IP_PORT}),
        ({"server_name": ""}, {Target.IP_PORT}),
        ({"port": None}, {Target.NAME}),
        ({"server": "2001:DB8::9", "server_name": None}, {Target.IP_PORT}),
    ],
)
def test_what_is_missing_gives_no_rule(fields: dict[str, Any], kinds: set[Target]) -> None:
    proposed = rules_from_findings([finding(**fields)], expires_at=END)
    assert {rule.target for rule in proposed.rules} == kinds
    assert not proposed.unusable


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (finding(schema="minewarden/finding/99"), "enforce.not_a_finding"),
        (finding(state="certain"), "enforce.not_a_finding"),
        (finding(state=["confirmed"]), "enforce.not_a_finding"),
        ({}, "enforce.not_a_finding"),
        (finding(server="pool"), "enforce.bad_finding"),
        (finding(server=7), "enforce.bad_finding"),
        (finding(server_name="a b"), "enforce.bad_finding"),
        (finding(port="3333"), "enforce.bad_finding"),
        (finding(port=True), "enforce.bad_finding"),
        (finding(port=70000), "enforce.bad_finding"),
        (finding(server=None, server_name=None, port=None), "enforce.nothing_to_block"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(line: dict[str, Any], reason: str) -> None:
    proposed = rules_from_findings([finding(), None, line], expires_at=END)
    assert [(item.line, item.reason.id) for item in proposed.unusable] == [(3, reason)]
    assert len(proposed.rules) == 2
    assert both(proposed.unusable[0].reason)


def test_reading_keeps_line_numbers_and_goes_on_after_a_bad_line() -> None:
    good = json.dumps(finding()).encode()
    data = b"\xef\xbb\xbf" + good + b"\r\n\n[1]\n{\xff}\n" + b"[" * 100_000 + b"\n" + good
    lines = list(read_findings(io.BytesIO(data), "f.jsonl"))
    assert [type(line) for line in lines] == [dict, type(None), InputError, InputError, InputError, dict]
    errors = [line for line in lines if isinstance(line, InputError)]
    assert [(error.file, error.line) for error in errors] == [("f.jsonl", 3), ("f.jsonl", 4), ("f.jsonl", 5)]
    proposed = rules_from_findings(lines, expires_at=END)
    assert [item.line for item in proposed.unusable] == [3, 4, 5]
    assert proposed.taken == 2


def test_a_line_without_end_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "LONGEST_LINE", 1000)
    good = json.dumps(finding()).encode() + b"\n"
    lines = list(read_findings(io.BytesIO(good + b"x" * 12_345 + b"\n" + good), "f.jsonl"))
    assert isinstance(lines[1], InputError)
    assert lines[1].message.id == "enforce.line_too_long"
    assert lines[0] == lines[2]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    rules_from_findings(read_findings(io.BytesIO(data), "f"), expires_at=END)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["server", "port", "server_name", "id", "state", "schema"]), _JSON))
def test_no_fields_break_it(fields: dict[str, Any]) -> None:
    proposed = rules_from_findings([finding(**fields)], expires_at=END)
    assert proposed.taken + proposed.below + len(proposed.unusable) == 1
    for item in proposed.unusable:
        both(item.reason)
