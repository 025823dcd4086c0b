"""Whether what stands on a printed page has a shape: a character that no face has still comes back as text."""

import pymupdf


def boxes(pdf: bytes) -> set[str]:
    """The characters that are drawn as the glyph 0 of a face, an empty box."""
    with pymupdf.open(stream=pdf, filetype="pdf") as opened:
        drawn = [char for page in opened for span in page.get_texttrace() for char in span["chars"]]
    return {chr(code) for code, glyph, *_ in drawn if not glyph}


def printed(pdf: bytes) -> str:
    """The text of all pages without breaks of lines."""
    with pymupdf.open(stream=pdf, filetype="pdf") as opened:
        return "".join(page.get_text() for page in opened).replace("\n", "")
