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
from minewarden.trace.hop import MOST_STEPS, Known, Step, TraceSettings, set_clocks
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


def test_without_a_port_events_far_from_the_window_still_open_and_close_what_is_in_it(make_lake: MakeLake) -> None:
    """Rows are looked at by time only where nothing must be paired with them."""
    rows = [
        row("create", -36_000, "10.0.0.1", outside_port=1),
        row("delete", 36_000, "10.0.0.1", outside_port=1),
        row("create", -36_000, "10.0.0.2", outside_port=2),
        row("delete", -35_000, "10.0.0.2", outside_port=2),
        row("session", -36_000, "10.0.0.3", until=36_000, outside_port=3),
        row("session", -36_000, "10.0.0.4", until=-30_000, outside_port=4),
        row("create", -36_000, "10.0.0.5", outside_port=5),
        row("session", -36_000, "10.0.0.5", until=-35_000, outside_port=5),
        row("session", 36_000, "10.0.0.6", until=36_001, outside_port=6),
        row("session", -36_000, "10.0.0.7", outside_port=None, inside_port=None, dst=None, dst_port=None),
    ]
    lake = make_lake(Log("nat", {"nat": rows}))
    [steps] = find(lake, point(ZERO, port=0))
    assert {step.found for step in steps} == {"10.0.0.1", "10.0.0.3", "10.0.0.7"}
    assert all(step.of == 3 for step in steps)


@settings(max_examples=40, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 400), st.integers(0, 3)), min_size=1, max_size=30),
    windows=st.lists(st.tuples(st.integers(0, 5500), st.integers(0, 600)), min_size=1, max_size=8),
)
def test_without_a_port_exactly_those_who_meet_the_window_are_found(
    spans: list[tuple[int, int, int]], windows: list[tuple[int, int]]
) -> None:
    rows = [row("session", begin, f"10.0.0.{who}", until=begin + length) for begin, length, who in spans]
    known = [
        Known(OUT, ZERO + first * SECOND, ZERO + (first + width) * SECOND, ZERO + first * SECOND, ZERO + first * SECOND)
        for first, width in windows
    ]
    with TemporaryDirectory() as folder:
        found = find(fill(Lake(Path(folder)), [Log("nat", {"nat": rows}, tolerance=2.0)]), *known)
    for (first, width), steps in zip(windows, found, strict=True):
        expected = {
            f"10.0.0.{who}"
            for begin, length, who in spans
            if begin - 2 <= first + width and begin + length + 2 >= first
        }
        assert {step.found for step in steps} == expected


def test_of_very_many_the_best_are_kept_and_how_many_there_are_is_said(make_lake: MakeLake) -> None:
    rows = [row("session", 0, f"10.1.{n // 250}.{n % 250}", until=n + 1, outside_port=n + 1) for n in range(2500)]
    lake = make_lake(Log("nat", {"nat": rows}))
    window = Known(OUT, ZERO, ZERO + 5000 * SECOND, ZERO, ZERO)
    [steps] = find(lake, window)
    assert {step.of for step in steps} == {2500}
    assert len(steps) == MOST_STEPS
    # The longest overlaps are kept.
    assert {step.found for step in steps} == {f"10.1.{n // 250}.{n % 250}" for n in range(2500 - MOST_STEPS, 2500)}
