"""The mark of whoever takes personal data out of the desk: who and when, across pages and in the margins of sheets.

It is for papers and lists that stay in an office. An official document bears none: docs/adr/0014-watermark.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minewarden.vocab.message import message
from minewarden.vocab.words import DISPLAY_ZONE, Language, render

_MARGIN_MOST = 255
"""Characters that Excel takes in the head or the foot of a sheet; the writer leaves a longer one out altogether."""
_GREY = "&8&K808080"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who takes something out, by name and account, and the instant at which it was made (aware)."""

    name: str
    account: str
    at: datetime

    @property
    def moment(self) -> str:
        """`2026-11-23 10:15` of Beijing."""
        return f"{self.at.astimezone(DISPLAY_ZONE):%Y-%m-%d %H:%M}"

    @property
    def line(self) -> str:
        """What is repeated: `韩琳 han.lin 2026-11-23 10:15`; without line breaks, whatever a name holds."""
        return " ".join(f"{self.name} {self.account} {self.moment}".split())


def on_margins(sheet: Any, mark: Watermark, language: Language = "zh") -> None:
    """Set head and foot of a sheet of XlsxWriter: the mark, what the rows may be used for, the number of the page."""
    said = render(message("sheets.export_margin", line=mark.line), language)
    # An ampersand begins a code of the margin; a doubled one could be cut apart at the end.
    sheet.set_header(f"&R{_GREY} {said.replace('&', '＆')}"[:_MARGIN_MOST])
    sheet.set_footer(f"&L{_GREY} {render(message('sheets.export_use'), language)}&R{_GREY} &P / &N")


def explanation(book: Any, mark: Watermark, language: Language = "zh") -> None:
    """Add the sheet 导出说明 to a workbook of XlsxWriter; the importer passes it over by its title, like 填写说明."""
    sheet = book.add_worksheet(render(message("sheets.export_note"), language))
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "border": 1, "border_color": "#B7C4D6"}
    head = book.add_format({**base, "bold": True, "bg_color": "#E9F0F9"})
    text = book.add_format({**base, "num_format": "@", "quote_prefix": True, "text_wrap": True})
    facts = (
        ("export_by", mark.name),
        ("export_account", mark.account),
        ("export_at", render(message("sheets.export_beijing", at=mark.moment), language)),
        ("export_rule", render(message("sheets.export_use"), language)),
    )
    for line, (key, value) in enumerate(facts):
        sheet.write_string(line, 0, render(message(f"sheets.{key}"), language), head)
        sheet.write_string(line, 1, value, text)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 64)
    sheet.set_landscape()
    sheet.set_paper(9)
    on_margins(sheet, mark, language)
