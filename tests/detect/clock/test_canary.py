"""The campus's own open miners keep a clock; what names a block is read in each dialect."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.detect.clock.canary import canaries, tip
from minewarden.intel.watchset import WatchSet
from tests.detect.detectors.test_same_clock import openly
from tests.detect.lake_rows import context_of
from tests.detect.shapes import START_US

HASH = "ab" * 32
BLOB = "1010" + "d8b1a2c806" + HASH + "00000000" + "cd" * 32 + "05"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            {
                "method": "mining.notify",
                "params": ["1", HASH, "00", "00", [], "20000000", "1a0ffff0", "65000000", True],
            },
            HASH,
        ),
        ({"method": "mining.notify", "params": ["1", "04000000", HASH, HASH[::-1], "0" * 64, "65", "1a", True]}, HASH),
        ({"method": "mining.notify", "params": ["1", HASH, HASH, "0" * 64, True, 3_100_000, "1b00ffff"]}, "3100000"),
        ({"method": "mining.notify", "params": ["1", 1_300_000, HASH, "", "", 2, "1" * 30, "", True]}, "1300000"),
        ({"method": "mining.notify", "params": ["bf0", "12ab34", HASH, "0"]}, "12ab34"),
        ({"method": "job", "params": {"job_id": "1", "blob": BLOB, "target": "b88d0600"}}, HASH),
        ({"id": 1, "result": {"id": "x", "job": {"job_id": "1", "blob": BLOB, "height": 31, "target": "b8"}}}, "31"),
        ({"id": 0, "result": ["0x" + HASH, "0x" + HASH, "0x" + "0" * 64, "0x12ab"]}, "0x12ab"),
        ({"method": "mining.notify", "params": ["1"]}, ""),
        ({"method": "job", "params": {"blob": "zz", "job_id": "1"}}, ""),
        ({"id": 1, "result": True}, ""),
    ],
)
def test_what_names_a_block(text: dict[str, object], named: str) -> None:
    assert tip(json.loads(json.dumps(text))) == named


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 1 << 70)
    | st.floats(allow_nan=False)
    | st.text("0123456789abcdefx", max_size=90),
    lambda inner: (
        st.lists(inner, max_size=9) | st.dictionaries(st.sampled_from(["job", "blob", "height", "job_id"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries(
        {"method": st.sampled_from(["mining.notify", "job", None]), "params": json_values, "result": json_values}
    )
)
def test_no_text_is_too_strange(text: dict[str, object]) -> None:
    if text["method"] is None:
        del text["method"]
    assert isinstance(tip(text), str)


def test_open_miners_make_a_clock_from_the_second_block_on(tmp_path: Path) -> None:
    with context_of(
        tmp_path, WatchSet([]), message=openly(np.array([0.0, 50.0, 170.0, 300.0]))
    ).lake.engine() as engine:
        (clock,) = canaries(engine)
    assert ((clock.arrivals_us - START_US) / 1e6).tolist() == [50, 170, 300]
    assert clock.kind == "jobs"


def test_what_is_no_mining_makes_none(tmp_path: Path) -> None:
    chat = [
        {**row, "body": b'{"method":"hello","result":["0x1","0x1","0x1","0x12"]}'} for row in openly(np.arange(9.0))
    ]
    with context_of(tmp_path, WatchSet([]), message=chat).lake.engine() as engine:
        assert canaries(engine) == []
