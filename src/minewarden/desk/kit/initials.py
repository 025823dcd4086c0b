"""Names by the first letters of their pinyin: 市一中 is found by "syz", and 重庆 by "cq" as by "zq"."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

_FEWEST, _MOST = 2, 20


@cache
def _letters() -> dict[str, str]:
    """Character -> the letters with which its readings begin."""
    found: dict[str, str] = defaultdict(str)
    for line in Path(__file__).with_name("initials.tsv").read_text("utf-8").splitlines():
        letter, tab, characters = line.partition("\t")
        for character in characters if tab else "":
            found[character] += letter
    return dict(found)


def are_initials(typed: str) -> bool:
    """Whether a text may be first letters: a few letters or digits, at least one of them a letter."""
    return _FEWEST <= len(typed) <= _MOST and typed.isascii() and typed.isalnum() and not typed.isdecimal()


def begins_so(name: str, typed: str) -> bool:
    """Whether characters beside each other in a name begin with these letters. Digits and letters are themselves."""
    letters, typed = _letters(), typed.lower()
    sounds = [letters.get(character, character) for character in name.lower() if not character.isspace()]
    return any(
        all(letter in sound for letter, sound in zip(typed, sounds[at:], strict=False))
        for at in range(len(sounds) - len(typed) + 1)
    )


def by_initials(rows: "QuerySet[Any, Any]", typed: str, *fields: str) -> Q:
    """The rows of which a field holds the first letters; of a text that is none, no row.

    It reads the fields of every row: for units and people, not for what there are hundreds of thousands of.
    """
    if not are_initials(typed):
        return Q(pk__in=())
    told = rows.order_by().values_list("pk", *fields)
    return Q(pk__in=[pk for pk, *names in told if any(begins_so(name, typed) for name in names)])
