"""The sentences, in Chinese and in English, side by side in `minewarden/words/*.toml`.

One table per file; a key has `zh` and `en`. Parameters stand in braces: `{host}`. Times are shown in the display
zone (Asia/Shanghai), as the offices that read them expect. Why TOML and not gettext: docs/adr/0005-words.md.
"""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal
from zoneinfo import ZoneInfo

from minewarden.vocab.message import Message, Param
from minewarden.vocab.system import Reason

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DISPLAY_ZONE = ZoneInfo("Asia/Shanghai")


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """Return one table of sentences: key -> {"zh": ..., "en": ...}. Raises KeyError where there is no such table."""
    path = files("minewarden").joinpath("words", f"{name}.toml")
    if not path.is_file():
        raise KeyError(f"no table of words named {name!r}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def render(sentence: Message, language: Language = "zh") -> str:
    """Put a message into a language. Raises KeyError where the identifier or a parameter is unknown."""
    name, key = sentence.id.split(".")
    template = table(name)[key][language]
    return template.format_map({name: _shown(value, language) for name, value in sentence.params.items()})


def both(sentence: Message) -> dict[str, str]:
    """The sentence in both languages, as findings carry it: {"zh": ..., "en": ...}."""
    return {"zh": render(sentence, "zh"), "en": render(sentence, "en")}


def placeholders(template: str) -> frozenset[str]:
    """The parameter names that a template asks for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _shown(value: Param, language: Language) -> str | int | float:
    if isinstance(value, datetime):
        return value.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Reason) and (words := table("system").get(value.key)) is not None:
        return f"{value.where}: {words[language]}" if value.where else words[language]
    return value
