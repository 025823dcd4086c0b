"""Each folder here with an `expect.toml`: its logs go in as a unit has them, and just what is expected comes out."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from minewarden.intel.watchset import WatchSet
from minewarden.patrol.rounds import patrol
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.clock import parse_zone
from tests.scenarios.silent import Silent

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.glob("*/expect.toml"))
NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_expected_comes_out_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    expected = tomllib.loads((folder / "expect.toml").read_text(encoding="utf-8"))
    sources = folder / "logs" / "sources.toml"
    declared = Declared.load(sources if sources.exists() else None, parse_zone("UTC"))
    outcome = patrol(
        [folder / "logs"], Lake(tmp_path), declared=declared, watchset=WatchSet.default(), watch=Silent(), now=NOW
    )
    assert (outcome.report.problems, outcome.report.rejects) == ([], expected.get("rejects", 0))
    found = [
        {
            "host": one.host,
            "server": one.server,
            "port": one.port,
            "state": one.state.value,
            "families": sorted({item.family for item in one.evidence}),
        }
        for one in (traced.finding for traced in outcome.traced)
    ]
    wanted = expected.get("finding", [])
    texts = {_place(one): one.pop("texts") for one in wanted if "texts" in one}
    assert sorted(found, key=str) == sorted(wanted, key=str)
    for traced in outcome.traced:
        one = traced.finding
        told = [item.text.id for item in one.evidence]
        assert told == texts.get((one.host, one.server, one.port), told)
    said = {message.id for message in outcome.skipped}
    assert set(expected.get("said", [])) <= said


def _place(finding: dict[str, Any]) -> tuple[str, str, int]:
    return finding["host"], finding["server"], finding["port"]
