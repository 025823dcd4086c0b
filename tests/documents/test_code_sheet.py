"""Sheets of codes: each can be read from the print, large ones alone on a page, cards twelve to a page."""

import pymupdf
import pytest

from minewarden.documents.code_sheet import MOST, Card, sheet_pdf
from minewarden.documents.scans import page_count, read_scan

FACTS = {"title": "坚决抵制虚拟货币“挖矿”活动承诺书", "how": "扫码后手写签名", "until": "有效期至 2026年4月10日"}


def card(number: int) -> Card:
    return Card(f"李䶮{number}", "语文组 T1", f"https://desk.example.test/p/{number:026}/")


def test_a_large_code_stands_alone_on_its_page_and_can_be_read() -> None:
    pdf = sheet_pdf([card(1), card(2)], posters=True, **FACTS).pdf
    assert [page.codes for page in read_scan("码.pdf", pdf).pages] == [(card(1).address,), (card(2).address,)]
    text = "".join(page.get_text() for page in pymupdf.open(stream=pdf))
    assert "有效期至 2026年4月10日" in text
    assert card(1).address in text.replace("\n", "")


def test_cards_stand_twelve_to_a_page_and_each_can_be_read() -> None:
    cards = [card(number) for number in range(13)]
    pdf = sheet_pdf(cards, posters=False, group="语文组", **FACTS).pdf
    assert page_count(pdf) == 2
    assert set(read_scan("码.pdf", pdf).codes) == {one.address for one in cards}
    assert "李䶮12" in pymupdf.open(stream=pdf)[1].get_text()


def test_none_and_too_many_are_refused() -> None:
    for count in (0, MOST + 1):
        with pytest.raises(ValueError, match="codes"):
            sheet_pdf([card(1)] * count, posters=False, **FACTS)
