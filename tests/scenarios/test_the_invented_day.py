"""The invented day from its logs to the people: what was found is what happened, no more and no less."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from minewarden.intel.watchset import WatchSet
from minewarden.patrol import proposal
from minewarden.patrol.rounds import Round, patrol
from minewarden.simulator.city import DISTRICT_EXIT, OFFICE
from minewarden.simulator.story import TRUTH, Truth, write_city
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from tests.scenarios.silent import Silent

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Round:
    folder = tmp_path_factory.mktemp("city")
    write_city(folder / "logs", NOW)
    declared = Declared.load(folder / "logs/sources.toml", None)
    lake = Lake(folder / "lake")
    watch = Silent()
    return patrol([folder / "logs"], lake, declared=declared, watchset=WatchSet.default(), watch=watch, now=NOW)


def found(outcome: Round, truth: Truth) -> Any:
    return next(
        t
        for t in outcome.traced
        if (t.finding.host, t.finding.server, t.finding.port) == (truth.host, truth.server, truth.port)
    )


def test_everything_was_read(outcome: Round) -> None:
    assert outcome.report.problems == []
    assert outcome.report.rejects == 0


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: f"{truth.host}-{truth.server or 'name'}")
def test_the_right_device_is_found(outcome: Round, truth: Truth) -> None:
    traced = found(outcome, truth)
    assert traced.finding.state.value == truth.state
    if truth.coin:
        assert truth.coin in traced.finding.coins
    assert traced.attribution is not None
    assert {c.asset for c in traced.attribution.candidates if c.asset} == set(truth.assets)
    if truth.state == "confirmed" and len(truth.assets) == 1:
        assert [c.certainty.value for c in traced.attribution.candidates] == ["unique"]


def test_nobody_innocent_is_accused(outcome: Round) -> None:
    expected = {(t.host, t.server, t.port) for t in TRUTH}
    assert {(t.finding.host, t.finding.server, t.finding.port) for t in outcome.traced} == expected
    accused = {c.person for t in outcome.traced if t.attribution for c in t.attribution.candidates}
    assert OFFICE.person not in accused, "reading a pool's web page is no mining"


def test_two_candidates_are_never_called_the_only_one(outcome: Round) -> None:
    shared_exit = [t for t in outcome.traced if t.finding.host == DISTRICT_EXIT]
    several = next(t for t in shared_exit if len(t.attribution.candidates) > 1)
    assert all(c.certainty.value != "unique" for c in several.attribution.candidates)


def test_lines_are_of_the_schema_and_masked(outcome: Round) -> None:
    schema = json.loads((Path(proposal.__file__).parent / "finding.schema.json").read_text(encoding="utf-8"))
    sources = {record.name: record for record in outcome.sources}
    for traced in outcome.traced:
        line = proposal.line(traced, sources)
        jsonschema.validate(line, schema)
        account = traced.finding.account
        if len(account) > 12:
            assert account not in json.dumps(line)


def test_the_same_logs_give_the_same_numbers(outcome: Round) -> None:
    identifiers = [proposal.finding_id(traced.finding) for traced in outcome.traced]
    assert len(set(identifiers)) == len(identifiers)
