"""Undoes what keeps an address in a document from being clicked: `203[.]0[.]113[.]5`, `hxxp://`, full-width digits."""

import re
import unicodedata

# Notices are copied out of documents and chat programs, which leave these behind.
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD))
# NFKC turns full-width dots and colons into plain ones, but not the ideographic full stop.
_STOPS = str.maketrans({"。": ".", "｡": ".", "․": "."})
_BRACKET = re.compile(r"[\[({]")
_DOT = re.compile(r"[\[({]\s*(?:\.|dot|点)\s*[\])}]", re.IGNORECASE)
_COLON = re.compile(r"[\[({]\s*:\s*[\])}]")
_SCHEME_MARK = re.compile(r"[\[({]\s*://\s*[\])}]")
_HXXP = re.compile(r"(?<![a-z0-9])(?:h[x*]{2}p|meow)(s?)(?=://)", re.IGNORECASE)
LONGEST = 2048
"""More than this is no indicator; it is refused before any pattern looks at it."""


def refang(text: str, longest: int = LONGEST) -> str:
    """The text with dangerous addresses as they were. Raises ValueError for more than `longest` characters."""
    if len(text) > longest:
        raise ValueError(f"an indicator of {len(text)} characters")
    if text.isascii():
        plain = text.strip()
    else:
        plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_STOPS).strip()
    # A notice has a hundred thousand cells, and most of them are spelt plainly.
    if _BRACKET.search(plain):
        plain = _SCHEME_MARK.sub("://", plain)
        plain = _COLON.sub(":", _DOT.sub(".", plain))
    return _HXXP.sub(r"http\1", plain) if "://" in plain else plain
