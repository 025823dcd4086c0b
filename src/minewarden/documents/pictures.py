"""A drawing as pixels, for .docx, in which offices' programs show no SVG."""

import json

import typst

from minewarden.documents.fonts import collection

_PAGE = """
#let svg = json(bytes(sys.inputs.svg))
#set page(width: 156mm, height: auto, margin: 0mm)
#image(bytes(svg), format: "svg", width: 100%)
"""


def to_png(svg: str, *, dots_per_inch: int = 220) -> bytes:
    """The drawing as a PNG, as wide as the type area of a page (156 mm)."""
    compiler = typst.Compiler(_PAGE.encode(), font_paths=collection(), sys_inputs={"svg": json.dumps(svg)})
    picture = compiler.compile(format="png", ppi=dots_per_inch)
    if not isinstance(picture, bytes):
        raise TypeError("Typst returns the bytes of one page where there is one")
    return picture
