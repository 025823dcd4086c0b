"""The pools of a notice, and never the people."""

import pytest

from minewarden.intel.feeds.entry import Entry, Reject
from minewarden.intel.feeds.notice import notice
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.noticeline import (
    Notice,
    NoticeLine,
    NoticeReject,
    NoticeTime,
    Precision,
    Reported,
    Verdict,
    ZoneBasis,
)
from tests.intel.lists import NOW, source


def test_destinations_are_taken_and_addressees_are_not() -> None:
    seen = NoticeTime(NOW, ZoneBasis.ASSUMED, Precision.SECOND, "2026-11-25 10:00:00")
    lines = (
        NoticeLine(0, 3, (Reported("198.51.100.7"),), domain="xmr.example.net", destination="203.0.113.9",
                   destination_port=3333, coin="XMR", first=seen),
        NoticeLine(0, 4, (Reported("198.51.100.8"),), destination="203.0.113.10"),
        NoticeLine(0, 5, (Reported("198.51.100.9"),)),
    )  # fmt: skip
    read = Notice(name="通报.xlsx", size=1, form="xlsx", sha256="0" * 64, verdict=Verdict.CLEAN, lines=lines)
    found = [item for item in notice(read, source("notice")) if isinstance(item, Entry)]
    assert [f"{one.type.value} {one.value}" for one in found] == [
        "host xmr.example.net",
        "ip-port 203.0.113.9:3333",
        "ip 203.0.113.10",
    ]
    assert (found[0].ports, found[0].coins, found[0].seen, found[0].said) == ((3333,), ("XMR",), NOW, "通报.xlsx")


def test_a_row_that_could_not_be_used_is_told() -> None:
    row = NoticeReject(0, 7, message("feed.no_text"), ("1", "", "某池"))
    read = Notice(name="a.xlsx", size=1, form="xlsx", sha256="0" * 64, verdict=Verdict.CLEAN, rejects=(row,))
    assert list(notice(read, source("notice"))) == [Reject(7, "1 某池", row.reason)]


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.BY_HAND, Verdict.CLEAN])
def test_why_a_file_was_not_read_is_told(verdict: Verdict) -> None:
    why = message("feed.no_text")
    read = Notice(name="a.xlsx", size=1, form="xlsx", sha256="0" * 64, verdict=verdict, warnings=(why,))
    with pytest.raises(InputError) as told:
        list(notice(read, source("notice")))
    assert told.value.message == why
