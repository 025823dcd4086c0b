"""Whose texts prove mining, and when its server spoke."""

from pathlib import Path

import numpy as np

from minewarden.detect.clock.grouping import FlowKey
from minewarden.detect.clock.spoken import spoken
from minewarden.intel.watchset import WatchSet
from tests.detect.detectors.test_same_clock import POOL, openly
from tests.detect.lake_rows import context_of
from tests.detect.shapes import START_US


def test_only_what_proves_mining_is_known(tmp_path: Path) -> None:
    texts = openly(np.array([1.0, 31.0]))
    chat = [{**row, "stream": 2, "receiver": "10.20.3.98", "body": b'{"method":"hello"}'} for row in texts]
    with context_of(tmp_path, WatchSet([]), message=texts + chat).lake.engine() as engine:
        told = spoken(engine)
    assert list(told) == [FlowKey("10.20.3.99", *POOL)]
    assert told[FlowKey("10.20.3.99", *POOL)][0] == [START_US + 1_000_000, START_US + 31_000_000]
