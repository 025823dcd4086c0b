"""Pasted text: blocks of keys, lists and letters."""

from minewarden.intake.formats.text import keyed, prose
from minewarden.intake.moments import Reckoning
from minewarden.intake.rows import Taken
from minewarden.vocab.noticeline import NoticeLine
from minewarden.vocab.words import DISPLAY_ZONE
from tests.intake.made import RECEIVED, utc


def lines_of(text: str) -> list[NoticeLine]:
    taken = Taken()
    prose(text.splitlines(), Reckoning(DISPLAY_ZONE, RECEIVED), taken)
    return taken.lines


def test_blocks_of_keys_are_rows() -> None:
    text = (
        "【通报】\n1. 失陷IP：203.0.113.5\n矿池域名：pool.example.net\n时间：3月12日21时14分\n\n"
        "2. 失陷IP：203.0.113.6\n矿池域名：x.example"
    )
    grid = keyed(text.splitlines())
    assert grid is not None
    assert grid.rows == [
        ["失陷IP", "矿池域名", "时间"],
        ["203.0.113.5", "pool.example.net", "3月12日21时14分"],
        ["203.0.113.6", "x.example", ""],
    ]


def test_a_letter_has_no_blocks() -> None:
    assert keyed(["各有关单位：", "现将情况通报如下：", "联系人：某某"]) is None


def test_what_stands_before_and_behind_the_arrow() -> None:
    (line,) = lines_of("203.0.113.5:40213 -> 198.51.100.7:3333 2026-03-12 21:14:37")
    assert [(one.ip, one.port) for one in line.addresses] == [("203.0.113.5", 40213)]
    assert (line.destination, line.destination_port) == ("198.51.100.7", 3333)
    assert line.first is not None
    assert line.first.at == utc("2026-03-12 21:14:37")


def test_a_list_takes_the_time_of_the_sentence_above_it_and_says_so() -> None:
    first, second = lines_of("2026年3月12日21时14分，以下地址存在挖矿行为：\n203.0.113.5\n203.0.113.6")
    assert (first.row, second.row) == (2, 3)
    assert second.first is not None
    assert second.first.at == utc("2026-03-12 21:14")
    assert [doubt.id for doubt in second.doubts] == ["intake.time_from_above"]


def test_a_pool_alone_is_a_line_without_address() -> None:
    (line,) = lines_of("解析矿池域名 pool[.]example[.]net")
    assert (line.addresses, line.domain) == ((), "pool.example.net")
