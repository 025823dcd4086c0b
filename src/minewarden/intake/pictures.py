"""Draws a picture or a page of a scan anew as PNG, for people who read it and type what it says."""

import io
import warnings

import pypdfium2
from PIL import Image, ImageOps

from minewarden.intake.dangers import Kind, look

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_000
_SCALE = 2.0


def drawn(data: bytes, page: int = 1) -> bytes:
    """The picture, or page `page` (from 1) of the PDF, at most 2000 pixels long, without anything hidden in it.

    Raises ValueError or OSError where it cannot be drawn.
    """
    image = _page(data, page) if look(data).kind is Kind.PDF else _picture(data)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", optimize=False)
    return out.getvalue()


def _picture(data: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("a picture of too many points")
        # A phone says in a note beside the picture which side is up; the note is lost here, so it is turned.
        return ImageOps.exif_transpose(image) or image


def _page(data: bytes, page: int) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        if not 1 <= page <= len(document):
            raise ValueError("no such page")
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(_SCALE, LONGEST_SIDE / max(width, height, 1))
        image: Image.Image = sheet.render(scale=scale).to_pil()
        return image
    finally:
        document.close()
