"""The bounds hold: whatever a file does to its reader, the caller gets an answer."""

import hashlib
import resource
import time

import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minewarden.intake import isolation
from minewarden.vocab.errors import InputError
from minewarden.vocab.noticeline import Verdict
from tests.intake.made import BOUNDS, HEAD, SAMPLES, empty_rows, png, scan, with_sheet, xlsx

ROWS = [HEAD, (1, "203.0.113.5", 3333, "pool.example.net", "2026-03-12 21:14", "一中")]


def test_a_notice_comes_back_as_it_was_read() -> None:
    notice = isolation.read("a.xlsx", xlsx(ROWS), **BOUNDS)
    assert (notice.verdict, notice.addresses) == (Verdict.CLEAN, ("203.0.113.5",))


def test_two_hundred_megabytes_of_empty_rows_are_refused_in_words() -> None:
    notice = isolation.read("a.xlsx", empty_rows(200), **BOUNDS)
    assert (notice.verdict, notice.warnings[0].id) == (Verdict.REFUSED, "intake.bomb")


def test_a_sheet_of_one_cell_in_each_far_corner_does_not_take_the_memory_of_its_square() -> None:
    corner = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    notice = isolation.read("a.xlsx", with_sheet(corner), **BOUNDS)
    assert notice.verdict is Verdict.REFUSED
    assert notice.warnings[0].id in {"intake.out_of_memory", "intake.worker_died", "intake.broken"}


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
@example(0x765, b"\xff\xff\xff\xff")
@example(0x837, b"\xff\xff\xff\xff")
def test_a_damaged_xls_ends_no_more_than_its_own_process(place: int, damage: bytes) -> None:
    # A cell that claims the farthest row and column asks for the memory of the square, and the library gives up whole.
    data = bytearray((SAMPLES / "notice.xls").read_bytes())
    place %= len(data)
    data[place : place + len(damage)] = damage
    notice = isolation.read("a.xls", bytes(data), **BOUNDS)
    assert notice.sha256 == hashlib.sha256(bytes(data)).hexdigest()


def test_the_process_takes_its_bounds_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MEMORY", 24 * 1024 * 1024)
    notice = isolation.read("a.xlsx", xlsx(ROWS), **BOUNDS)
    assert notice.verdict is Verdict.REFUSED
    assert notice.warnings[0].id in {"intake.out_of_memory", "intake.worker_died"}


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_GRACE", -0.999)
    begun = time.monotonic()
    notice = isolation.read("a.xlsx", xlsx(ROWS), **BOUNDS, seconds=1)
    assert (notice.verdict, notice.warnings[0].id) == (Verdict.REFUSED, "intake.took_too_long")
    assert time.monotonic() - begun < 20
    assert not [
        child for child in psutil.Process().children() if "minewarden.intake.worker" in " ".join(child.cmdline())
    ]


def test_the_caller_keeps_its_own_bounds() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    isolation.read("a.xlsx", xlsx(ROWS), **BOUNDS)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_pictures_and_scans_are_drawn_there_too() -> None:
    for data in (png(), scan()):
        assert isolation.picture("a", data).startswith(b"\x89PNG")
    with pytest.raises(InputError):
        isolation.picture("a", scan(), 2)
