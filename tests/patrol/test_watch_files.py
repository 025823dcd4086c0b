"""Logs that grow, turn, come late or come twice: each row is read once, and known by its number in its file."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.patrol import watch_piece
from minewarden.patrol.watch_files import Due
from tests.patrol.watching import HEADER, Stand

LONG = timedelta(minutes=20)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Stand(tmp_path, detects=False) as made:
        yield made


def test_a_growing_log_is_read_on_from_where_it_was(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.lines(3))
    assert stand.round().rows == 3
    assert stand.round().rows == 0
    stand.append("dns.log", stand.lines(2))
    assert stand.round().rows == 2
    assert stand.rows() == [7, 8, 9, 10, 11]


def test_half_a_line_waits_for_its_other_half(stand: Stand) -> None:
    line = stand.line("whole.example")
    stand.append("dns.log", HEADER + line[:30])
    assert stand.round().rows == 0
    stand.append("dns.log", line[30:])
    stand.round()
    assert stand.names() == ["whole.example"]


def test_a_last_line_without_its_newline_is_read_when_nobody_writes_any_more(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.line("a.example") + stand.line("b.example").rstrip("\n"))
    stand.round()
    assert stand.names() == ["a.example"]
    stand.round(LONG)
    assert stand.names() == ["a.example", "b.example"]
    assert stand.round(LONG).rows == 0


def test_a_restart_goes_on_and_needs_no_header_again(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.lines(2))
    stand.round()
    stand.append("dns.log", stand.lines(2))
    stand.again()
    assert stand.round().rows == 2
    assert stand.rows() == [7, 8, 9, 10]


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_beginning(stand: Stand) -> None:
    path = stand.append("dns.log", HEADER + stand.lines(2))
    stand.round()
    stand.append("dns.log", stand.lines(3))
    path.rename(stand.logs / "dns.01.log")
    stand.append("dns.log", HEADER + stand.lines(1))
    assert stand.round().rows == 4
    assert len(set(stand.names())) == 6
    assert sorted(record.name for record in stand.lake.sources()) == [
        str(stand.logs / "dns.01.log"),
        str(stand.logs / "dns.log"),
    ]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_packed_log_is_known_by_its_content_and_only_the_rest_of_it_is_read(stand: Stand, restarted: bool) -> None:
    path = stand.append("dns.log", HEADER + stand.lines(200))
    stand.round()
    packed = stand.logs / "dns.01.log.gz"
    packed.write_bytes(gzip.compress((path.read_text() + stand.lines(4) + "#close\t2026-11-24\n").encode()))
    stand.age(packed)
    path.unlink()
    if restarted:
        stand.again()
    assert stand.round(timedelta(seconds=1)).rows == 0, "it may still be written"
    assert stand.round(timedelta(minutes=1)).rows == 4
    assert stand.round(timedelta(minutes=1)).rows == 0
    assert stand.rows() == list(range(7, 211))


def test_copied_and_truncated_nothing_is_lost_between_the_copy_and_the_last_look(stand: Stand) -> None:
    path = stand.append("dns.log", HEADER + stand.lines(100))
    stand.round()
    stand.append("dns.log", stand.lines(5))
    shutil.copyfile(path, stand.age(stand.append("dns.log.1", "x")))
    os.truncate(path, 0)
    stand.append("dns.log", HEADER + stand.lines(2))
    assert stand.round().rows == 7
    assert len(set(stand.names())) == len(stand.names()) == 107


def test_a_copy_beside_its_original_is_not_read(stand: Stand) -> None:
    path = stand.append("dns.log", HEADER + stand.lines(50))
    stand.round()
    shutil.copyfile(path, stand.logs / "copy.log")
    stand.append("copy.log", "")
    assert stand.round(LONG).rows == 0
    assert [record.name for record in stand.lake.sources()] == [str(path)], "the source is still the original"
    stand.append("dns.log", stand.lines(1))
    assert stand.round(LONG).rows == 1


def test_a_late_file_is_read_whenever_it_comes(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.lines(2))
    stand.round()
    late = stand.logs / "dns.00.log.gz"
    late.write_bytes(gzip.compress((HEADER + stand.line("late.example")).encode()))
    stand.age(late, timedelta(hours=5))
    assert stand.round().rows == 1
    assert "late.example" in stand.names()


def test_a_header_that_changes_in_mid_file_holds_for_later_pieces(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.line("a.example"))
    stand.round()
    turned = HEADER.replace("\tuid\t", "\t").replace("rcode_name\tanswers", "uid\trcode_name\tanswers")
    fields = stand.line("b.example").rstrip("\n").split("\t")
    moved = [fields[0], *fields[2:9], fields[1], *fields[9:]]
    stand.append("dns.log", turned)
    stand.round()
    stand.append("dns.log", "\t".join(moved) + "\n")
    stand.round()
    assert stand.names() == ["a.example", "b.example"]
    assert stand.said() == []


def test_refused_lines_are_named_by_their_number_in_the_file(stand: Stand) -> None:
    stand.append("dns.log", HEADER + stand.lines(2))
    stand.round()
    stand.append("dns.log", stand.line() + "torn\tline\n")
    assert stand.round().rejects == 1
    assert [error.line for error in stand.told.problems] == [10]


def test_a_new_version_of_a_ledger_takes_the_place_of_the_old(stand: Stand) -> None:
    def assets() -> list[str]:
        with stand.lake.connect() as connection:
            return sorted(row[0] for row in connection.execute("SELECT asset FROM asset").fetchall())

    path = stand.append("assets.csv", "资产编号,IP,MAC\nA1,10.0.0.1,02:00:00:00:00:01\n")
    assert stand.round().rows == 0, "it may still be written"
    stand.round(timedelta(minutes=1))
    assert assets() == ["A1"]
    path.write_text("资产编号,IP,MAC\nA2,10.0.0.2,02:00:00:00:00:02\nA3,10.0.0.3,02:00:00:00:00:03\n")
    stand.age(path)
    stand.round(timedelta(minutes=1))
    assert assets() == ["A2", "A3"]
    stand.again()
    assert stand.round(timedelta(minutes=1)).rows == 0


def test_a_log_of_syslog_messages_is_read_without_their_headers(stand: Stand) -> None:
    head = "<134>1 2026-11-24T09:00:00.000000+08:00 gw named 12 - - "
    text = "client @0x1 10.0.0.7#5000 ({0}): query: {0} IN A + (10.0.0.250)\n"
    stand.append("messages", head + text.format("a.example"))
    stand.append("messages", head + text.format("b.example"))
    stand.round()
    stand.append("messages", head + text.format("c.example"))
    stand.again()
    stand.round()
    assert stand.names() == ["a.example", "b.example", "c.example"]
    assert stand.rows() == [1, 2, 3]
    assert stand.said() == []


def test_the_hash_of_what_was_read_is_kept_with_it_also_over_a_restart(stand: Stand) -> None:
    path = stand.append("dns.log", HEADER + stand.lines(3))
    for restarted in (False, False, True):
        if restarted:
            stand.again()
        stand.append("dns.log", stand.lines(2) + "half a li")
        stand.round()
        (record,) = stand.lake.sources()
        read = path.read_bytes()[: record.bytes]
        assert read.endswith(b"\n")
        assert record.sha256 == hashlib.sha256(read).hexdigest()
        stand.append("dns.log", "ne\n")


def test_what_has_piled_up_in_one_file_does_not_keep_the_others_waiting(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_piece, "PIECE_BYTES", 500)
    stand.append("big.log", HEADER + stand.lines(300))
    stand.append("small.log", HEADER + stand.line("small.example"))
    done = stand.round(whole=False)
    assert done.unfinished
    assert "small.example" in stand.names()
    assert len(stand.names()) < 100
    while done.unfinished:
        done = stand.round(whole=False)
    assert len(set(stand.names())) == len(stand.names()) == 301


def test_what_was_written_lately_is_read_in_its_order_and_before_an_archive(stand: Stand) -> None:
    for name, minutes in (("old", 900), ("older", 1900), ("first", 5), ("second", 4), ("third", 3)):
        stand.age(stand.append(f"{name}.log", HEADER + stand.line(f"{name}.example")), timedelta(minutes=minutes))
    assert stand.watch is not None
    now_ns = int(stand.now.timestamp() * 1e9)
    order = [
        Path(due.seen.name).stem for due in stand.watch._follower.look([stand.logs], now_ns) if isinstance(due, Due)
    ]
    assert order == ["first", "second", "third", "old", "older"]


def test_many_small_strangers_are_told_apart_and_copies_of_them_known(stand: Stand) -> None:
    for number in range(60):
        stand.append(f"{number}.log", HEADER + stand.line(f"a{number}.example"))
        if number % 3 == 0:
            shutil.copyfile(stand.logs / f"{number}.log", stand.logs / f"{number}.copy")
            stand.append(f"{number}.copy", "")
    for _ in range(3):
        stand.round(timedelta(minutes=1))
    assert stand.names() == sorted(f"a{number}.example" for number in range(60))


def test_what_is_no_log_is_said_once_and_the_lake_does_not_read_itself(stand: Stand) -> None:
    stand.append("notes.txt", "buy milk\n")
    for _ in range(3):
        stand.round(timedelta(minutes=1))
    assert stand.said() == ["watch.unknown"]


def test_a_missing_zone_is_said_once_and_nothing_is_lost_for_the_day_it_is_declared(stand: Stand) -> None:
    head = "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n"
    flow = "2026-11-24 09:00:00,2026-11-24 09:00:01,1,10.0.0.1,192.0.2.1,1,2,TCP,......S.,1,40\n"
    stand.append("flows.csv", head + flow)
    for _ in range(2):
        assert stand.round().rows == 0
    assert stand.said() == ["input.zone_needed"]
