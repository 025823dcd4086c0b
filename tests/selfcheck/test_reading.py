"""A report that keeps the schema is read whatever wrote it; everything else is refused in words that name the place."""

import copy
import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.selfcheck.reading import LARGEST, faults, meaning, read_report, schema
from minewarden.vocab.errors import InputError
from minewarden.vocab.words import render

SAID = {"zh": "句子", "en": "a sentence"}
FINDING = {
    "check": "cmdline", "family": "intent", "severity": "high", "subject": "pid:1", "evidence": {"pid": 1},
    "weak": False, "related": [], "title": SAID, "harmless": SAID, "next": SAID,
}  # fmt: skip
GAP = {"check": "cpu", "reason": "no-permission", "count": 2, "needs_admin": True, "text": SAID}


def report(**given):
    made = {
        "schema": "minewarden/selfcheck/1", "program": "0.1.0", "front_end": "python", "mode": "full",
        "at": "2026-03-14T01:05:00Z", "host": {"name": "JF-07", "system": "Linux", "release": "6.1"},
        "result": "confirmed", "result_text": SAID, "findings": [FINDING],
        "coverage": {"checks": ["cmdline"], "gaps": [GAP]},
    }  # fmt: skip
    return made | given


def said(data):
    with pytest.raises(InputError) as refusal:
        read_report(data, "机房.json")
    assert refusal.value.said("zh").startswith("机房.json")
    assert refusal.value.said("zh") != refusal.value.said("en")
    return refusal.value.said("zh")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_report_is_read_as_each_front_end_writes_it(codec):
    found = read_report(json.dumps(report(), ensure_ascii=False).encode(codec))
    assert (found.host, found.system, found.result, found.findings, found.gaps) == (
        "JF-07", "Linux 6.1", "confirmed", 1, 1,
    )  # fmt: skip
    assert found.at.isoformat() == "2026-03-14T01:05:00+00:00"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"x" * (LARGEST + 1), "MB"),
        (b"\x80\x81", "UTF-8"),
        (b"{", "JSON"),
        (b'{"a": NaN}', "JSON"),
        (b"[" * 100_000, "JSON"),
        (json.dumps(report(result="clean")).encode(), "$.result"),
        (json.dumps(report(at="2026-02-30T01:05:00Z")).encode(), "2026-02-30"),
        (json.dumps(report(schema="minewarden/selfcheck/2")).encode(), "$.schema"),
        (json.dumps(report(extra=1)).encode(), "$.extra"),
        (json.dumps(report(findings=[FINDING] * 10_001)).encode()[:LARGEST], ""),
        (json.dumps(report(host={"name": "a\0b", "system": "", "release": ""})).encode(), "$.host.name"),
    ],
)
def test_what_is_none_is_refused_with_its_place(data, word):
    assert word in said(data)


def test_the_first_faults_are_named_and_no_more():
    text = said(json.dumps({"schema": 1}).encode())
    assert text.count("required") <= 5


MUTABLE = [
    ("mode",), ("host",), ("host", "name"), ("findings", 0, "family"), ("findings", 0, "weak"), ("at",),
    ("findings", 0, "related"), ("findings", 0, "title", "zh"), ("findings", 0, "check"), ("coverage", "checks"),
    ("coverage", "gaps", 0, "count"), ("result_text", "en"), ("findings", 0, "subject"), ("findings", 0, "evidence"),
]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3), st.just("x" * 600),
    st.lists(st.text(max_size=2)),
    st.dictionaries(st.text(max_size=3), st.integers()), st.sampled_from(["quick", "network", "2026-01-01T00:00:00Z"]),
)  # fmt: skip


@given(st.sampled_from(MUTABLE), VALUES)
def test_it_agrees_with_a_whole_implementation_of_the_schema(path, value):
    made = copy.deepcopy(report())
    place = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    told = [fault for fault in faults(made) if not fault.endswith(": text")]
    theirs = list(jsonschema.Draft202012Validator(schema()).iter_errors(made))
    assert bool(told) == bool(theirs), (told, theirs)


def test_each_of_the_five_results_says_what_it_means_and_none_says_clean():
    for result in schema()["properties"]["result"]["enum"]:
        for language in ("zh", "en"):
            text = render(meaning(result), language)
            assert text
            assert "干净" not in text
            assert "is clean" not in text
