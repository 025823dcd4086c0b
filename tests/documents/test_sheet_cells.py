"""Cells are read as people write them, and what cannot be read says why."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.documents.sheet import Column, Kind
from minewarden.documents.sheet_cells import plain, safe, shown, text_of, value_of
from minewarden.vocab.message import Message
from minewarden.vocab.words import render
from tests.documents.devices_table import CHOICES, TABLE


def column(kind: Kind, **given: object) -> Column:
    return Column("x", TABLE.title, kind, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), (13800001234.0, "13800001234"), (0.5, "0.5"), (7, "7"), (True, "是"), (False, "否"),
        (datetime(2026, 11, 23), "2026-11-23"), (datetime(2026, 11, 23, 17, 30), "2026-11-23 17:30"),
        (date(2026, 11, 23), "2026-11-23"), (timedelta(hours=1), "1:00:00"), ("  市一中\u0000 ", "市一中"),
        ("'=1+1", "=1+1"), ("'70s", "'70s"),
    ],
)  # fmt: skip
def test_a_cell_is_the_text_that_a_reader_sees(cell: object, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.MAC, "００－1F-e2-12-91-E3", "00:1f:e2:12:91:e3"), (Kind.MAC, "001f.e212.91e3", "00:1f:e2:12:91:e3"),
        (Kind.IP, "１０．１２．８．９", "10.12.8.9"), (Kind.IP, "10[.]12[.]8[.]9", "10.12.8.9"),
        (Kind.IP, "2001:DB8::1", "2001:db8::1"),
        (Kind.PHONE, "138 0000 1234", "13800001234"), (Kind.PHONE, "+86-13800001234", "13800001234"),
        (Kind.PHONE, "（0371）63211234", "037163211234"), (Kind.PHONE, "0371-63211234-801", "0371-63211234-801"),
        (Kind.DATE, "2026.3.9", date(2026, 3, 9)), (Kind.DATE, "2026年11月23日", date(2026, 11, 23)),
        (Kind.DATE, "20261123", date(2026, 11, 23)), (Kind.DATE, "46349", date(2026, 11, 23)),
        (Kind.DATE, "2026-11-23 17:30", date(2026, 11, 23)),
        (Kind.NUMBER, "1,024", 1024), (Kind.NUMBER, "184.0", 184), (Kind.NUMBER, "-45", -45),
        (Kind.FLAG, "√", True), (Kind.FLAG, "否", False), (Kind.FLAG, "Yes", True),
        (Kind.RANGE, "203.0.113.0／28", "203.0.113.0/28"), (Kind.RANGE, "203.0.113.5", "203.0.113.5/32"),
        (Kind.RANGE, "203.0.113.0-203.0.113.15", "203.0.113.0/28"),
        (Kind.RANGE, "203.0.113.1 ～ 203.0.113.9", "203.0.113.1-203.0.113.9"),
        (Kind.TEXT, " 秦朗 ", "秦朗"), (Kind.TEXT, "  ", None), (Kind.MAC, "", None),
    ],
)  # fmt: skip
def test_what_people_write_is_one_value(kind: Kind, text: str, value: object) -> None:
    assert value_of(column(kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Kind.MAC, "00-1F-E2-12-91", "not_a_mac"), (Kind.MAC, "00-1F-E2-12-91-GG", "not_a_mac"),
        (Kind.IP, "10.12.8", "not_an_ip"), (Kind.IP, "10.12.8.256", "not_an_ip"),
        (Kind.PHONE, "1380000123", "not_a_phone"), (Kind.PHONE, "12345678901", "not_a_phone"),
        (Kind.DATE, "2026-02-30", "not_a_date"), (Kind.DATE, "去年", "not_a_date"), (Kind.DATE, "12", "not_a_date"),
        (Kind.NUMBER, "1.5", "not_a_number"), (Kind.NUMBER, "九", "not_a_number"),
        (Kind.FLAG, "也许", "not_yes_or_no"),
        (Kind.RANGE, "203.0.113.1/28", "not_a_range"), (Kind.RANGE, "203.0.113.9-203.0.113.1", "not_a_range"),
        (Kind.RANGE, "203.0.113.1-2001:db8::1", "not_a_range"),
        (Kind.TEXT, "长" * 121, "too_long"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(kind: Kind, text: str, reason: str) -> None:
    found = value_of(column(kind), text)
    assert isinstance(found, Message)
    assert found.id == f"sheets.{reason}"
    assert render(found, "zh")
    assert render(found, "en")


def test_a_wrong_phone_number_is_not_repeated() -> None:
    found = value_of(column(Kind.PHONE), "1380000123")
    assert isinstance(found, Message)
    assert "1380000123" not in render(found)
    assert "10" in render(found)


@pytest.mark.parametrize("text", ["办公", " 办 公 ", "office", "Offices", "OFFICE"])
def test_a_choice_is_known_by_code_and_label(text: str) -> None:
    assert value_of(column(Kind.CHOICE, choices=CHOICES), text) == "office"


def test_an_unknown_choice_names_those_there_are() -> None:
    found = value_of(column(Kind.CHOICE, choices=CHOICES), "别墅")
    assert isinstance(found, Message)
    assert "服务器、办公" in render(found)


def test_a_required_cell_may_not_be_empty() -> None:
    assert value_of(column(Kind.TEXT, required=True), " ") == Message("sheets.required")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.FLAG, True, "是"),
        (Kind.DATE, date(2026, 3, 9), "2026-03-09"),
        (Kind.NUMBER, 7, "7"),
        (Kind.TEXT, None, ""),
    ],
)
def test_values_are_shown_as_they_are_read(kind: Kind, value: object, text: str) -> None:
    assert shown(column(kind), value) == text
    assert value_of(column(kind), text) == value


def test_a_choice_is_shown_by_its_label() -> None:
    assert shown(column(Kind.CHOICE, choices=CHOICES), "server") == "服务器"
    assert shown(column(Kind.CHOICE, choices=CHOICES), "gone") == "gone"


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_no_text_makes_a_formula_and_none_is_changed(text: str) -> None:
    kept = text_of(text)
    assert text_of(safe(kept)) == kept
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.sampled_from(list(Kind)), st.text(max_size=40))
def test_no_text_breaks_a_reader(kind: Kind, text: str) -> None:
    wanted = column(kind, choices=CHOICES)
    found = value_of(wanted, text)
    if not isinstance(found, Message) and found is not None:
        assert value_of(wanted, shown(wanted, found)) == found


def test_headings_are_compared_without_marks_and_width() -> None:
    assert plain("ＭＡＣ 地址* ▼") == plain("mac地址")
