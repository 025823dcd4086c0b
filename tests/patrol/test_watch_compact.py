"""Small files become few, half-done pieces vanish, and nobody sees a row twice or misses one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.patrol import watch_compact, watch_piece
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest
from tests.patrol.watching import HEADER, Stand

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process is gone; nothing may catch this."""


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Stand(tmp_path, detects=False, silent=timedelta(days=999)) as made:
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
    stand.round(10 * MINUTE)
    assert parts(stand) == 2 + 40 % watch_compact.FAN_IN
    assert len(stand.names()) == len(set(stand.names())) == 120
    assert stand.rows() == list(range(7, 127))


def test_a_reader_that_has_begun_keeps_its_files(stand: Stand) -> None:
    for _ in range(watch_compact.FAN_IN):
        stand.append("dns.log", stand.lines(3))
        stand.round(timedelta(seconds=1), whole=False)
    with stand.lake.connect() as connection:
        stand.round(10 * MINUTE)
        assert parts(stand) == 1
        assert connection.execute("SELECT count(*) FROM dns").fetchone() == (48,)
    before = len(files(stand))
    stand.round(40 * MINUTE, whole=False)
    assert (before, len(files(stand))) == (watch_compact.FAN_IN + 1, 1)
    assert len(stand.names()) == 48


def test_what_is_left_of_a_day_that_has_ended_becomes_one_file_and_late_rows_join_it(stand: Stand) -> None:
    for _ in range(5):
        stand.append("dns.log", stand.lines(2))
        stand.round(whole=False)
    stand.round(timedelta(hours=60))
    assert parts(stand) == 1
    first = stand.now - timedelta(hours=60)
    late = stand.line("late.example").replace(f"{stand.now.timestamp():.6f}", f"{first.timestamp():.6f}")
    stand.append("late.log", HEADER + late)
    stand.round(whole=False)
    assert parts(stand) == 2
    stand.round(timedelta(hours=60))
    assert parts(stand) == 1
    assert len(stand.names()) == 11


def test_a_row_is_rewritten_a_bounded_piece_at_a_time(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_compact, "MOST_ROWS", 20)
    for _ in range(watch_compact.FAN_IN):
        stand.append("dns.log", stand.lines(3))
        stand.round(timedelta(seconds=1), whole=False)
    stand.round(10 * MINUTE)
    assert stand.watch is not None
    assert max(part.rows for part in stand.watch._manifest.parts("dns")) <= 20
    assert len(set(stand.names())) == len(stand.names()) == 48


def test_a_damaged_file_does_not_keep_the_others_from_being_put_together(stand: Stand) -> None:
    stand.append("dns.log", stand.lines(1))
    stand.round(timedelta(seconds=1), whole=False)
    (damaged,) = (stand.lake.directory / "dns").iterdir()
    for _ in range(2 * watch_compact.FAN_IN):
        stand.append("dns.log", stand.lines(1))
        stand.round(timedelta(seconds=1), whole=False)
    damaged.write_bytes(b"PAR1 no more")
    for _ in range(3):
        stand.round(10 * MINUTE)
    assert parts(stand) == 1 + watch_compact.FAN_IN + 1
    assert "watch.failed" in stand.said()


@pytest.mark.parametrize(
    ("files_before", "nth"), [*((1, nth) for nth in range(1, 6)), *((16, nth) for nth in range(3, 9))]
)
def test_killed_at_any_step_of_keeping_or_putting_together_nothing_is_lost_or_doubled(
    stand: Stand, files_before: int, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps are counted: each naming of a file, before and after, and each beginning of a transaction."""
    for _ in range(files_before):
        stand.append("dns.log", stand.lines(1))
        stand.round(timedelta(seconds=1), whole=False)
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
        stand.round(10 * MINUTE)
    except Killed:
        pass
    else:
        pytest.fail("there were fewer steps than that")
    monkeypatch.undo()
    stand.again()
    stand.round()
    assert stand.rows() == list(range(7, 7 + files_before + 3))
    assert [name for name in files(stand) if name.startswith(".")] == []
    if files_before == 1:
        assert len(files(stand)) == parts(stand)


def test_a_plain_lake_beside_the_book_is_still_seen(tmp_path: Path) -> None:
    assert Lake(tmp_path / "lake").tables() == frozenset()
    with Stand(tmp_path) as stand:
        stand.append("dns.log", HEADER + stand.lines(2))
        stand.round(whole=False)
        assert stand.lake.next_origin() == 2
        assert stand.lake.tables() == {"dns"}
