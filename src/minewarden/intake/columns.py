"""What the head of a column means. The patterns stand in `columns.toml`, where an office can read them."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_NOISE = re.compile(r"[\s*_·•\-—：:]+")
_HINT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
LONGEST_HEAD = 60
"""A longer text is a sentence, not the head of a column."""


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    known = tomllib.loads(files("minewarden.intake").joinpath("columns.toml").read_text(encoding="utf-8"))
    return tuple((column["role"], re.compile(column["pattern"])) for column in known["column"])


@cache
def role_of(head: str) -> str | None:
    """The role of a column by its head: `address`, `first`, `answer.person` ...; "" for a known one that is only kept.

    None: nobody knows such a head. What stands in brackets (`IP地址（公网）`) counts only if the rest says nothing.
    """
    if len(head) > LONGEST_HEAD:
        return None
    plain = unicodedata.normalize("NFKC", head).lower()
    for text in dict.fromkeys((_NOISE.sub("", _HINT.sub("", plain)), _NOISE.sub("", plain))):
        for role, pattern in _patterns():
            if text and pattern.search(text):
                return role
    return None
