"""The mark of whoever takes personal data out: its line, the margins of sheets, the sheet that explains it."""

import io
import re
import zipfile
from datetime import UTC, datetime
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from minewarden.documents.sheet import Column, Table
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import errors, listing
from minewarden.documents.watermark import Watermark
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language
from tests.documents.devices_table import TABLE

MARK = Watermark("韩琳", "han.lin", datetime(2026, 11, 22, 18, 15, tzinfo=UTC))
ROW = {"number": "007", "purpose": "office", "phone": "13800001234", "used": True, "size": 3, "note": "备注"}


def margins(content: bytes) -> list[tuple[str, str]]:
    """Head and foot of each sheet that has them, in the order of the sheets."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")):
            text = archive.read(name).decode()
            parts = [re.search(rf"<odd{part}>(.*?)</odd{part}>", text) for part in ("Header", "Footer")]
            if all(parts):
                found.append(tuple(unescape(part[1]) for part in parts if part))
    return found  # type: ignore[return-value]


def test_the_line_tells_the_hour_of_beijing() -> None:
    assert MARK.line == "韩琳 han.lin 2026-11-23 02:15"


def test_a_name_cannot_break_the_line() -> None:
    assert Watermark("韩\n琳", "a\tb", MARK.at).line == "韩 琳 a b 2026-11-23 02:15"


@pytest.mark.parametrize(("language", "title"), [("zh", "导出说明"), ("en", "About this export")])
def test_a_listing_says_in_its_margins_and_on_a_sheet_who_took_it_out(language: Language, title: str) -> None:
    content = listing(TABLE, [ROW], language, watermark=MARK)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names[1] == title
    told = [cell for row in book.get_sheet_by_name(title).to_python() for cell in row]
    assert {"韩琳", "han.lin"} <= set(told)
    assert any("2026-11-23 02:15" in str(cell) for cell in told)
    heads = margins(content)
    assert len(heads) == 2, "the rows and the sheet that explains; hidden sheets are never printed"
    assert all("韩琳 han.lin 2026-11-23 02:15" in head and "&P" in foot for head, foot in heads)


def test_without_a_mark_there_is_neither_margin_nor_sheet() -> None:
    content = listing(TABLE, [ROW])
    assert margins(content) == []
    assert "导出说明" not in CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_bears_a_mark_is_taken_in_as_without(language: Language) -> None:
    plain, marked = (listing(TABLE, [ROW], language, watermark=mark) for mark in (None, MARK))
    assert read_table(marked, "a.xlsx", TABLE) == read_table(plain, "a.xlsx", TABLE)


def test_rows_that_were_wrong_bear_it_too_and_are_taken_in_as_without() -> None:
    rows = [({"number": "ZC-1", "phone": "1380000123"}, [("phone", message("sheets.empty_file"))])]
    plain, marked = (errors(TABLE, rows, watermark=mark) for mark in (None, MARK))
    assert read_table(marked, "a.xlsx", TABLE) == read_table(plain, "a.xlsx", TABLE)
    assert any("han.lin" in head for head, _ in margins(marked))


def test_the_account_of_whoever_exported_it_is_no_row_of_a_ledger_of_accounts() -> None:
    """Somebody deleted the headings of the rows: then there are none, though 账号 stands on the sheet behind."""
    wanted = Column("account", message("sheets.export_account"))
    table, beheaded = (
        Table("accounts", message("sheets.export_note"), (column,), ())
        for column in (wanted, Column("account", message("sheets.export_rule")))
    )
    content = listing(beheaded, [{"account": "甲"}], watermark=MARK)
    with pytest.raises(InputError):
        read_table(content, "a.xlsx", table)
    assert [row.texts for row in read_table(content, "a.xlsx", beheaded).rows] == [{"account": "甲"}]


def test_a_name_that_looks_like_a_code_of_the_margin_stays_a_name() -> None:
    content = listing(TABLE, [ROW], watermark=Watermark("A&C &P" * 40, "&D", MARK.at))
    head, _ = margins(content)[0]
    assert len(head) <= 255
    assert re.findall(r"&.", head) == ["&R", "&8", "&K"], "only the codes of our own"
