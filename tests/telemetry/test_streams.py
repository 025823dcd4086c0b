"""Bytes on their way in: hashed whole, unpacked within bounds, and what was wrong said at the end."""

import gzip
import hashlib
import io
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.reader import HEAD_BYTES
from minewarden.telemetry.streams import Limits, Opened, Plain, packing

PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}


def opened(data: bytes, limits: Limits | None = None) -> Opened:
    return Opened(io.BytesIO(data), limits or Limits(), lambda done: None)


def drained(file: Opened) -> bytes:
    return file.stream.read()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.sampled_from(sorted(PACK)), st.integers(0, 600))
def test_members_come_out_as_they_went_in(parts: list[bytes], form: str, padding: int) -> None:
    if packing(b"".join(parts)):
        return
    packed = b"".join(PACK[form](part) for part in parts) + bytes(padding if any(parts) else 0)
    file = opened(packed)
    assert drained(file) == b"".join(parts)
    assert file.damage is None
    assert file.finish() == hashlib.sha256(packed).hexdigest()
    assert file.bytes_read == len(packed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200_000))
def test_what_is_not_packed_passes_as_it_is(data: bytes) -> None:
    if packing(data):
        return
    file = opened(data)
    assert file.head == data[:HEAD_BYTES]
    assert drained(file) == data


def test_the_head_is_given_again_and_only_once() -> None:
    data = bytes(range(256)) * 2000
    file = opened(gzip.compress(data))
    assert file.head == data[:HEAD_BYTES]
    assert file.stream.read(10) == data[:10]
    assert drained(file) == data[10:]


@pytest.mark.parametrize("form", sorted(PACK))
def test_a_cut_archive_gives_a_beginning_and_says_that_it_is_cut(form: str) -> None:
    data = bytes(hashlib.sha256(b"%d" % n).digest()[0] for n in range(100_000))
    packed = PACK[form](data)
    file = opened(packed[: len(packed) - 20])
    out = drained(file)
    assert data.startswith(out)
    assert file.damage is not None
    assert file.damage.id == "ingest.truncated"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PACK)), st.binary(min_size=1, max_size=20), st.integers(4, 2000))
def test_damage_anywhere_raises_nothing(form: str, junk: bytes, place: int) -> None:
    data = b"a line of a log, number %d\n" * 300
    packed = bytearray(PACK[form](data))
    packed[place : place + len(junk)] = junk
    file = opened(bytes(packed))
    drained(file)
    assert file.finish() == hashlib.sha256(packed).hexdigest()


def test_a_bomb_is_stopped_in_bounded_memory() -> None:
    packed = zstandard.compress(bytes(300 * 2**20))
    tracemalloc.start()
    try:
        file = opened(packed, Limits(ratio=100, free=2**20))
        size = sum(len(part) for part in iter(lambda: file.stream.read(2**16), b""))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.damage is not None
    assert file.damage.id == "ingest.bomb"
    assert size < 300 * 2**20
    assert peak < 160 * 2**20


def test_an_honest_file_that_packs_well_is_no_bomb() -> None:
    file = opened(gzip.compress(bytes(2**20)), Limits(ratio=10, free=2**21))
    assert len(drained(file)) == 2**20
    assert file.damage is None


def test_three_layers_are_one_too_many() -> None:
    twice = gzip.compress(zstandard.compress(b"text"))
    assert drained(opened(twice)) == b"text"
    assert packing(opened(gzip.compress(twice)).head) == "zstd"


def test_a_disk_that_fails_is_damage_and_no_exception() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() == 2**20:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 2**20 - self.tell()))

        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

    file = Opened(Failing(bytes(3 * 2**20)), Limits(), lambda done: None)
    assert len(drained(file)) == 2**20
    assert file.damage is not None
    assert file.damage.params["reason"] == "Input/output error"


def test_progress_never_runs_backwards_and_ends_at_the_size() -> None:
    told: list[int] = []
    data = bytes(range(256)) * (20 * 2**12)
    file = Opened(io.BytesIO(data), Limits(), told.append)
    drained(file)
    file.finish()
    assert told == sorted(told)
    assert told[-1] == len(data)
    assert len(told) >= 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 90_000), min_size=1, max_size=12), st.integers(100_000, 300_000), st.booleans())
def test_pieces_that_end_with_a_line_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], size: int, ends: bool
) -> None:
    """Of a real file, as only its end can be looked at ahead; lines may be longer than what is looked at."""
    data = b"\n".join(b"x" * length for length in lengths) + b"\n" * ends
    path = tmp_path_factory.mktemp("lines") / "log"
    path.write_bytes(data)
    with path.open("rb", buffering=0) as raw:
        file = Opened(raw, Limits(), lambda done: None)
        assert isinstance(file.stream, Plain)
        pieces = list(iter(lambda: file.stream.read_lines(size), b""))  # type: ignore[attr-defined]
        assert b"".join(pieces) == data
        assert file.finish() == hashlib.sha256(data).hexdigest()
    assert all(len(piece) <= size for piece in pieces)
    # The first begins with the head, which was read before anything was known of the file.
    for piece in pieces[1:-1]:
        assert piece.endswith(b"\n") or b"\n" not in piece[-65_536:]
