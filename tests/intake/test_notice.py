"""A whole file as a notice: every kind, every trap, and what the letter around the table says."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minewarden.intake.notice import read
from minewarden.vocab.noticeline import Notice, Verdict, ZoneBasis
from tests.intake.made import BOUNDS, HEAD, SAMPLES, csv_text, pdf, png, scan, utc, with_parts, word, xlsx

ROWS = [
    HEAD,
    ("1", "203.0.113.5", "3333", "pool.example.net", "2026-03-12 21:14:37", "云川市第一中学"),
    ("2", "２０３．０．１１３．６、203[.]0[.]113[.]7", "", "POOL.example.net.", "3月12日21时14分", "云川二中"),
]
TEXT = "\n".join("\t".join(row) for row in ROWS)
MISP = {
    "Event": {
        "Orgc": {"name": "省教育信息安全监测中心"},
        "Attribute": [
            {"type": "ip-src", "value": "203.0.113.6", "first_seen": "2026-03-12T13:14:00+00:00", "comment": "x"}
        ],
        "Object": [{"name": "network-connection", "Attribute": [{"type": "ip-src", "value": "203.0.113.5"}]}],
    }
}


def of(data: bytes, name: str = "涉挖矿IP清单") -> Notice:
    return read(name, data, **BOUNDS)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (xlsx(ROWS), "xlsx"),
        (csv_text(ROWS), "csv"),
        (csv_text(ROWS, "gb18030"), "csv"),
        (csv_text(ROWS, "utf-16"), "csv"),
        (TEXT.encode(), "csv"),
        (word(ROWS, ["关于涉挖矿活动的通报"]), "docx"),
        (pdf(ROWS, ["关于涉挖矿活动的通报"]), "pdf"),
    ],
    ids=["xlsx", "csv", "gb18030", "utf-16", "pasted", "docx", "pdf"],
)
def test_the_same_rows_are_the_same_notice_in_every_form(data: bytes, form: str) -> None:
    notice = of(data)
    assert (notice.form, notice.verdict, notice.rejects) == (form, Verdict.CLEAN, ())
    assert notice.addresses == ("203.0.113.5", "203.0.113.6", "203.0.113.7")
    assert {line.domain for line in notice.lines} == {"pool.example.net"}
    first, second = notice.lines
    assert first.first is not None
    assert second.first is not None
    assert (first.first.at, second.first.at) == (utc("2026-03-12 21:14:37"), utc("2026-03-12 21:14"))
    assert (first.unit, second.unit) == ("云川市第一中学", "云川二中")
    assert first.cells == ROWS[1]
    assert notice.tables[0].columns == HEAD
    assert notice.sha256 == hashlib.sha256(data).hexdigest()
    assert notice.size == len(data)


@pytest.mark.parametrize("name", ["清单.xls", "清单.et"])
def test_the_old_binary_form_of_excel_and_wps(name: str) -> None:
    notice = of((SAMPLES / "notice.xls").read_bytes(), name)
    assert notice.form == "xls"
    assert notice.addresses == tuple(f"203.0.113.{last}" for last in (5, 6, 7, 8))
    assert [line.first.at for line in notice.lines if line.first] == [
        *(utc("2026-03-12 21:14:37"), utc("2026-03-12 21:14"), utc("2026-03-12 21:14:37")),
    ]


def test_a_password_of_the_old_form() -> None:
    data = bytearray((SAMPLES / "notice.xls").read_bytes())
    begin = data.index(bytes.fromhex("0908100000060500"))
    data[begin + 20 : begin + 22] = b"\x2f\x00"  # The record behind the first says that the rest is encrypted.
    assert of(bytes(data)).warnings[0].id in {"intake.password", "intake.broken"}


def test_a_hidden_sheet_is_no_part_of_the_notice_and_is_named() -> None:
    notice = of(xlsx(ROWS, hidden=[["IP"], ["203.0.113.99"]]))
    assert "203.0.113.99" not in notice.addresses
    (warning,) = [warning for warning in notice.warnings if warning.id == "intake.hidden_sheet"]
    assert dict(warning.params) == {"sheet": "备用", "rows": 1}


def test_numbers_serials_and_formulas_of_a_spreadsheet() -> None:
    rows = [HEAD, (1, 3405803781, 3333, "pool.example.net", 46093.8851504630, "=1+1"), (2, "203.0.113.6")]
    first, _ = of(xlsx(rows)).lines
    assert first.addresses[0].ip == "203.0.113.5"
    assert first.destination_port == 3333
    assert first.first is not None
    assert first.first.at == utc("2026-03-12 21:14:37")


def test_addresses_that_stand_twice_and_zones_that_nobody_wrote_are_said() -> None:
    notice = of(xlsx([*ROWS, ("3", "203.0.113.5", "", "", "2026-03-12T13:00:00Z", "")]))
    said = {warning.id: dict(warning.params) for warning in notice.warnings}
    assert said == {"intake.twice": {"count": 1}, "intake.zone_assumed": {"times": 2}}
    assert [line.first.basis for line in notice.lines if line.first] == [
        ZoneBasis.ASSUMED,
        ZoneBasis.ASSUMED,
        ZoneBasis.WRITTEN,
    ]


@pytest.mark.parametrize(
    ("words", "by", "within"),
    [
        ("请于2026年3月14日18:00前反馈核查情况。", "2026-03-14 18:00", None),
        ("请于3月15日12时前将处置情况报送我中心。", "2026-03-15 12:00", None),
        ("接到通报后24小时内反馈。", None, 24),
        ("请在48小时之内完成排查，72小时内形成报告。", None, 48),
        ("请各单位高度重视。", None, None),
    ],
)
def test_the_notices_own_limit(words: str, by: str | None, within: int | None) -> None:
    notice = of(word(ROWS, ["云网通〔2026〕15号", words]))
    assert (notice.answer_by.at if notice.answer_by else None) == (utc(by) if by else None)
    assert notice.answer_within == within
    assert notice.number == "云网通〔2026〕15号"


def test_a_letter_without_table() -> None:
    lines = ["2026年3月12日21时14分37秒，你单位203.0.113.10（端口40213）访问矿池198.51.100.77:3333。", "特此通报"]
    (line,) = of(word([], lines)).lines
    assert [(one.ip, one.port) for one in line.addresses] == [("203.0.113.10", None)]
    assert (line.port, line.destination, line.destination_port) == (40213, "198.51.100.77", 3333)
    assert line.first is not None
    assert line.first.at == utc("2026-03-12 21:14:37")


def test_json_of_the_two_standards_and_of_none() -> None:
    notice = of(json.dumps(MISP).encode())
    assert (notice.form, notice.sender, notice.addresses) == (
        "misp",
        "省教育信息安全监测中心",
        ("203.0.113.6", "203.0.113.5"),
    )
    assert (
        of(b'{"type": "bundle", "objects": [{"type": "ipv4-addr", "id": "a", "value": "203.0.113.5"}]}').form == "stix"
    )
    assert of(b'{"a": 1}').warnings[0].id == "intake.unknown_json"


@pytest.mark.parametrize(
    ("data", "verdict", "reason"),
    [
        (png(), Verdict.BY_HAND, "intake.picture"),
        (scan(), Verdict.BY_HAND, "intake.scan"),
        (pdf(ROWS, password="secret"), Verdict.REFUSED, "intake.password"),
        ((SAMPLES / "password.xlsx").read_bytes(), Verdict.REFUSED, "intake.password"),
        (pdf(ROWS, script=True), Verdict.NEUTRALISED, "intake.pdf_acts"),
        (with_parts(xlsx(ROWS), {"xl/vbaProject.bin": b"x"}), Verdict.REFUSED, "intake.macro"),
        (with_parts(xlsx(ROWS), {"xl/externalLinks/e.xml": b"x"}), Verdict.NEUTRALISED, "intake.external_link"),
        (with_parts(word(ROWS), {"word/embeddings/o.bin": b"x"}), Verdict.NEUTRALISED, "intake.embedded"),
        (xlsx(ROWS)[:900], Verdict.REFUSED, "intake.broken"),
        (b"%PDF-1.7 broken", Verdict.REFUSED, "intake.broken"),
        (b"\xff\xfe\x00\xd8", Verdict.REFUSED, "intake.not_text"),
        ("没有地址".encode(), Verdict.CLEAN, "intake.nothing_found"),
    ],
)
def test_what_needs_people_is_refused_or_was_left_asleep(data: bytes, verdict: Verdict, reason: str) -> None:
    notice = of(data)
    assert (notice.verdict, notice.warnings[0].id) == (verdict, reason)
    assert notice.sha256 == hashlib.sha256(data).hexdigest()
    assert bool(notice.lines) == (verdict is Verdict.NEUTRALISED)


def test_a_cell_that_would_run_a_command_is_left_asleep() -> None:
    notice = of(xlsx([*ROWS, ("3", "203.0.113.8", "", "=cmd|' /C calc'!A0", "", "")]))
    assert notice.verdict is Verdict.NEUTRALISED
    assert notice.lines[-1].cells[3].startswith("=cmd")


MADE: dict[str, Any] = {
    "xlsx": xlsx(ROWS),
    "docx": word(ROWS),
    "csv": csv_text(ROWS),
}


@given(st.sampled_from(sorted(MADE)), st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
@example("docx", 221008, b"@")
def test_a_damaged_file_is_read_or_refused_and_never_breaks_the_reader(form: str, place: int, damage: bytes) -> None:
    data = bytearray(MADE[form])
    place %= len(data)
    data[place : place + len(damage)] = damage
    assert of(bytes(data)).sha256 == hashlib.sha256(bytes(data)).hexdigest()
