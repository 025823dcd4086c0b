"""What the first segments of a TLS connection give away."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.first_records import Beginning, beginning
from minewarden.detect.records import Shown
from tests.detect.shapes import CLIENT, SERVER, Said, rows_of


def connection(said: list[Said]) -> Shown:
    rows = rows_of(said, tls=True)
    columns = {name: np.array([row[name] for row in rows]) for name in ("ts", "length", "from_client", "kind", "row")}
    values = (columns["ts"], columns["length"], columns["from_client"].astype(bool), columns["kind"], columns["row"])
    return Shown(*CLIENT, *SERVER, 1, 1, *values)


REAL: list[Said] = [
    (0.0, "C", 297), (0.38, "S", 1448), (0.38, "S", 21), (0.39, "C", 641), (0.61, "S", 158), (0.69, "S", 518),
    (8.29, "S", 406), (30.31, "S", 406), (52.33, "S", 406), (74.34, "S", 406), (96.36, "S", 406), (103.94, "S", 408),
]  # fmt: skip


def test_a_real_miners_sizes_are_told_apart() -> None:
    begun = beginning(connection(REAL))
    assert begun == Beginning(hello=297, login=641, job=406, jobs=5)
    assert begun.like_xmrig


def test_a_login_in_two_segments_is_one() -> None:
    split: list[Said] = [*REAL[:3], (0.39, "C", 1448), (0.39, "C", 101), *REAL[4:]]
    begun = beginning(connection(split))
    assert (begun.login, begun.like_xmrig) == (1549, False)


def test_nothing_is_told_where_the_server_is_heard_first() -> None:
    assert beginning(connection(REAL[1:])) == Beginning()


def test_an_empty_connection_is_nothing() -> None:
    assert beginning(connection(REAL[:0])) == Beginning()


@given(st.lists(st.tuples(st.floats(0, 600), st.sampled_from("CS"), st.integers(1, 3000)), max_size=48))
def test_any_connection_gives_an_answer(said: list[Said]) -> None:
    begun = beginning(connection(sorted(said)))
    assert 0 <= begun.jobs <= len(said)
    assert (begun.jobs == 0) == (begun.job == 0)


@pytest.mark.parametrize("gap", [0.5, 1.4])
def test_what_comes_in_haste_is_no_work(gap: float) -> None:
    hasty: list[Said] = [*REAL[:6], *((8 + gap * n, "S", 406) for n in range(12))]
    assert all(later[0] > earlier[0] for earlier, later in pairwise(hasty[6:]))
    assert beginning(connection(hasty)).jobs == 0
