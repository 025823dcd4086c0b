"""The compiled reader of separated fields says what Arrow's says, or leaves the block to it."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry import delimited
from minewarden.telemetry.delimited_kernel import parsed

COLUMNS = ("t", "n", "skip", "d", "t")
KINDS = {"t": pa.string(), "n": pa.int64(), "d": pa.float64()}
UNSET = ("-", "(empty)", "")
FORM = delimited.Form(COLUMNS, "\t", frozenset(KINDS), UNSET)
CELLS = (
    *("-", "(empty)", "", "0", "1", "-1", "+1", "007", "12345678901234567", "9" * 18, "9223372036854775807", " 1"),
    *("1.5", "0.1", ".5", "5.", "00.5", "1e5", "1795000000.123456", "9007199254740993", "0.000001", "inf", "nan"),
    *("a", "(empt", "汉", '"', "\\x41", "#"),
)
PLAIN = ("0", "7", "1795000000", "-")


def block(seed: int) -> bytes:
    """Lines of cells, most of them plain."""
    dice = random.Random(seed)
    lines = []
    for _ in range(dice.randrange(1, 4)):
        count = 5 if dice.random() < 0.95 else dice.randrange(7)
        lines.append("\t".join(dice.choice(PLAIN if dice.random() < 0.8 else CELLS) for _ in range(count)))
    return "".join(line + "\n" for line in lines).encode()


def agrees(data: bytes) -> bool:
    """Whether it was read, and then as Arrow does."""
    found = parsed(data, COLUMNS, "\t", UNSET, KINDS)
    if found is None:
        return False
    expected = delimited._parsed(data, data.count(b"\n"), FORM)
    assert expected is not None
    assert found.column_names == expected.column_names
    for name, kind in KINDS.items():
        found.column(name).chunk(0).validate(full=True)
        assert found.column(name).to_pylist() == expected.column(name).cast(kind).to_pylist()
        if kind == pa.int64():
            # What a reject would show of it is what stood there.
            assert found.column(name).cast(pa.string()).to_pylist() == expected.column(name).to_pylist()
    return True


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_it_says_what_arrow_says(seed: int) -> None:
    agrees(block(seed))


def test_what_was_read_stays_as_it_is_while_more_is_read() -> None:
    first = parsed(b"a\t1\t-\t1.5\tb\n" * 9, COLUMNS, "\t", UNSET, KINDS)
    assert first is not None
    said = first.to_pylist()
    assert parsed(b"c\t2\t-\t-\td\n" * 9, COLUMNS, "\t", UNSET, KINDS) is not None
    assert first.to_pylist() == said


def test_the_blocks_are_worth_comparing() -> None:
    assert 30 < sum(agrees(block(seed)) for seed in range(200)) < 190


def test_plain_lines_are_read() -> None:
    found = parsed(b"a\t1\tx\t1.25\tb\n-\t-\t\t-\tb\n", COLUMNS, "\t", UNSET, KINDS)
    assert found is not None
    assert found.to_pylist() == [{"t": "a", "n": 1, "d": 1.25}, {"t": None, "n": None, "d": None}]


@pytest.mark.parametrize(
    "line", [b"", b"a\t1\tx\t1", b"a\t1\tx\t1\tb\tc", b"a\t01\tx\t1\tb", b"a\t1\tx\t-1\tb", b"a\t1\tx\t1e2\tb"]
)
def test_what_is_not_plain_is_left(line: bytes) -> None:
    assert parsed(b"a\t1\tx\t1\tb\n" + line + b"\n", COLUMNS, "\t", UNSET, KINDS) is None


def test_a_wrong_count_of_lines_writes_nothing_beyond_its_room() -> None:
    data = b"a\t1\tx\t1.25\tb\n" * 2
    assert parsed(data, COLUMNS, "\t", UNSET, KINDS, 1) is None
    assert parsed(data, COLUMNS, "\t", UNSET, KINDS, 3) is None
    assert parsed(data, COLUMNS, "\t", UNSET, KINDS, 2) == parsed(data, COLUMNS, "\t", UNSET, KINDS)
