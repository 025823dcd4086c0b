"""What came stands in files as it came, whatever happens to the disk, and each finished file has its hash."""

import errno
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.patrol import watch_spool
from minewarden.patrol.watch_spool import SHARED, SUMS, Spool, clear, files_of

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def content(folder: Path, source: str) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / source).iterdir()))


def checked(folder: Path) -> list[str]:
    """What sha256sum says, for everything that is there."""
    done = subprocess.run(
        ["sha256sum", "-c", "--ignore-missing", SUMS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return sorted(line.removesuffix(": OK") for line in done.stdout.splitlines())


def test_files_are_of_one_source_and_day_and_sha256sum_finds_them_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.append("syslog/192.0.2.1/named", b"a\nb\n", "log", NOW) == 4
    spool.append("eve/eve", b"{}\n", "json", NOW)
    spool.append("syslog/192.0.2.1/named", b"c\n", "log", NOW)
    spool.append("syslog/192.0.2.1/named", b"d\n", "log", NOW + DAY)
    spool.settle()
    assert checked(tmp_path) == ["syslog/192.0.2.1/named/20261124-0001.log"]
    spool.close()
    assert checked(tmp_path) == sorted(str(path.relative_to(tmp_path)) for path in files_of(tmp_path))
    assert content(tmp_path, "syslog/192.0.2.1/named") == b"a\nb\nc\nd\n"
    assert content(tmp_path, "eve/eve") == b"{}\n"


def test_a_file_that_has_grown_enough_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_spool, "MOST_BYTES", 10)
    spool = Spool(tmp_path)
    for number in range(6):
        spool.append("eve/eve", b"line%d\n" % number, "json", NOW)
    spool.close()
    assert len(list(files_of(tmp_path))) == 3
    assert content(tmp_path, "eve/eve") == b"".join(b"line%d\n" % number for number in range(6))
    assert len(checked(tmp_path)) == 3


def test_what_a_killed_process_left_is_summed_up_and_not_written_on(tmp_path: Path) -> None:
    Spool(tmp_path).append("eve/eve", b"first\nto", "json", NOW)
    spool = Spool(tmp_path)
    spool.append("eve/eve", b"second\n", "json", NOW)
    assert checked(tmp_path) == ["eve/eve/20261124-0001.json"]
    spool.close()
    assert [path.read_bytes() for path in sorted(files_of(tmp_path))] == [b"first\nto", b"second\n"]


def test_more_sources_than_may_be_open_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_spool, "MOST_OPEN", 3)
    spool = Spool(tmp_path)
    for number in range(40):
        spool.append(f"syslog/192.0.2.{number % 8}/x", b"%d\n" % number, "log", NOW)
        assert len(spool._open) <= 3
    spool.close()
    assert len(list(files_of(tmp_path))) == 8, "they go on in the same file"
    assert sorted(b"".join(path.read_bytes() for path in files_of(tmp_path)).split()) == sorted(
        str(number).encode() for number in range(40)
    )
    assert len(checked(tmp_path)) == 8


def test_strangers_without_end_share_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_spool, "MOST_SOURCES", 4)
    spool = Spool(tmp_path)
    for number in range(50):
        assert spool.append(f"syslog/192.0.2.{number}/x", b"x\n", "log", NOW) == 2
    spool.append("syslog/192.0.2.1/x", b"y\n", "log", NOW)
    spool.close()
    assert len(list(files_of(tmp_path))) == 5
    assert content(tmp_path, SHARED).count(b"\n") == 46
    assert content(tmp_path, "syslog/192.0.2.1/x") == b"x\ny\n"


class Disk:
    """Takes so many bytes more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1 << 30
        self._write = os.write
        monkeypatch.setattr(watch_spool.os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, memoryview(data)[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", range(14))
def test_a_disk_that_is_full_tears_no_line_and_nothing_is_written_twice(
    tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    spool = Spool(tmp_path)
    lines = b"one\ntwo\nthree\n"
    disk.room = room
    taken = spool.append("eve/eve", lines, "json", NOW)
    assert lines[:taken].endswith(b"\n") or not taken
    assert spool.append("eve/eve", lines[taken:], "json", NOW) == 0, "there still is no room"
    disk.room = 1 << 30
    assert spool.append("eve/eve", lines[taken:], "json", NOW + DAY) == len(lines) - taken
    spool.close()
    assert content(tmp_path, "eve/eve") == lines
    assert len(checked(tmp_path)) == len(list(files_of(tmp_path)))


def test_a_really_full_disk(tmp_path: Path) -> None:
    """A file system of its own where that is allowed; the exact accounting is tried above."""
    if os.geteuid() != 0:
        pytest.skip("missing component: root (to mount a small file system)")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=False, timeout=10)
    if mounted.returncode:
        pytest.skip("missing component: the right to mount a file system")
    try:
        spool = Spool(small)
        (small / "ballast").write_bytes(b"x" * 100_000)
        line = b"x" * 999 + b"\n"
        given = [spool.append("eve/eve", line, "json", NOW) for _ in range(400)]
        assert 0 in given
        (small / "ballast").unlink()
        assert spool.append("eve/eve", line, "json", NOW) == 1000
        spool.close()
        assert content(small, "eve/eve") == line * (given.count(1000) + 1)
        assert checked(small) == ["eve/eve/20261124-0001.json"]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True, timeout=10)


def test_a_file_that_somebody_has_removed_is_not_written_on(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append("eve/eve", b"a\n", "json", NOW)
    (tmp_path / "eve/eve/20261124-0001.json").unlink()
    spool.settle()
    spool.append("eve/eve", b"b\n", "json", NOW)
    spool.close()
    assert content(tmp_path, "eve/eve") == b"b\n"


def test_old_files_go_when_they_are_finished_and_their_hashes_stay(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for day in range(4):
        spool.append("eve/eve", b"%d\n" % day, "json", NOW + day * DAY)
    (tmp_path / "eve" / "eve" / "notes.txt").write_text("a person's own")
    assert clear(tmp_path, NOW + 2 * DAY) == 2
    assert clear(tmp_path, NOW + 9 * DAY) == 1, "the last is still being written"
    spool.close()
    assert [path.name for path in files_of(tmp_path)] == ["20261127-0001.json"]
    assert (tmp_path / "eve" / "eve" / "notes.txt").exists()
    assert len((tmp_path / SUMS).read_text().splitlines()) == 4
