"""A finding as it leaves the program: of the promised form, covered, and with a number that stays."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.patrol.proposal import SCHEMA, finding_id, line
from minewarden.patrol.rounds import Traced
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.attribution import Attribution, Candidate, Certainty, Hop
from minewarden.vocab.finding import Evidence, Finding, Grade, RowRef, State
from minewarden.vocab.message import message

FIRST = datetime(2026, 3, 12, 13, 14, 37, 250_000, tzinfo=UTC)
FORM = json.loads(files("minewarden.patrol").joinpath("finding.schema.json").read_text(encoding="utf-8"))
REASON = Evidence("stratum", "wire", Grade.WORK, 9.1239, message("ingest.empty"), FIRST, FIRST, (RowRef("a.pcap", 4),))
FINDING = Finding(
    *("10.12.9.14", "203.0.113.20", 3333, State.CONFIRMED, FIRST, FIRST + timedelta(hours=2), (REASON,)),
    coins=("XMR",),
    account="44AF" + "x" * 80 + "9xQ2",
    worker="zhangzhe-302",
    sources=("a.pcap",),
    probability=0.98765432,
    explanation=(message("ingest.empty"),),
)
HOP = Hop("lease", "10.12.9.14", "02:12:09:00:00:14", FIRST, None, (RowRef("kea.csv", 2),), message("ingest.empty"))
WHOSE = Attribution(
    *("10.12.9.14", 51022, FIRST),
    (Candidate("10.12.9.14", Certainty.UNIQUE, mac="02:12:09:00:00:14", person="张喆", hops=(HOP,)),),
    (message("ingest.empty"),),
)


def told(finding: Finding = FINDING, whose: Attribution | None = WHOSE, *, unmask: bool = False) -> dict[str, Any]:
    made = line(Traced(finding, whose), {"a.pcap": SourceRecord(1, "a.pcap", "pcap", sha256="ab" * 32)}, unmask=unmask)
    jsonschema.validate(made, FORM, format_checker=jsonschema.FormatChecker())
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def test_all_that_is_known_stands_in_it() -> None:
    made = told()
    assert made["schema"] == SCHEMA
    assert made["first_seen"] == "2026-03-12T13:14:37.250000Z"
    assert made["evidence"][0]["grade"] == "work"
    assert made["evidence"][0]["weight"] == 9.12
    assert made["evidence"][0]["p_value"] is None
    assert made["probability"] == 0.98765
    assert set(made["explanation"][0]) == {"zh", "en"}
    assert made["evidence"][0]["rows"] == [{"source": "a.pcap", "row": 4}]
    assert made["trace"][0]["hops"][0]["valid_until"] is None
    assert set(made["trace_warnings"][0]) == {"zh", "en"}
    assert made["sources"] == [{"name": "a.pcap", "form": "pcap", "sha256": "ab" * 32}]


def test_an_exact_tests_chance_stands_in_it_as_it_is() -> None:
    tested = replace(REASON, p_value=3.2e-12)
    assert told(replace(FINDING, evidence=(tested,)))["evidence"][0]["p_value"] == 3.2e-12


def test_what_was_not_weighed_has_no_probability() -> None:
    made = told(replace(FINDING, probability=None, explanation=()))
    assert (made["probability"], made["explanation"]) == (None, [])


@pytest.mark.parametrize("changed", [{"probability": 1.0}, {"explanation": ["text"]}, {"evidence": []}])
def test_the_form_refuses_what_it_does_not_promise(changed: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told() | changed, FORM)


def test_a_name_without_an_address_and_nobody_to_trace_to() -> None:
    made = told(replace(FINDING, server="", port=0, server_name="pool.example"), None)
    assert (made["server"], made["port"], made["server_name"], made["trace"]) == (None, None, "pool.example", [])


def test_a_source_that_the_lake_does_not_know_is_named_all_the_same() -> None:
    assert told(replace(FINDING, sources=("gone.log",)))["sources"] == [{"name": "gone.log", "form": "", "sha256": ""}]


def test_accounts_are_covered_and_open_only_when_asked() -> None:
    covered, bare = json.dumps(told()), told(unmask=True)
    assert FINDING.account not in covered
    assert FINDING.worker not in covered
    assert (bare["account"], bare["worker"]) == (FINDING.account, FINDING.worker)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"state": State.PROBABLE, "coins": ("BTC",), "account": "other", "shares": 99, "evidence": ()}, True),
        ({"last_seen": FIRST + timedelta(days=3)}, True),
        ({"first_seen": FIRST + timedelta(hours=1)}, True),
        ({"server_name": "pool.example"}, True),
        ({"first_seen": FIRST + timedelta(days=1)}, False),
        ({"host": "10.12.9.15"}, False),
        ({"server": "203.0.113.21"}, False),
        ({"port": 3334}, False),
    ],
)
def test_what_the_number_is_made_of(changed: dict[str, Any], same: bool) -> None:
    assert (finding_id(replace(FINDING, **changed)) == finding_id(FINDING)) is same


def test_names_tell_findings_apart_where_no_address_is_known() -> None:
    one, other = (replace(FINDING, server="", port=0, server_name=name) for name in ("a.example", "b.example"))
    assert finding_id(one) != finding_id(other)


def test_the_number_of_a_known_finding_never_changes() -> None:
    # Cases in the console are filed under it.
    assert finding_id(FINDING) == "ae5e1272017c82d3"


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_stands_in_its_texts_a_line_is_one_line_of_json(agent: str, worker: str) -> None:
    made = json.dumps(told(replace(FINDING, agent=agent, worker=worker), unmask=True), ensure_ascii=False)
    assert len(made.split("\n")) == 1
    assert json.loads(made)["agent"] == agent
