"""The head of a table, whatever its shape, and what becomes of each row below it."""

from typing import Any

import pytest

from minewarden.intake.grid import Grid, Span
from minewarden.intake.moments import Reckoning
from minewarden.intake.rows import Taken, take_grid
from minewarden.vocab.noticeline import Reported
from minewarden.vocab.words import DISPLAY_ZONE
from tests.intake.made import HEAD, RECEIVED, utc


def taken(rows: list[list[Any]], spans: list[Span] | None = None) -> Taken:
    found = Taken()
    take_grid(Grid("清单", [list(row) for row in rows], spans=spans or []), Reckoning(DISPLAY_ZONE, RECEIVED), found)
    return found


LINE = ["1", "203.0.113.5", "3333", "pool.example.net", "2026-03-12 21:14", "一中"]


@pytest.mark.parametrize(
    ("above", "spans", "roles"),
    [
        ([list(HEAD)], [], ("row", "address", "destination_port", "domain", "first", "unit")),
        (
            [["涉挖矿IP清单"], ["发文日期：2026年3月13日"], list(HEAD)],
            [(0, 0, 0, 5)],
            ("row", "address", "destination_port", "domain", "first", "unit"),
        ),
        (
            [["序号", "源", "目的", "", "发现时间", "单位"], ["", "IP", "端口", "域名", "", ""]],
            [(0, 0, 1, 0), (0, 2, 0, 3), (0, 4, 1, 4), (0, 5, 1, 5)],
            ("row", "address", "destination_port", "domain", "first", "unit"),
        ),
        # The same out of a file that knows no merged cells.
        (
            [["序号", "源", "目的", "", "发现时间", "单位"], ["", "IP", "端口", "域名", "", ""]],
            [],
            ("row", "address", "destination_port", "domain", "first", "unit"),
        ),
        (
            [["基本信息", "主机信息", "矿池信息", "", "其他", ""], ["序号", "IP", "端口", "域名", "时间", "归属单位"]],
            [],
            ("row", "address", "destination_port", "domain", "first", "unit"),
        ),
    ],
    ids=["one line", "titles above", "two lines, merged", "two lines, not merged", "groups above"],
)
def test_heads(above: list[list[Any]], spans: list[Span], roles: tuple[str, ...]) -> None:
    found = taken([*above, LINE], spans)
    assert found.tables[0].roles == roles
    (line,) = found.lines
    assert line.row == len(above) + 1
    assert line.addresses == (Reported("203.0.113.5"),)
    assert (line.domain, line.destination_port, line.unit) == ("pool.example.net", 3333, "一中")
    assert line.first is not None
    assert line.first.at == utc("2026-03-12 21:14")
    assert line.cells == tuple(LINE)


def test_a_bare_port_belongs_to_the_column_before_it() -> None:
    assert taken(
        [["IP", "端口", "目的IP", "端口", "时间"], ["203.0.113.5", "40213", "198.51.100.7", "3333", ""]]
    ).tables[0].roles == (*("address", "port", "destination", "destination_port", "first"),)


def test_names_and_addresses_find_their_field_whichever_column_they_stand_in() -> None:
    head = ["IP", "矿池地址", "域名"]
    rows = [["203.0.113.5", "pool.example.net:3333", ""], ["203.0.113.6", "198.51.100.7:3333", "198.51.100.8"]]
    first, second = taken([head, *rows]).lines
    assert (first.domain, first.destination, first.destination_port) == ("pool.example.net", "", 3333)
    assert (second.domain, second.destination) == ("", "198.51.100.7")


def test_a_list_without_head_is_read_by_its_content_and_says_so() -> None:
    found = taken(
        [["203.0.113.5", "198.51.100.7", "2026-03-12 21:14"], ["203.0.113.6", "198.51.100.7", "2026-03-12 21:15"]]
    )
    assert found.tables[0].roles == ("address", "destination", "first")
    assert [line.row for line in found.lines] == [1, 2]
    assert [warning.id for warning in found.warnings] == ["intake.no_head"]


def test_a_column_of_addresses_below_a_title_is_a_notice() -> None:
    assert [line.addresses[0].ip for line in taken([["涉挖矿IP"], ["203.0.113.5"], ["203.0.113.6"]]).lines] == [
        "203.0.113.5",
        "203.0.113.6",
    ]


def test_rows_that_cannot_be_used_are_kept_with_their_reason_and_remarks_are_not_rows() -> None:
    rows = [
        list(HEAD),
        LINE,
        ["2", "", "", "", "2026-03-12", "二中"],
        ["3", "203.0.113.300", "", "", "", "三中"],
        [],
        list(HEAD),
        ["注：请于24小时内反馈", "", "", "", "", ""],
    ]
    found = taken(rows)
    assert [(reject.row, reject.reason.id) for reject in found.rejects] == [
        (3, "intake.no_address"),
        (4, "intake.not_an_address"),
    ]
    assert found.preface == ["注：请于24小时内反馈"]
    assert len(found.lines) == 1


def test_a_row_with_a_name_only_is_a_line() -> None:
    (line,) = taken([list(HEAD), ["37", "", "3333", "POOL.example.net.", "", ""]]).lines
    assert (line.addresses, line.domain) == ((), "pool.example.net")


@pytest.mark.parametrize(
    ("first", "last", "doubts"),
    [
        ("2026-03-12", "", ["intake.day_only"]),
        ("早些时候", "", ["intake.not_a_time"]),
        ("2027-03-12 10:00", "", ["intake.time_ahead"]),
        ("2026-03-12 10:00", "2026-03-11 10:00", ["intake.span_backwards"]),
    ],
)
def test_doubtful_times_are_named(first: str, last: str, doubts: list[str]) -> None:
    (line,) = taken([["IP", "首次时间", "末次时间"], ["203.0.113.5", first, last]]).lines
    assert [doubt.id for doubt in line.doubts][: len(doubts)] == doubts


def test_a_merged_unit_stands_in_each_of_its_rows() -> None:
    rows = [["IP", "单位", "时间"], ["203.0.113.5", "一中", ""], ["203.0.113.6", "", ""]]
    assert [line.unit for line in taken(rows, [(1, 1, 2, 1)]).lines] == ["一中", "一中"]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@cmd|x", '=HYPERLINK("http://x")'])
def test_a_cell_that_would_run_a_command_stays_text_and_is_named(text: str) -> None:
    (line,) = taken([["IP", "备注"], ["203.0.113.5", text]]).lines
    assert line.cells[1] == text
    assert [doubt.id for doubt in line.doubts] == ["intake.formula_text"]


def test_the_limit_of_a_row_is_read() -> None:
    (line,) = taken([["IP", "反馈截止时间"], ["203.0.113.5", "2026-03-14 17:30"]]).lines
    assert line.deadline is not None
    assert line.deadline.at == utc("2026-03-14 17:30")


@pytest.mark.parametrize(
    ("cell", "addresses", "target"),
    [
        ("203.0.113.5:40213->198.51.100.7:3333", ["203.0.113.5:40213"], ("198.51.100.7", 3333, "")),
        ("２０３．０．１１３．５ → 198.51.100.7", ["203.0.113.5"], ("198.51.100.7", None, "")),
        ("203.0.113.5 ==> pool[.]example[.]net:4444", ["203.0.113.5"], ("", 4444, "pool.example.net")),
        ("203.0.113.5、203.0.113.6－＞198.51.100.7", ["203.0.113.5", "203.0.113.6"], ("198.51.100.7", None, "")),
        (
            "203.0.113.5→198.51.100.7:3333\n203.0.113.6→198.51.100.7:3333",
            ["203.0.113.5", "203.0.113.6"],
            ("198.51.100.7", 3333, ""),
        ),
        ("203.0.113.5-7", ["203.0.113.5", "203.0.113.6", "203.0.113.7"], ("", None, "")),
        # What cannot be parted stays whole: no address is lost.
        (
            "203.0.113.5->198.51.100.7 203.0.113.6->198.51.100.8",
            ["203.0.113.5", "198.51.100.7", "203.0.113.6", "198.51.100.8"],
            ("", None, ""),
        ),
        ("->203.0.113.5", ["203.0.113.5"], ("", None, "")),
    ],
)
def test_what_stands_behind_an_arrow_was_talked_to_and_is_not_accused(
    cell: str, addresses: list[str], target: tuple[str, int | None, str]
) -> None:
    (line,) = taken([["序号", "IP地址", "发现时间"], ["1", cell, "2026-03-12 21:14"]]).lines
    assert [f"{one.ip}:{one.port}" if one.port else one.ip for one in line.addresses] == addresses
    assert (line.destination, line.destination_port, line.domain) == target
    assert line.cells[1] == cell


def test_a_column_of_targets_goes_before_an_arrow() -> None:
    rows = [["IP地址", "目的IP", "目的端口"], ["203.0.113.5->198.51.100.7:1", "198.51.100.9", "3333"]]
    (line,) = taken(rows).lines
    assert ([one.ip for one in line.addresses], line.destination, line.destination_port) == (
        ["203.0.113.5"], "198.51.100.9", 3333,
    )  # fmt: skip
