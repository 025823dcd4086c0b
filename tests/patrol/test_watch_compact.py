"""Small files become few, old rows go, half-done pieces vanish, and nobody sees a row twice or misses one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.patrol import watch_compact, watch_piece
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest
from minewarden.vocab.errors import UsageError
from tests.patrol.watching import HEADER, Stand

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process is gone; nothing may catch this."""


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Stand(tmp_path, silent=timedelta(days=999)) as made:
        made.append("dns.log", HEADER)
        yield made


def files(stand: Stand) -> list[str]:
    return sorted(path.name for path in (stand.lake.directory / "dns").iterdir())


def parts(stand: Stand) -> int:
    assert stand.watch is not None
    return len(stand.watch._manifest.parts("dns"))


def test_small_files_are_put_together_and_every_row_stays(stand: Stand) -> None:
    for _ in range(40):
        stand.append("dns.log", stand.lines(3))
        stand.round(timedelta(seconds=20), whole=False)
    stand.round(10 * MINUTE, whole=False)
    assert parts(stand) == 2 + 40 % watch_compact.FAN_IN
    assert len(stand.names()) == len(set(stand.names())) == 120
    assert stand.rows() == list(range(7, 127))


def test_a_reader_that_has_begun_keeps_its_files(stand: Stand) -> None:
    for _ in range(watch_compact.FAN_IN):
        stand.append("dns.log", stand.lines(3))
        stand.round(timedelta(seconds=1), whole=False)
    with stand.lake.connect() as connection:
        stand.round(10 * MINUTE, whole=False)
        assert parts(stand) == 1
        assert connection.execute("SELECT count(*) FROM dns").fetchone() == (48,)
    before = len(files(stand))
    stand.round(40 * MINUTE, whole=False)
    assert (before, len(files(stand))) == (watch_compact.FAN_IN + 1, 1)
    assert len(stand.names()) == 48


def test_rows_older_than_the_setting_go_and_that_is_said(stand: Stand) -> None:
    stand.append("dns.log", stand.lines(3))
    stand.round(whole=False)
    stand.round(timedelta(days=100), whole=False)
    stand.append("dns.log", stand.line("young.example"))
    stand.round(MINUTE, whole=False)
    stand.round(timedelta(days=100), whole=False)
    assert stand.names() == ["young.example"]
    assert stand.said() == ["watch.retired"]


def test_two_watches_cannot_hold_one_lake(stand: Stand) -> None:
    held = stand.watch
    stand.watch = None
    with pytest.raises(UsageError, match="another watch"):
        stand.again()
    stand.watch = held


@pytest.mark.parametrize("nth", range(1, 9))
def test_killed_at_any_step_of_keeping_a_piece_nothing_is_lost_or_doubled(
    stand: Stand, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps are counted: each naming of a file, before and after, and each beginning of a transaction."""
    stand.append("dns.log", stand.lines(2))
    stand.round(whole=False)
    stand.append("dns.log", stand.lines(3))
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == nth:
            raise Killed

    named, begun = watch_piece.settle_on_disk, Manifest.transaction

    def naming(path: Path, final: Path) -> None:
        step()
        named(path, final)
        step()

    def beginning(manifest: Manifest) -> object:
        step()
        return begun(manifest)

    monkeypatch.setattr(watch_piece, "settle_on_disk", naming)
    monkeypatch.setattr(watch_compact, "settle_on_disk", naming)
    monkeypatch.setattr(Manifest, "transaction", beginning)
    try:
        stand.round(10 * MINUTE, whole=False)
    except Killed:
        pass
    else:
        pytest.fail("there were fewer steps than that")
    monkeypatch.undo()
    stand.again()
    stand.round(whole=False)
    assert stand.rows() == [7, 8, 9, 10, 11]
    assert [name for name in files(stand) if name.startswith(".")] == []
    assert len(files(stand)) == parts(stand)


def test_a_plain_lake_beside_the_book_is_still_seen(tmp_path: Path) -> None:
    assert Lake(tmp_path / "lake").tables() == frozenset()
    with Stand(tmp_path) as stand:
        stand.append("dns.log", HEADER + stand.lines(2))
        stand.round(whole=False)
        assert stand.lake.next_origin() == 2
        assert stand.lake.tables() == {"dns"}
