"""A finding is stated when it comes to be and when it changes, under one id, and each line exactly once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.telemetry.manifest import Manifest
from tests.patrol.watching import HEADER, POOL, Stand

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Stand(tmp_path, restate=30 * MINUTE, silent=timedelta(days=9)) as made:
        made.append("dns.log", HEADER)
        yield made


def test_a_finding_is_stated_in_the_round_that_read_its_row(stand: Stand) -> None:
    stand.append("dns.log", stand.lines(3) + stand.line(POOL))
    done = stand.round(whole=False)
    assert [finding.server_name for finding in done.stated] == [POOL]
    (line,) = stand.stated()
    assert (line["schema"], line["host"], line["state"]) == ("minewarden/finding/1", "10.0.0.7", "suspected")
    assert line["sources"][0]["name"].endswith("dns.log")
    assert line["evidence"][0]["rows"][0]["row"] == 10


def test_it_is_not_stated_again_while_nothing_has_changed(stand: Stand) -> None:
    stand.append("dns.log", stand.line(POOL))
    for _ in range(5):
        stand.round(MINUTE)
    stand.again()
    stand.append("dns.log", stand.line(POOL))
    stand.round(MINUTE)
    assert len(stand.stated()) == 1


def test_it_is_stated_again_under_its_id_when_it_went_on_for_long_enough(stand: Stand) -> None:
    for _ in range(9):
        stand.append("dns.log", stand.line(POOL))
        stand.round(10 * MINUTE)
    stated = stand.stated()
    assert len({line["id"] for line in stated}) == 1
    assert len(stated) == 3, "after 30 and after 60 minutes"
    assert stated[-1]["last_seen"] > stated[0]["last_seen"]


def test_it_keeps_its_id_when_the_window_has_moved_past_its_first_sight(stand: Stand) -> None:
    for _ in range(5):
        stand.append("dns.log", stand.line(POOL))
        stand.round(timedelta(hours=10))
    stated = stand.stated()
    assert len(stated) == 5
    assert len({line["id"] for line in stated}) == 1
    assert len({line["first_seen"] for line in stated}) == 1


def test_after_a_long_silence_it_is_a_new_finding(stand: Stand) -> None:
    for _ in range(2):
        stand.append("dns.log", stand.line(POOL))
        stand.round(timedelta(hours=60))
    assert len({line["id"] for line in stand.stated()}) == 2


def test_another_host_is_another_finding(stand: Stand) -> None:
    stand.append("dns.log", stand.line(POOL) + stand.line(POOL, "10.0.0.8"))
    stand.round()
    assert sorted(line["host"] for line in stand.stated()) == ["10.0.0.7", "10.0.0.8"]


@pytest.mark.parametrize("written", [0, 1, 40, 10_000])
def test_killed_between_keeping_and_writing_the_line_is_written_whole_and_once(stand: Stand, written: int) -> None:
    stand.append("dns.log", stand.line(POOL))
    stand.round()
    text = stand.out.read_text(encoding="utf-8")
    assert stand.watch is not None
    stand.watch.close()
    stand.watch = None
    # As a kill leaves it: the line is kept, and so many of its bytes are in the file.
    manifest = Manifest.create(stand.lake.directory)
    with manifest.transaction() as connection:
        connection.execute("INSERT INTO outbox (line) VALUES (?)", (text,))
    manifest.close()
    stand.out.write_bytes(text.encode()[:written])
    stand.again()
    assert stand.out.read_text(encoding="utf-8") == text
