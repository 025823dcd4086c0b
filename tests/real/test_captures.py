"""Real captures: every plaintext mining session is a confirmed finding, and harmless traffic is none of any state."""

import json
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from minewarden.patrol import proposal
from tests.real.needs import shared

HERE = Path(__file__).parent
EXPECTED = tomllib.loads((HERE / "expected_plaintext.toml").read_text(encoding="utf-8"))
SCHEMA = json.loads((Path(proposal.__file__).parent / "finding.schema.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.real


def scan(folder: Path) -> tuple[list[dict[str, Any]], str]:
    """Run the command as a user does; findings and what was said on standard error."""
    program = Path(sys.executable).with_name("minewarden")
    command = [program, "scan", folder, "--format", "jsonl", "--unmask"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr


@pytest.fixture(scope="module")
def mining() -> list[dict[str, Any]]:
    return scan(shared("captures", "mining"))[0]


def source(finding: dict[str, Any]) -> set[str]:
    return {Path(item["name"]).name for item in finding["sources"]}


@pytest.mark.parametrize("row", EXPECTED["expected"], ids=lambda row: f"{row['capture']}-{row['server']}-{row['port']}")
def test_plaintext_mining_is_confirmed(row: dict[str, Any], mining: list[dict[str, Any]]) -> None:
    found = [
        finding
        for finding in mining
        if (finding["host"], finding["server"], finding["port"]) == (row["client"], row["server"], row["port"])
        and row["capture"] in source(finding)
    ]
    assert len(found) == 1, f"no finding for {row}"
    finding = found[0]
    assert finding["state"] == "confirmed"
    assert finding["evidence"][0]["detector"] == "stratum"
    if row["agent"]:
        assert finding["agent"] == row["agent"]
    if row["account"]:
        assert finding["account"]
    assert row["capture"] in {Path(r["source"]).name for r in finding["evidence"][0]["rows"]}


def test_protocol_coins_and_counts_are_those_of_the_wire(mining: list[dict[str, Any]]) -> None:
    together: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in EXPECTED["expected"]:
        together[(row["client"], row["server"], row["port"])].append(row)
    for finding in mining:
        rows = together.get((finding["host"], finding["server"], finding["port"]))
        if rows is None:
            continue
        assert finding["protocol"] in {row["protocol"] for row in rows}
        assert finding["jobs"] == sum(row["jobs"] for row in rows), rows
        assert finding["shares"] == sum(row["shares"] for row in rows), rows
        told = {coin for row in rows for coin in row["coins"]}
        assert set(finding["coins"]) <= told or not told


def test_nothing_else_is_confirmed(mining: list[dict[str, Any]]) -> None:
    expected = {(row["client"], row["server"], row["port"]) for row in EXPECTED["expected"]}
    confirmed = {(f["host"], f["server"], f["port"]) for f in mining if f["state"] == "confirmed"}
    assert confirmed == expected


def test_every_line_is_of_the_schema(mining: list[dict[str, Any]]) -> None:
    assert mining
    for finding in mining:
        jsonschema.validate(finding, SCHEMA)


def test_harmless_traffic_is_no_finding_of_any_state() -> None:
    findings, said = scan(shared("captures", "benign"))
    assert findings == [], said


def test_eve_logs_of_the_same_captures_are_read() -> None:
    findings, _ = scan(shared("logs", "eve"))
    assert all(finding["state"] != "confirmed" for finding in findings), "without payload nothing may be confirmed"
    assert any(evidence["detector"] == "ids_alert" for finding in findings for evidence in finding["evidence"])
