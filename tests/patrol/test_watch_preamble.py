"""Wherever a growing log is cut, its pieces give the rows that the whole gives."""

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.patrol import watch_preamble
from minewarden.patrol.watch_state import growing
from minewarden.plugins import READERS
from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Batch, Reader, Source
from minewarden.vocab.clock import SourceClock, parse_zone
from tests.patrol.watching import HEADER

SAMPLES = Path(__file__).parents[1] / "telemetry" / "readers" / "samples"
JOINED = {"answers", "rcode"}
"""dnsmasq's replies are joined to their queries within a piece only (docs/adr/0011-watch.md)."""


def samples() -> Iterator[tuple[str, str]]:
    readers: dict[str, Reader] = {name: kind() for name, kind in READERS.load_all().items()}
    for path in sorted(SAMPLES.iterdir()):
        head = head_of(path.read_bytes())
        form = next((name for name, reader in readers.items() if reader.recognises(head)), "")
        if form in growing() and path.name not in ("conntrack_list.txt", "zeek-other.log"):
            yield form, path.name


SAMPLED = list(samples())


def rows(form: str, pieces: list[bytes], whole: bytes) -> list[dict[str, Any]]:
    """The rows of a log that is read piece by piece, as the watch reads it."""
    found: list[dict[str, Any]] = []
    preamble = b""
    for piece in pieces:
        stream = cast("io.BufferedIOBase", io.BufferedReader(cast("io.RawIOBase", io.BytesIO(preamble + piece))))
        path = SAMPLES / "dnsmasq_query.log"  # a year that a log does not carry comes from its file's time
        source = Source(1, "x", path, head_of(whole), stream, SourceClock(parse_zone("Asia/Shanghai")))
        for item in READERS.load(form)().read(source):
            if isinstance(item, Batch):
                found += [
                    {"table": item.table, **{k: v for k, v in row.items() if k != "row" and v is not None}}
                    for row in item.rows.to_pylist()
                ]
        preamble = watch_preamble.after(form, preamble, piece)
    return sorted(
        ({k: v for k, v in row.items() if form != "dnsmasq_query" or k not in JOINED} for row in found), key=str
    )


def cut(form: str, whole: bytes, chance: random.Random) -> list[bytes]:
    pieces, rest = [], whole
    while rest:
        place = watch_preamble.cut(form, rest[: chance.randrange(1, len(rest) + 1)]) or len(rest)
        pieces.append(rest[:place])
        rest = rest[place:]
    return pieces


@pytest.mark.parametrize("form", sorted(growing()))
def test_every_growing_form_has_a_sample_here(form: str) -> None:
    assert form in {name for name, _ in SAMPLED}


@pytest.mark.parametrize(("form", "name"), SAMPLED)
def test_wherever_a_log_is_cut_its_rows_are_the_same(form: str, name: str) -> None:
    whole = (SAMPLES / name).read_bytes()
    if not whole.endswith(b"\n"):
        whole += b"\n"
    expected = rows(form, [whole], whole)
    assert expected
    chance = random.Random(name)
    for _ in range(20):
        pieces = cut(form, whole, chance)
        assert rows(form, pieces, whole) == expected, [len(piece) for piece in pieces]


@given(st.lists(st.sampled_from([HEADER, "#close\t2026\n", "1\trow\n", "\n"]), max_size=12), st.integers(0, 12))
def test_the_header_in_force_does_not_depend_on_where_a_log_is_cut(lines: list[str], place: int) -> None:
    after = watch_preamble.after
    first, second = "".join(lines[:place]).encode(), "".join(lines[place:]).encode()
    assert after("zeek", after("zeek", b"", first), second) == after("zeek", b"", first + second)
