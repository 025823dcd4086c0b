"""Messages come out of counts as they went in; numbers are always numbers."""

from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from minewarden.detect.flow.pieces import flows
from minewarden.detect.flow.shape import Grain, features, grains, judged, messages
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import SourceRecord
from tests.detect.flow.records import Row, miner, one_way
from tests.detect.lake_rows import context_of


def rows_of(folder: Path, rows: list[Row]) -> pa.RecordBatch:
    with context_of(folder, WatchSet([]), conn=rows).lake.engine() as engine:
        (batch,) = list(flows(engine, [SourceRecord(1, "a", "nfdump_csv")]))
        return batch


@pytest.mark.parametrize(("jobs", "shares"), [(120, 0), (120, 40), (10, 300)])
def test_jobs_and_shares_are_rebuilt(jobs: int, shares: int) -> None:
    told = messages(
        *(np.array([float(v)]) for v in (jobs + 2 * shares, jobs + shares, 200 * shares, 400 * jobs + 80 * shares))
    )
    assert told.up[0] == shares
    assert told.down[0] == jobs + shares
    assert told.up_size[0] == (200 if shares else 0)


def test_sizes_are_rebuilt_from_how_slices_differ(tmp_path: Path) -> None:
    numbers = features(rows_of(tmp_path, miner(6)))
    assert 10 ** numbers["job"][0] == pytest.approx(422, rel=0.05)
    assert 10 ** numbers["share"][0] == pytest.approx(212, rel=0.05)
    assert numbers["job_fit"][0] < -3


def cut(packets: list[float]) -> list[Row]:
    """What a router makes of packets down at these seconds, each answered: a record each half hour."""
    records = [[packets[0]]]
    for packet in packets[1:]:
        if packet - records[-1][0] >= 1800:
            records.append([])
        records[-1].append(packet)
    return [
        one_way(one[0], one[-1], len(one), size * len(one), up)
        for one in records
        for up, size in ((True, 52), (False, 450))
    ]


def test_a_timer_is_told_from_chance_and_from_bursts_by_the_silence_between_records(tmp_path: Path) -> None:
    rng, hours = Random(5), 96
    timer = [20.0 * n for n in range(hours * 180)]
    chance = sorted(rng.uniform(0, hours * 3600) for _ in timer)
    bursts = [start + second for start in chance[::20] for second in range(20)]
    told = [features(rows_of(tmp_path / str(n), cut(one))) for n, one in enumerate((timer, chance, sorted(bursts)))]
    # An exponential gap that is hit by the clock is twice as long as the mean one; of bursts of twenty, twenty times.
    for way in ("up", "down"):
        assert [10 ** one[f"{way}_pause"][0] for one in told] == pytest.approx([1, 2, 20], rel=0.3)
        assert 10 ** told[0][f"{way}_quiet"][0] == pytest.approx(20)


def test_grain_goes_by_the_records(tmp_path: Path) -> None:
    assert grains(rows_of(tmp_path / "a", miner(2))).tolist() == [Grain.FINE]
    assert grains(rows_of(tmp_path / "b", miner(8, every_s=1700))).tolist() == [Grain.COARSE]
    assert grains(rows_of(tmp_path / "c", miner(1, every_s=1700))).tolist() == [Grain.WHOLE]


def test_numbers_are_finite_whatever_the_rows(tmp_path: Path) -> None:
    rows = [
        one_way(
            400 * n,
            400 * n,
            1,
            0,
            up,
        )
        for n in range(40)
        for up in (True, False)
    ]
    batch = rows_of(tmp_path, rows)
    assert judged(batch).tolist() == [True]
    assert all(np.isfinite(values).all() for values in features(batch).values())
