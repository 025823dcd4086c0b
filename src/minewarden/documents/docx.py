"""An official document as .docx for Word and WPS on the page of GB/T 9704-2012, with the faces that offices have."""

import io
from xml.sax.saxutils import quoteattr

import segno
from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import _Footer, _Header
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from minewarden.documents.fonts import FACES
from minewarden.documents.numbering import Numbering
from minewarden.documents.official import OfficialDocument, Section
from minewarden.documents.pdf import chinese_date
from minewarden.documents.pictures import to_png
from minewarden.documents.titles import title_lines, width
from minewarden.documents.watermark import Watermark

# The grid of 22 lines of 28 characters, in 1/20 pt. Characters are drawn together by their own spacing and not by a
# grid of characters: Word, WPS and LibreOffice agree on the former only.
LINE_PITCH, CHARACTER_SPACING = 579, -5
BODY, TITLE, SMALL = Pt(16), Pt(22), Pt(14)
CELL = Mm(156 / 28)
_CODE_SIDE, _CODE_GAP = Mm(10), Mm(2)
_MANY = 14
"""Rows of a form that no longer fit on its page in letters of the usual size."""
# Word calls a file damaged whose paragraph properties stand in another order than the schema's; these we use.
PARAGRAPH_PROPERTIES = (
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "framePr",
    "widowControl",
    "pBdr",
    "tabs",
    "autoSpaceDE",
    "autoSpaceDN",
    "snapToGrid",
    "spacing",
    "ind",
    "jc",
)
_ORDER = [qn(f"w:{name}") for name in PARAGRAPH_PROPERTIES]
RED = RGBColor(0xE6, 0x00, 0x12)


def to_docx(document: OfficialDocument, *, watermark: Watermark | None = None) -> bytes:
    """Write the document. The commercial typefaces are named, not embedded; the place of the seal stays empty.

    watermark: who takes out a paper with personal data that stays in the office; faintly across each page.
    """
    word = Document()
    _page(word, document)
    if watermark is not None:
        _watermark(word, watermark)
    _head(word, document)
    for line in title_lines(document.title):
        _say(word, line, "biao", TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=0)
    _say(word, "", indent=0)
    if document.addressee:
        _say(word, f"{document.addressee}：", indent=0)
    for text in document.opening:
        _say(word, text)
    _sections(word, document.sections, dense=document.dense)
    ends_in_table = word.element.body[-2].tag == qn("w:tbl") and not document.closing
    if document.closing:
        _say(word, document.closing)
    begin = len(word.paragraphs)
    _annex_list(word, document)
    if document.attendance:
        _attendance(word, document)
    else:
        _signature(word, document)
    # Name and date never stand alone on a page: the last words of the text go with them.
    for paragraph in word.paragraphs[max(begin - 2, 0) : -1]:
        paragraph.paragraph_format.keep_with_next = True
    if ends_in_table:
        # Nothing was said behind the last table: then its last rows go with name and date.
        _keep_last_rows(word)
    for note in document.notes:
        _say(word, f"（{note}）")
    _annexes(word, document)
    _imprint(word, document)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _page(word: DocumentObject, document: OfficialDocument) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Twips(11906), Twips(16838)
    section.top_margin, section.bottom_margin = Twips(2098), Twips(1984)
    section.left_margin, section.right_margin = Twips(1588), Twips(1474)
    section.footer_distance = Mm(35 - 7 - 2)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(LINE_PITCH))
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    normal = word.styles["Normal"]
    normal.font.size = BODY
    # 22 lines a page, also where the last of them is the first of a paragraph.
    normal.paragraph_format.widow_control = False
    _face(normal.element.get_or_add_rPr(), "fang")
    # A number stands as close to its words as in the PDF: 2026年3月5日, as the standard writes it.
    for name in ("autoSpaceDE", "autoSpaceDN"):
        off = OxmlElement(f"w:{name}")
        off.set(qn("w:val"), "0")
        _insert(normal.element.get_or_add_pPr(), off)
    # By the language of its Chinese a word processor knows which marks begin no line. The other letters stay English:
    # as Chinese, LibreOffice ends a line within any word.
    for language in word.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    word.core_properties.title = document.title
    word.core_properties.author = document.unit
    word.core_properties.comments = ""
    word.settings.odd_and_even_pages_header_footer = True
    _footer(section.footer.paragraphs[0], document, odd=True)
    _footer(section.even_page_footer.paragraphs[0], document, odd=False)
    if document.letter and document.issuer_mark:
        section.different_first_page_header_footer = True
        _letter_head(section.first_page_header, document)
        _letter_foot(section.first_page_footer, document)


def _letter_head(head: _Header, document: OfficialDocument) -> None:
    """信函格式: the mark 30 mm below the edge of the sheet, above a double line of 170 mm, thick over thin."""
    head.is_linked_to_previous = False
    mark = head.paragraphs[0]
    mark.style = "Normal"
    mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    # The head itself begins half an inch below the edge, and large letters do not fill their line.
    mark.paragraph_format.space_before, mark.paragraph_format.space_after = Mm(14), Pt(6)
    _across(mark)
    _style(mark.add_run(document.issuer_mark), "biao", _mark_size(document))
    for run in mark.runs:
        run.font.color.rgb = RED
    _rule(mark, "bottom", 18, "E60012", space=6, form="thickThinSmallGap")


def _letter_foot(foot: _Footer, document: OfficialDocument) -> None:
    """A letter closes its first page 20 mm above the edge with a double line, thin over thick, and has no number
    there. It is framed by its place on the sheet, since all other feet stand higher."""
    foot.is_linked_to_previous = False
    line = foot.paragraphs[0]
    line.style = "Normal"
    _framed(line, w=9639, wrap="notBeside", vAnchor="page", hAnchor="page", x=1134, y=15704)
    line.paragraph_format.left_indent = Mm(8)
    _close(line)
    _code(line, document)
    _rule(line, "top", 18, "E60012", space=4, form="thinThickSmallGap")
    foot.add_paragraph(style="Normal")


def _across(paragraph: Paragraph) -> None:
    """As wide as the double lines of a letter: 170 mm in the middle of the sheet, beyond the type area."""
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = -Mm(8), -Mm(6)


def _mark_size(document: OfficialDocument) -> Pt:
    return Pt(min(52, 156 / 25.4 * 72 / max(len(document.issuer_mark), 4) * 0.95))


def _watermark(word: DocumentObject, watermark: Watermark) -> None:
    """A drawn text behind the page, as Word's own watermarks are: it hangs in the head of every kind of page."""
    section = word.sections[0]
    heads = [section.header, section.even_page_header]
    if section.different_first_page_header_footer:
        heads.append(section.first_page_header)
    for number, head in enumerate(heads, 1):
        paragraph = head.paragraphs[0]
        paragraph.style = "Normal"
        paragraph.add_run()._r.append(parse_xml(_drawn(watermark.line, number)))


def _drawn(line: str, number: int) -> str:
    """VML, since Word and WPS take their watermarks by it, and LibreOffice reads it."""
    wide = min(430, 13 * width(line))
    return f"""<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"
xmlns:o="urn:schemas-microsoft-com:office:office">
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">
<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/>
<v:f eqn="if @0 @4 21600"/></v:formulas><v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/>
</v:shapetype><v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{2048 + number}" type="#_x0000_t136" alt=""
style="position:absolute;margin-left:0;margin-top:0;width:{wide:.0f}pt;height:24pt;rotation:315;z-index:-251658752;
mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;
mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="#dadada" stroked="f">
<v:textpath style="font-family:&quot;宋体&quot;;font-size:1pt" string={quoteattr(line)}/></v:shape></w:pict>"""


def _footer(paragraph: Paragraph, document: OfficialDocument, *, odd: bool) -> None:
    """Page number on the outer side, one character in; the code by which a stamped scan is matched on the other."""
    # The template's own footer style has tab stops of its own, which would come first.
    paragraph.style = "Normal"
    _off_grid(paragraph)
    _close(paragraph)
    tabs = paragraph.paragraph_format.tab_stops
    # Digits of 8 pt are half as wide; in a face whose digits are wider the number reaches into the margin.
    left = 0 if odd else int(Mm(156) - _CODE_SIDE - _CODE_GAP - Pt(width(document.code_said) * 4.4))
    tabs.add_tab_stop(left + _CODE_SIDE + _CODE_GAP)
    _hang(paragraph, document, left)
    if odd:
        tabs.add_tab_stop(Mm(156) - CELL, WD_TAB_ALIGNMENT.RIGHT)
        _style(paragraph.add_run(f"\t{document.code_said}\t"), "song", Pt(8))
        _page_number(paragraph)
    else:
        paragraph.paragraph_format.left_indent = CELL
        _page_number(paragraph)
        _style(paragraph.add_run(f"\t{document.code_said}"), "song", Pt(8))


def _close(paragraph: Paragraph) -> None:
    """Without the space that the template leaves around paragraphs."""
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = 1


def _page_number(paragraph: Paragraph) -> None:
    _style(paragraph.add_run("— "), "song", SMALL)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        _style(run, "song", SMALL)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    _style(paragraph.add_run(" —"), "song", SMALL)


def _code(paragraph: Paragraph, document: OfficialDocument) -> None:
    if document.code:
        paragraph.add_run().add_picture(_code_picture(document), width=_CODE_SIDE)
        _style(paragraph.add_run(f" {document.code_said}"), "song", Pt(8))


def _hang(paragraph: Paragraph, document: OfficialDocument, left: int) -> None:
    """The code at its place on the sheet: within the line of the number, which stands 7 mm below the text, it would be
    higher than the foot and take the last line of every page."""
    if not document.code:
        return
    run = paragraph.add_run()
    run.add_picture(_code_picture(document), width=_CODE_SIDE)
    inline = run._r.find(f".//{qn('wp:inline')}")
    anchor = parse_xml(
        f'<wp:anchor {nsdecls("wp")} distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" '
        'behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="margin"><wp:posOffset>{int(left)}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{Mm(264)}</wp:posOffset></wp:positionV></wp:anchor>'
    )
    # The schema wants the extent, the wrapping, then the picture with its name.
    extent, *picture = list(inline)
    anchor.append(extent)
    anchor.append(parse_xml(f"<wp:wrapNone {nsdecls('wp')}/>"))
    anchor.extend(picture)
    inline.getparent().replace(inline, anchor)


def _code_picture(document: OfficialDocument) -> io.BytesIO:
    picture = io.BytesIO()
    segno.make(document.code, error="m", micro=False).save(picture, kind="png", border=0, scale=8)
    picture.seek(0)
    return picture


def _head(word: DocumentObject, document: OfficialDocument) -> None:
    if not document.issuer_mark:
        return
    if document.letter:
        # The mark itself stands in the head of the first page.
        _say(word, document.number, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=0)
        _say(word, "", indent=0)
        return
    if document.urgency:
        _say(word, document.urgency, "hei", indent=0)
    mark = _say(
        word, document.issuer_mark, "biao", _mark_size(document), align=WD_ALIGN_PARAGRAPH.CENTER, indent=0, exact=False
    )
    mark.paragraph_format.space_before = Mm(18)
    mark.paragraph_format.space_after = Pt(29)
    for run in mark.runs:
        run.font.color.rgb = RED
    if document.attendance:
        _say(word, document.number, align=WD_ALIGN_PARAGRAPH.CENTER, indent=0)
        line = _say(word, "", indent=0)
        line.paragraph_format.tab_stops.add_tab_stop(Mm(156) - CELL, WD_TAB_ALIGNMENT.RIGHT)
        _style(line.add_run(f"　{document.unit}\t{chinese_date(document.on)}"), "fang", BODY)
    elif document.signer:
        line = _say(word, "", indent=0)
        line.paragraph_format.tab_stops.add_tab_stop(Mm(156) - CELL, WD_TAB_ALIGNMENT.RIGHT)
        # One character in by a space and not by an indent, which would shorten the red line too.
        _style(line.add_run(f"　{document.number}\t签发人："), "fang", BODY)
        _style(line.add_run(document.signer), "kai", BODY)
    else:
        line = _say(word, document.number, align=WD_ALIGN_PARAGRAPH.CENTER, indent=0)
    _rule(line, "bottom", 12, "E60012", space=8)
    _say(word, "", indent=0)


def _sections(word: DocumentObject, sections: tuple[Section, ...], *, dense: bool = False) -> None:
    numbering = Numbering()
    for section in sections:
        mark = numbering.next(section.level)
        if section.heading:
            face = {1: "hei", 2: "kai"}.get(section.level, "fang")
            heading = _say(word, f"{mark}{section.heading}", face)
            heading.paragraph_format.keep_with_next = True
        for text in section.paragraphs:
            _say(word, text)
        if section.table:
            # A form of very many lines stays on its one page.
            many = dense and len(section.table) > _MANY
            _table(word, section.table, Pt(14) if many else Pt(17) if dense else Pt(18), section.widths, small=many)
        if section.picture:
            drawn = _say(word, "", align=WD_ALIGN_PARAGRAPH.CENTER, indent=0, exact=False)
            drawn.add_run().add_picture(io.BytesIO(to_png(section.picture.svg)), width=Mm(156))
            caption = _say(word, "", align=WD_ALIGN_PARAGRAPH.CENTER, indent=0)
            _style(caption.add_run(section.picture.caption), "fang", Pt(12))


def _table(
    word: DocumentObject,
    rows: tuple[tuple[str, ...], ...],
    pitch: Pt,
    widths: tuple[int, ...] = (),
    *,
    small: bool = False,
) -> None:
    before = word.element.body[-2]
    if before.tag == qn("w:p"):
        # Else the words stand on the upper line of the table.
        Paragraph(before, word).paragraph_format.space_after = Pt(6)
    table = word.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    size = 10.5 if small else 12
    shares = _two(rows, size) if len(rows[0]) == 2 else tuple(1 / len(rows[0]) for _ in rows[0])
    if widths:
        shares = tuple(width / sum(widths) for width in widths)
    table.autofit = False
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(parse_xml(_CELL_MARGINS))
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Mm(156 * share)
    for number, row in enumerate(rows):
        # Over a page's end the head stands again, and no row is torn.
        wanted = table.rows[number]._tr.get_or_add_trPr()
        for name in ("cantSplit", "tblHeader")[: 2 if number == 0 else 1]:
            wanted.append(OxmlElement(f"w:{name}"))
        for cell, text, share in zip(table.rows[number].cells, row, shares, strict=True):
            cell.width = Mm(156 * share)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = pitch
            # The grid is the body's: without this each row of a table is as high as a line of it.
            _off_grid(paragraph)
            if number == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _style(paragraph.add_run(text), "hei" if number == 0 else "fang", Pt(size))


_CELL_MARGINS = (
    f"<w:tblCellMar {nsdecls('w')}>"
    + "".join(f'<w:{side} w:w="80" w:type="dxa"/>' for side in ("left", "right"))
    + "</w:tblCellMar>"
)
"""As in the PDF: 4 pt at the sides of a cell."""


def _two(rows: tuple[tuple[str, ...], ...], size: float) -> tuple[float, float]:
    """The first of two columns is as wide as its longest word, as in the PDF, up to a third of the page."""
    first = max(width(row[0]) for row in rows) * size / 2 + 2 * 4 + 2
    share = min(first / (156 / 25.4 * 72), 0.34)
    return share, 1 - share


def _keep_last_rows(word: DocumentObject) -> None:
    for row in word.tables[-1].rows[-3:]:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True


def _annex_list(word: DocumentObject, document: OfficialDocument) -> None:
    if not document.annexes:
        return
    _say(word, "", indent=0)
    for number, annex in enumerate(document.annexes, 1):
        counted = f"{number}." if len(document.annexes) > 1 else ""
        lead = "附件：" if number == 1 else "　　　"
        _say(word, f"{lead}{counted}{annex.title}")


def _attendance(word: DocumentObject, document: OfficialDocument) -> None:
    """出席, 请假, 列席: the names hang under one another behind the colon."""
    _say(word, "", indent=0)
    for role, names in document.attendance:
        line = _say(word, "", indent=0)
        line.paragraph_format.left_indent = int(CELL * 5)
        line.paragraph_format.first_line_indent = -int(CELL * 3)
        _style(line.add_run(f"{role}："), "hei", BODY)
        _style(line.add_run(names), "fang", BODY)


def _signature(word: DocumentObject, document: OfficialDocument) -> None:
    day = chinese_date(document.on)
    _say(word, "", indent=0)
    _say(word, "", indent=0)
    slack = max(0.0, (width(day) - width(document.unit)) / 4)
    for text, right in ((document.unit, 4 + slack), (day, 4.0)):
        line = _say(word, text, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=0)
        line.paragraph_format.right_indent = int(CELL * right)
        line.paragraph_format.keep_together = True


def _annexes(word: DocumentObject, document: OfficialDocument) -> None:
    for number, annex in enumerate(document.annexes, 1):
        label = f"附件{number}" if len(document.annexes) > 1 else "附件"
        first = _say(word, label, "hei", indent=0)
        first.paragraph_format.page_break_before = True
        _say(word, "", indent=0)
        for line in title_lines(annex.title):
            _say(word, line, "biao", TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=0)
        _say(word, "", indent=0)
        _sections(word, annex.sections, dense=annex.dense)


def _imprint(word: DocumentObject, document: OfficialDocument) -> None:
    """版记, framed by its place at the foot of the last page."""
    if not document.printed_by:
        return
    # A frame right behind a table would lose its lines; and each has one of its own, since those of paragraphs that
    # share one are not drawn by LibreOffice.
    _say(word, "", indent=0).paragraph_format.line_spacing = Pt(1)
    foot = _FOOT - LINE_PITCH
    if document.copies:
        said = f"　抄送：{document.copies}。"
        copies = _say(word, said, size=SMALL, indent=0)
        _rule(copies, "top", 8, "000000")
        lines = -(-width(said) * 7 * 20 // _TYPE_AREA)
        _framed(copies, **_ACROSS, y=foot - lines * LINE_PITCH)
    day = f"{chinese_date(document.printed_on)}印发" if document.printed_on else ""
    line = _say(word, f"　{document.printed_by}\t{day}　", size=SMALL, indent=0)
    line.paragraph_format.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
    _rule(line, "top", 6 if document.copies else 8, "000000")
    _rule(line, "bottom", 8, "000000")
    _framed(line, **_ACROSS, y=foot)
    # What is framed hangs on the paragraph behind it, and without one there is no frame.
    _say(word, "", indent=0).paragraph_format.line_spacing = Pt(1)


_TYPE_AREA, _FOOT = 8844, 16838 - 1984 - 60
"""The width of the type area and its lower edge, in 1/20 pt, a little above the code in the foot."""
_ACROSS: dict[str, str | int] = {"w": _TYPE_AREA, "wrap": "around", "vAnchor": "page", "hAnchor": "margin", "x": 0}


def _framed(paragraph: Paragraph, **place: str | int) -> None:
    frame = OxmlElement("w:framePr")
    for name, value in place.items():
        frame.set(qn(f"w:{name}"), str(value))
    _property(paragraph, frame)


def _say(
    word: DocumentObject,
    text: str,
    role: str = "fang",
    size: Pt = BODY,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    indent: int = 2,
    exact: bool = True,
) -> Paragraph:
    """Add one paragraph on the grid; `indent` counts characters of the first line."""
    paragraph = word.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    if exact:
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Twips(LINE_PITCH)
        if size > BODY:
            # Its pitch is that of the grid already; LibreOffice would give letters that are larger two lines of it.
            _off_grid(paragraph)
    if indent:
        form.first_line_indent = int(CELL * indent)
    if align is not None:
        paragraph.alignment = align
    if text:
        _style(paragraph.add_run(text), role, size)
    return paragraph


def _style(run: Run, role: str, size: Pt) -> None:
    run.font.size = size
    properties = run._r.get_or_add_rPr()
    _face(properties, role)
    if size == BODY:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(CHARACTER_SPACING))
        # The schema wants the spacing before the size.
        properties.insert(list(properties).index(properties.find(qn("w:sz"))), spacing)


def _face(properties: BaseOxmlElement, role: str) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FACES[role].office)


def _rule(paragraph: Paragraph, side: str, eighths: int, colour: str, space: int = 1, form: str = "single") -> None:
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        _property(paragraph, borders)
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", form), ("sz", str(eighths)), ("space", str(space)), ("color", colour)):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)


def _off_grid(paragraph: Paragraph) -> None:
    off = OxmlElement("w:snapToGrid")
    off.set(qn("w:val"), "0")
    _property(paragraph, off)


def _property(paragraph: Paragraph, element: BaseOxmlElement) -> None:
    """Add a property to a paragraph at the place that the schema gives it."""
    _insert(paragraph._p.get_or_add_pPr(), element)


def _insert(properties: BaseOxmlElement, element: BaseOxmlElement) -> None:
    properties.append(element)
    properties[:] = sorted(properties, key=lambda child: _ORDER.index(child.tag))
