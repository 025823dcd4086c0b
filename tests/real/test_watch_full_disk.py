"""A watch whose lake's disk really is full waits, says so, and goes on when there is room: no row is lost."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.telemetry.lake import Lake
from tests.patrol.watching import HEADER, POOL, Stand
from tests.real.needs import missing, need_root

pytestmark = pytest.mark.real


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    need_root()
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, timeout=10, capture_output=True).returncode:
        missing("the right to mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True, timeout=10)


def filled(place: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return ballast


def test_what_did_not_fit_is_read_when_there_is_room(tmp_path: Path, small: Path) -> None:
    stand = Stand(tmp_path, silent=timedelta(days=9))
    stand.lake = Lake(small / "lake")
    with stand:
        stand.append("dns.log", HEADER + stand.lines(200))
        stand.round(whole=False)
        ballast = filled(small)
        stand.append("dns.log", stand.line(POOL) + stand.lines(3000))
        for _ in range(3):
            stand.round(timedelta(minutes=2), whole=False)
        assert len(stand.names()) == 200
        assert {"watch.failed", "ingest.system"} & set(stand.said())
        assert len(stand.told.problems) <= 3, "it is said once and not in every round"
        stand.again()
        ballast.unlink()
        for _ in range(2):
            stand.round(timedelta(minutes=2))
        assert len(stand.names()) == 3201
        assert stand.rows() == list(range(7, 7 + 3201))
        assert [line["server_name"] for line in stand.stated()] == [POOL]


def test_when_there_is_room_again_that_is_said(tmp_path: Path, small: Path) -> None:
    stand = Stand(tmp_path, detects=False, silent=timedelta(days=9))
    stand.lake = Lake(small / "lake")
    with stand:
        stand.append("dns.log", HEADER + stand.lines(10))
        stand.round(whole=False)
        for _ in range(2):
            ballast = filled(small)
            stand.append("dns.log", stand.lines(3000))
            stand.round(whole=False)
            ballast.unlink()
            stand.round(whole=False)
        assert stand.said().count("watch.recovered") == 2, "and the second time it is said again what went wrong"
        assert len(set(stand.names())) == len(stand.names()) == 6010
