"""What arrives later is later, however the wall clock is set, and a clock that is set is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from minewarden.patrol.watch_clock import Clocks, latest_arrival, steady_seconds
from minewarden.telemetry.manifest import Manifest
from minewarden.vocab.clock import to_us
from tests.patrol.watching import HEADER, POOL, START, Stand

HOUR = timedelta(hours=1)


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e8, 1e8), st.booleans()), min_size=1),
    st.integers(0, 4_000_000_000_000_000),
)
def test_arrivals_are_in_order_whatever_is_done_to_the_clock(
    steps: list[tuple[float, float, bool]], latest_us: int
) -> None:
    wall, steady = START, 0.0

    def started(after_us: int) -> Clocks:
        return Clocks(lambda: wall, lambda: steady, after_us)

    clocks = started(latest_us)
    arrived = [latest_us, clocks.arrival_us()]
    for seconds, set_by, restarted in steps:
        steady += seconds
        wall += timedelta(seconds=seconds + set_by)
        if restarted:
            clocks = started(arrived[-1])
        arrived.append(clocks.arrival_us())
    assert arrived == sorted(arrived)


def test_by_how_much_the_clock_was_set_is_said_once() -> None:
    wall, steady = START, 0.0
    clocks = Clocks(lambda: wall, lambda: steady, 0)
    steady, wall = 100.0, START + timedelta(seconds=130)
    assert clocks.jumped() is None, "half a minute is what a time service does"
    wall += 5 * HOUR
    assert clocks.jumped() == 5 * HOUR
    assert clocks.jumped() is None
    wall -= 2 * HOUR
    assert clocks.jumped() == -2 * HOUR


def test_the_window_ends_with_the_rows_where_the_clock_has_leapt_ahead_of_them() -> None:
    wall = START
    clocks = Clocks(lambda: wall, lambda: 0.0, 0)
    assert clocks.present(None) == START
    assert clocks.present(to_us(START - HOUR)) == START - HOUR
    wall = START + timedelta(days=900)
    assert clocks.present(to_us(START)) == START
    wall = datetime(2000, 1, 1, tzinfo=UTC)
    assert clocks.present(to_us(START) + 10) == START, "nor does it end before what has arrived"


def test_the_steady_clock_runs() -> None:
    before = steady_seconds()
    assert steady_seconds() >= before


def test_what_arrived_last_is_known_after_a_restart(tmp_path: Path) -> None:
    with Stand(tmp_path, detects=False) as stand:
        manifest = Manifest.create(stand.lake.directory)
        assert latest_arrival(manifest) == 0
        stand.append("dns.log", HEADER + stand.lines(1))
        stand.round(HOUR, whole=False)
        assert latest_arrival(manifest) == to_us(stand.now)
        manifest.close()


def test_a_finding_is_stated_and_no_row_lost_while_the_clock_jumps(tmp_path: Path) -> None:
    with Stand(tmp_path, silent=timedelta(days=9), keep=timedelta(days=30)) as stand:
        stand.append("dns.log", HEADER + stand.lines(2))
        stand.round(whole=False)
        for number, leapt in enumerate((400, -3000, 0)):
            stand.leapt = timedelta(days=leapt)
            stand.append("dns.log", stand.line(POOL, f"10.0.0.{number + 1}"))
            stand.round(timedelta(minutes=2))
        assert len(stand.names()) == 5
        assert [line["host"] for line in stand.stated()] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        assert stand.said().count("watch.clock_ahead") == 2
        assert stand.said().count("watch.clock_back") == 1


def test_rows_from_a_clock_that_runs_ahead_are_named_and_read(tmp_path: Path) -> None:
    with Stand(tmp_path, detects=False) as stand:
        stand.now += 5 * HOUR
        row = stand.line("early.example")
        stand.now -= 5 * HOUR
        stand.append("dns.log", HEADER + row + stand.line())
        stand.round(whole=False)
        assert stand.said() == ["watch.rows_ahead"]
        assert stand.told.problems[0].message.params["minutes"] == 299
        assert len(stand.names()) == 2
