"""Pairing of NAT events, in any order of the file and with losses."""

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.lake import Lake
from minewarden.trace.hop import Known, Step, TraceSettings, set_clocks
from minewarden.trace.hops.nat import NatHop
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake, fill, us

OUT, PORT, SECOND = "203.0.113.10", 40213, 1_000_000
ZERO = us("12:00:00")


def point(at: int, port: int = PORT) -> Known:
    return Known(OUT, at, at, at, at, port)


def find(lake: Lake, *known: Known) -> list[list[Step]]:
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        return NatHop().find(connection, known, TraceSettings())


def row(event: str, seconds: int, inside: str, until: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "event": event, "ts": ZERO + seconds * SECOND, "until": None if until is None else ZERO + until * SECOND,
        "proto": "tcp", "inside": inside, "inside_port": 50000, "outside": OUT, "outside_port": PORT,
        "dst": "198.51.100.77", "dst_port": 3333, **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One inside address had the port from `begin` to `end`; `form` is how the log tells it."""

    inside: str
    begin: int
    end: int
    form: str


@st.composite
def histories(draw: st.DrawFn) -> list[Use]:
    """Uses of one port, one after the other, at least ten seconds apart."""
    uses, clock = [], 0
    for _ in range(draw(st.integers(1, 6))):
        clock += draw(st.integers(10, 300))
        length = draw(st.integers(1, 300))
        inside = f"10.0.0.{draw(st.integers(1, 3))}"
        uses.append(Use(inside, clock, clock + length, draw(st.sampled_from(["pair", "session", "both", "lost-end"]))))
        clock += length
    return uses


def rows_of(uses: list[Use]) -> list[dict[str, Any]]:
    rows = []
    for use in uses:
        if use.form != "session":
            rows.append(row("create", use.begin, use.inside))
        if use.form == "pair":
            rows.append(row("delete", use.end, use.inside))
        if use.form in ("session", "both"):
            rows.append(row("session", use.begin, use.inside, use.end))
    return rows


@settings(max_examples=25, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_whoever_had_the_port_is_found_and_nobody_else(uses: list[Use], chance: random.Random) -> None:
    rows = rows_of(uses)
    for number, one in enumerate(rows, 1):
        one["row"] = number
    chance.shuffle(rows)
    with TemporaryDirectory() as folder:
        lake = fill(Lake(Path(folder)), [Log("nat", {"nat": rows}, tolerance=0.0)])
        middles = [ZERO + (use.begin + use.end) * SECOND // 2 for use in uses]
        gaps = [ZERO + (use.begin - 5) * SECOND for use in uses]
        found = find(lake, *map(point, middles), *map(point, gaps))
    for use, steps in zip(uses, found, strict=False):
        assert [step.found for step in steps] == [use.inside]
        last = use.form == "lost-end" and use is uses[-1]
        assert steps[0].certainty is (Certainty.POSSIBLE if last else Certainty.UNIQUE)
    for number, steps in enumerate(found[len(uses) :]):
        before = uses[number - 1] if number else None
        # A create whose end is lost lasts until the port is given out again.
        expected = [before.inside] if before and before.form == "lost-end" else []
        assert [step.found for step in steps] == expected


def test_open_create_is_sure_only_while_the_log_goes_on(make_lake: MakeLake) -> None:
    other = row("session", 100, "10.0.0.9", 110, outside_port=1)
    lake = make_lake(Log("nat", {"nat": [row("create", 0, "10.0.0.1"), other]}, tolerance=0.0))
    inside, beyond = find(lake, point(ZERO + 99 * SECOND), point(ZERO + 200 * SECOND))
    assert [(s.found, s.certainty, s.till) for s in inside] == [("10.0.0.1", Certainty.UNIQUE, None)]
    assert [(s.found, s.certainty) for s in beyond] == [("10.0.0.1", Certainty.POSSIBLE)]


def test_delete_without_a_create_has_an_open_beginning(make_lake: MakeLake) -> None:
    lake = make_lake(Log("nat", {"nat": [row("delete", 60, "10.0.0.1"), row("delete", 90, "10.0.0.2")]}, tolerance=0.0))
    early, between, late = find(lake, *(point(ZERO + second * SECOND) for second in (30, 75, 120)))
    assert [(s.found, s.since, s.certainty) for s in early] == [("10.0.0.1", None, Certainty.POSSIBLE)]
    # The second use cannot have begun before the first one ended.
    assert [(s.found, s.since, s.certainty) for s in between] == [("10.0.0.2", ZERO + 60 * SECOND, Certainty.POSSIBLE)]
    assert late == []


def test_one_port_may_serve_two_destinations_at_once(make_lake: MakeLake) -> None:
    rows = [
        row("create", 0, "10.0.0.1"),
        row("create", 10, "10.0.0.2", dst="198.51.100.78"),
        row("delete", 60, "10.0.0.1"),
    ]
    lake = make_lake(Log("nat", {"nat": rows}, tolerance=0.0))
    first, second = (
        Known(OUT, at, at, at, at, PORT, peer_ip=peer, peer_port=3333)
        for at, peer in ((ZERO + 30 * SECOND, "198.51.100.77"), (ZERO + 30 * SECOND, "198.51.100.78"))
    )
    assert [[step.found for step in steps] for steps in find(lake, first, second)] == [["10.0.0.1"], ["10.0.0.2"]]


@pytest.mark.parametrize("questions", [1, 500])
def test_many_questions_are_one_query(make_lake: MakeLake, questions: int) -> None:
    rows = [row("session", 0, f"10.0.{n // 250}.{n % 250}", 100, outside_port=1024 + n) for n in range(500)]
    lake = make_lake(Log("nat", {"nat": rows}))
    known = [point(ZERO + 50 * SECOND, 1024 + n) for n in range(questions)]
    found = find(lake, *known)
    assert [steps[0].found for steps in found] == [f"10.0.{n // 250}.{n % 250}" for n in range(questions)]


def test_shifted_questions_look_elsewhere(make_lake: MakeLake) -> None:
    lake = make_lake(Log("nat", {"nat": [row("session", 0, "10.0.0.1", 10)]}))
    away = point(ZERO + 8 * 3600 * SECOND)
    assert find(lake, away, away.shifted(timedelta(hours=-8)))[0] == []
    assert find(lake, away, away.shifted(timedelta(hours=-8)))[1][0].found == "10.0.0.1"
