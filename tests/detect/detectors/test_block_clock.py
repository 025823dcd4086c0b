"""A server that follows a chain's blocks is stated with an honest chance; what does not is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minewarden.detect.detectors import block_clock
from minewarden.detect.detectors.block_clock import BlockClockDetector
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.engine import tuples
from minewarden.telemetry.ingest import ingest
from minewarden.vocab.clock import from_us, rfc3339
from minewarden.vocab.finding import Sighting, State
from minewarden.vocab.words import render
from tests.detect.clock.processes import chain, harmless, jobs
from tests.detect.detectors.test_same_clock import openly
from tests.detect.lake_rows import context_of
from tests.detect.shapes import START_US, hello, rows_of
from tests.scenarios.silent import Silent

LENGTH = 3 * 3600.0


def blocks(times: np.ndarray, coin: str = "XMR") -> list[dict[str, Any]]:
    return [{"ts": START_US + round(at * 1e6), "coin": coin, "height": n} for n, at in enumerate(times)]


def told(times: np.ndarray, number: int = 1, size: int = 380) -> list[dict[str, Any]]:
    said = [(0.0, "C", 200), *((float(at), "S", size) for at in times)]
    return rows_of(said, server=(f"203.0.113.{number}", 443), stream=10_000 * number)


def seen(folder: Path, record: list[dict[str, Any]], block: list[dict[str, Any]], **more: Any) -> list[Sighting]:
    context = context_of(folder, WatchSet([]), record=record, block=block, **more)
    return list(BlockClockDetector().detect(context))


def test_a_pool_is_stated_and_harmless_flows_beside_it_are_paid_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    arrivals = chain(rng, 120, LENGTH)
    rows = told(jobs(rng, arrivals, LENGTH))
    alone = seen(tmp_path / "alone", rows, blocks(arrivals))
    for number, times in enumerate(harmless(rng, LENGTH).values(), 2):
        rows = rows + told(times, number)
    (one,) = seen(tmp_path / "all", rows, blocks(arrivals))
    assert (one.host, one.server, one.port) == ("10.20.3.17", "203.0.113.1", 443)
    assert one.evidence.p_value is not None
    assert one.evidence.p_value < 1e-8
    assert alone[0].evidence.p_value is not None
    assert one.evidence.p_value > 5 * alone[0].evidence.p_value
    assert 10 < one.evidence.weight <= 15
    assert "XMR" in render(one.evidence.text, "zh")
    assert [finding.state for finding in fuse([one])] == [State.SUSPECTED], "alone it only ranks"


def node_log(times: np.ndarray, header_lag_s: float = 40.0) -> str:
    """What a node writes that was off, fetches what it missed, and then hears of each block as it comes."""
    lines = [f"{_second(-60.0)} Litecoin Core version v0.21.4 (release build)"]
    tips = [(-50.0 + n / 10, -9000.0 + 150 * n) for n in range(50)] + [(float(at), at - header_lag_s) for at in times]
    for height, (at, header) in enumerate(tips, 2_700_000):
        lines.append(
            f"{_second(at)} UpdateTip: new best={height:064x} height={height} version=0x20000000 log2_work=80.1 tx=9 "
            f"date='{_second(header)}' progress=1.000000 cache=1.0MiB(9txo)"
        )
        lines.append(f"{_second(at)} New outbound-full-relay v1 peer connected: version: 70017, peer={height}")
    return "\n".join(lines) + "\n"


def _second(at: float) -> str:
    return rfc3339(from_us((START_US // 1_000_000 + int(np.floor(at))) * 1_000_000))


def test_a_nodes_log_taken_in_is_the_clock_that_a_pool_is_found_by(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    arrivals = chain(rng, 150, LENGTH)
    context = context_of(tmp_path / "lake", WatchSet([]), record=told(jobs(rng, arrivals, LENGTH)))
    assert list(BlockClockDetector().detect(context)) == []
    log = tmp_path / "debug.log"
    log.write_text(node_log(arrivals), encoding="utf-8")
    report = ingest([log], context.lake, declared=Declared(), watch=Silent())
    assert (report.problems, [record.form for record in report.sources]) == ([], ["node_log"])
    with context.lake.engine() as engine:
        taken = list(tuples(engine.ask("SELECT coin, ts FROM block ORDER BY ts")))
    whole = [("LTC", START_US + int(at) * 1_000_000) for at in arrivals]
    assert set(taken) <= set(whole)
    assert len(taken) >= len(whole) - 3, "a few that came within two seconds of one another may be missing"
    (one,) = BlockClockDetector().detect(context)
    assert (one.host, one.server, one.port) == ("10.20.3.17", "203.0.113.1", 443)
    assert one.evidence.p_value is not None
    assert one.evidence.p_value < 1e-8
    assert "LTC" in render(one.evidence.text, "zh")


def test_another_chain_gives_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = told(jobs(rng, chain(rng, 120, LENGTH), LENGTH))
    assert seen(tmp_path, rows, blocks(chain(rng, 120, LENGTH))) == []


def test_web_pages_count_half_and_confirm_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    arrivals = chain(rng, 120, LENGTH)
    tls = [hello(dst="203.0.113.1", alpn="h2")]
    first, doubt = seen(tmp_path, told(jobs(rng, arrivals, LENGTH)), blocks(arrivals), tls=tls)
    assert first.evidence.p_value is None
    assert first.evidence.weight <= 7.5
    assert doubt.evidence.weight == 0


def test_large_messages_are_no_jobs(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    arrivals = chain(rng, 120, LENGTH)
    assert seen(tmp_path, told(jobs(rng, arrivals, LENGTH), size=9000), blocks(arrivals)) == []


def test_who_is_told_of_blocks_and_of_nothing_else_is_doubted(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    arrivals = chain(rng, 120, LENGTH)
    stated, doubt = seen(tmp_path, told(arrivals + 0.7), blocks(arrivals))
    assert (doubt.evidence.family, doubt.evidence.weight) == ("confounder", -6.0)
    assert "钱包" in render(doubt.evidence.text, "zh")
    assert fuse([stated, doubt]) == []


def test_shares_handed_in_take_the_doubt_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    arrivals = chain(rng, 120, LENGTH)
    shares = np.sort(rng.uniform(10, LENGTH - 10, 90))
    said = [(0.0, "C", 200), *((float(at) + 0.7, "S", 380) for at in arrivals)]
    said += [one for at in shares for one in ((float(at), "C", 213), (float(at) + 0.1, "S", 63))]
    rows = rows_of(sorted(said), server=("203.0.113.1", 443))
    assert [one.evidence.family for one in seen(tmp_path, rows, blocks(arrivals))] == ["block-clock"]


def test_on_a_fast_chain_a_follower_is_not_doubted_yet_but_what_it_shows_besides_is_not_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    arrivals = chain(rng, 13, LENGTH)
    stated, doubt = seen(tmp_path, told(arrivals + 0.7), blocks(arrivals, "ETC"))
    assert (doubt.evidence.family, doubt.evidence.weight) == ("follower", -6.0)
    assert "延长观察" in render(doubt.evidence.text, "zh")
    assert "for longer" in render(doubt.evidence.text, "en")
    assert [one.state for one in fuse([stated, doubt])] == [State.SUSPECTED], "the clock is stated all the same"


@pytest.mark.parametrize("told_apart", ["shares", "timer"])
def test_on_a_fast_chain_shares_or_a_timer_tell_a_pool(tmp_path: Path, told_apart: str) -> None:
    rng = np.random.default_rng(16)
    arrivals = chain(rng, 13, LENGTH)
    work = arrivals + 0.7 if told_apart == "shares" else jobs(rng, arrivals, LENGTH, refresh=22)
    shares = np.sort(rng.uniform(10, LENGTH - 10, 90 if told_apart == "shares" else 0))
    said = [(0.0, "C", 200), *((float(at), "S", 380) for at in work)]
    said += [one for at in shares for one in ((float(at), "C", 213), (float(at) + 0.1, "S", 63))]
    rows = rows_of(sorted(said), server=("203.0.113.1", 443))
    assert [one.evidence.family for one in seen(tmp_path, rows, blocks(arrivals, "ETC"))] == ["block-clock"]


def test_fast_blocks_alone_for_hours_are_doubted_and_a_timer_that_ran_out_is_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    hours = 24_000.0
    arrivals = chain(rng, 13, hours)
    alone = seen(tmp_path / "alone", told(arrivals + 0.7), blocks(arrivals, "ETC"))
    assert [one.evidence.family for one in alone] == ["block-clock", "confounder"]
    pool = seen(tmp_path / "pool", told(jobs(rng, arrivals, hours)), blocks(arrivals, "ETC"))
    assert [one.evidence.family for one in pool] == ["block-clock"]


def test_open_miners_of_the_campus_are_clocks_where_no_file_was_given(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    arrivals = chain(rng, 120, LENGTH)
    hidden = told(jobs(rng, arrivals, LENGTH))
    tips = arrivals[(arrivals > 0) & (arrivals < LENGTH)] + 0.4
    context = context_of(tmp_path, WatchSet([]), record=hidden, message=openly(tips))
    first, beside = BlockClockDetector().detect(context)
    assert (first.host, first.server) == ("10.20.3.17", "203.0.113.1")
    assert first.evidence.p_value is not None
    assert first.evidence.p_value < 1e-6
    assert beside.evidence.text.id == "block_clock.miners"
    assert beside.evidence.weight == 0


def test_what_open_miners_say_is_not_read_where_no_flow_is_to_be_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_clock, "canaries", lambda engine: pytest.fail("it was read"))
    rng = np.random.default_rng(13)
    arrivals = chain(rng, 120, LENGTH)
    assert seen(tmp_path, told(jobs(rng, arrivals, LENGTH), size=9000), blocks(arrivals)) == []


def left_alone(folder: Path, record: list[dict[str, Any]], block: list[dict[str, Any]]) -> list[str]:
    context = context_of(folder, WatchSet([]), record=record, block=block)
    said = list(BlockClockDetector().abstains(context))
    assert all(render(one, language) for one in said for language in ("zh", "en"))
    return [one.id for one in said]


def test_a_gap_of_the_arrivals_is_said_where_something_was_watched_in_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    arrivals = chain(rng, 120, LENGTH)
    holed = arrivals[(arrivals < 3000) | (arrivals > 6000)]
    rows = told(np.arange(10.0, LENGTH, 30))
    assert left_alone(tmp_path / "whole", rows, blocks(arrivals)) == []
    assert left_alone(tmp_path / "holed", rows, blocks(holed)) == ["clock.gap"]
    assert left_alone(tmp_path / "later", told(np.arange(7000.0, LENGTH, 30))[1:], blocks(holed)) == []
    assert left_alone(tmp_path / "nothing", [], blocks(holed)) == []


def test_the_longest_gaps_are_said_and_the_others_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    arrivals = chain(rng, 13, LENGTH)
    for begin in (1000, 2000, 3000, 4000, 5000):
        arrivals = arrivals[(arrivals < begin) | (arrivals > begin + 400)]
    rows = told(np.arange(10.0, LENGTH, 30))
    assert left_alone(tmp_path, rows, blocks(arrivals, "ETC")) == ["clock.gap"] * 3 + ["clock.more_gaps"]


def test_arrivals_of_another_time_and_of_a_chain_that_is_too_fast_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(22)
    arrivals = chain(rng, 120, LENGTH)
    rows = told(np.arange(10.0, LENGTH, 30))
    assert left_alone(tmp_path / "elsewhere", rows, blocks(arrivals + 10 * LENGTH)) == ["clock.elsewhere"]
    assert left_alone(tmp_path / "fast", rows, blocks(chain(rng, 0.1, 200), "KAS")) == ["clock.too_fast"]
