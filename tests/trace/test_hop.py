"""What all hops share: how sure a step is, and which comes first."""

from datetime import timedelta
from itertools import product

import pytest

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known, set_clocks, weaker
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake

UNIQUE, LIKELY, POSSIBLE = Certainty.UNIQUE, Certainty.LIKELY, Certainty.POSSIBLE
S = 1_000_000


def step(found: str, certainty: Certainty, overlap: int = 0, count: int = 1) -> Step:
    return Step(found, certainty, None, None, (0, 0), (), count, overlap)


def test_a_chain_is_as_sure_as_its_weakest_hop() -> None:
    order = [POSSIBLE, LIKELY, UNIQUE]
    for one, other in product(order, order):
        assert weaker(one, other) is order[min(order.index(one), order.index(other))]


def test_the_best_step_comes_first() -> None:
    steps = [
        step("f", POSSIBLE, overlap=99),
        step("d", LIKELY, overlap=5, count=9),
        step("c", LIKELY, overlap=5, count=10),
        step("b", LIKELY, overlap=6),
        step("a", UNIQUE),
        step("e", LIKELY, overlap=5, count=9),
    ]
    assert [s.found for s in sorted(steps, key=lambda s: s.rank)] == ["a", "b", "c", "d", "e", "f"]


def test_another_zone_shifts_the_window_and_nothing_else() -> None:
    known = Known("10.0.0.1", 1 * S, 4 * S, 2 * S, 3 * S, port=7, peer_ip="192.0.2.1", peer_port=9, mac="m")
    later = known.shifted(timedelta(hours=8))
    by = 8 * 3600 * S
    assert (later.start, later.at, later.until, later.end) == (1 * S + by, 2 * S + by, 3 * S + by, 4 * S + by)
    assert (later.ip, later.port, later.peer_ip, later.peer_port, later.mac) == ("10.0.0.1", 7, "192.0.2.1", 9, "m")
    assert later.shifted(timedelta(hours=-8)) == known


WINDOW = Known("10.0.0.1", start=90 * S, end=110 * S, at=100 * S, until=100 * S)
Hit = tuple[str, int | None, int | None]


def judged(make_lake: MakeLake, hits: list[Hit], offset: float | None = 0.0) -> dict[str, Certainty]:
    """The certainty of each found thing; the clock is off by two seconds at most, or was never measured."""
    lake = make_lake(Log("a.log", {"dns": [{"ts": 1 * S, "src": "10.0.0.1", "query": "x"}]}, offset=offset))
    rows = " UNION ALL ".join(
        f"SELECT 0 AS k, '{found}' AS found, NULL::VARCHAR AS also,"
        f" {'NULL' if since is None else since}::BIGINT AS since,"
        f" {'NULL' if till is None else till}::BIGINT AS till, true AS certain, NULL::BIGINT AS sure,"
        f" 1 AS origin, {number} AS row"
        for number, (found, since, till) in enumerate(hits, 1)
    )
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        register_known(connection, [WINDOW])
        (steps,) = judge(connection, rows, [WINDOW])
    return {s.found: s.certainty for s in steps}


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ([("a", 50 * S, 200 * S)], {"a": UNIQUE}),
        ([("a", 50 * S, 100 * S), ("a", 101 * S, 200 * S)], {"a": UNIQUE}),
        ([("a", 50 * S, 95 * S), ("a", 102 * S, 200 * S)], {"a": LIKELY}),
        ([("a", 50 * S, 95 * S), ("a", 104 * S, 200 * S)], {"a": POSSIBLE}),
        ([("a", 50 * S, 104 * S)], {"a": LIKELY}),
        ([("a", 50 * S, 200 * S), ("b", 105 * S, 200 * S)], {"a": LIKELY, "b": POSSIBLE}),
        ([("a", 105 * S, 200 * S)], {"a": POSSIBLE}),
    ],
    ids=[
        "whole",
        "two that touch",
        "a gap",
        "a gap at the time itself",
        "ends early",
        "another in part",
        "after the time itself",
    ],
)
def test_how_sure(make_lake: MakeLake, hits: list[Hit], expected: dict[str, Certainty]) -> None:
    assert judged(make_lake, hits) == expected


def test_a_clock_that_nobody_measured_is_never_more_than_possible(make_lake: MakeLake) -> None:
    assert judged(make_lake, [("a", 0, 900 * S)], offset=None) == {"a": POSSIBLE}
