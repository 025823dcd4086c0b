"""知识问答: a few questions with their explanations. Whoever answers sees at once what is right; nothing is kept of it.

There are no points, no rankings and no record of who took part: a unit that holds a quiz enters it as an activity.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from minewarden.desk.kit.words import said

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was chosen; before it was answered nothing is."""

    key: str
    text: str
    choices: tuple[tuple[str, str], ...]
    right: str
    why: str
    chosen: str = ""

    @property
    def correct(self) -> bool:
        """Whether the right one was chosen."""
        return self.chosen == self.right


@lru_cache(maxsize=1)
def _shipped() -> tuple[Mapping[str, object], ...]:
    text = (files("minewarden.desk.campaigns") / "shipped" / "quiz.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["question"])


def questions() -> list[Asked]:
    """Every question, in the reader's language."""
    return answered({})


def answered(given: Mapping[str, str]) -> list[Asked]:
    """The questions with what was chosen."""
    rows = []
    for number, row in enumerate(_shipped(), start=1):
        key = f"q{number}"
        choices: Mapping[str, Words] = row["choices"]  # type: ignore[assignment]
        rows.append(
            Asked(
                key=key,
                text=said(row["text"]),  # type: ignore[arg-type]
                choices=tuple((code, said(words)) for code, words in choices.items()),
                right=str(row["right"]),
                why=said(row["why"]),  # type: ignore[arg-type]
                chosen=str(given.get(key, "")),
            )
        )
    return rows


def materials() -> list[tuple[str, str]]:
    """The texts that come with the program, for anybody to use: title and text."""
    text = (files("minewarden.desk.campaigns") / "shipped" / "materials.toml").read_text(encoding="utf-8")
    return [(said(row["title"]), said(row["text"])) for row in tomllib.loads(text)["material"]]
