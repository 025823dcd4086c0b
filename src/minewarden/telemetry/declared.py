"""What is declared of the clocks that stamped the logs: `sources.toml`, read once, with every problem told at once.

[[source]]
match = "nat-*.log"        # the file's name, or its path from any folder on, with * and ?
zone = "Asia/Shanghai"     # of times that name none
offset = "+192s"           # the device's clock minus true time, as measured
tolerance = "2s"           # how far it may be from that
sampling = 100             # its flow records were made of one packet in so many
site = "临江三小"           # whose network it saw: schools use the same inside addresses
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TypeVar

from minewarden.vocab.clock import SourceClock, parse_offset, parse_zone
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml
from minewarden.vocab.words import Language, render

_T = TypeVar("_T")
_TEXTS = ("match", "zone", "offset", "tolerance", "site")
_KEYS = (*_TEXTS, "sampling")
MOST_SAMPLING = 10_000_000


class DeclarationErrors(ConfigError):
    """Everything that is wrong in a file of declarations; `all` has each on its own."""

    def __init__(self, file: str, found: tuple[Message, ...]) -> None:
        super().__init__(found[0])
        self.file = file
        self.all = found

    def said(self, language: Language = "zh") -> str:
        """One line for each problem, the file in front."""
        return "\n".join(f"{self.file}: {render(sentence, language)}" for sentence in self.all)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `[[source]]`: the clock of every file that matches, the one packet in `sampling` that was looked at, and the
    `site` whose network it is of."""

    match: str
    clock: SourceClock
    sampling: int = 0
    site: str = ""

    def fits(self, name: str) -> bool:
        """Whether a file of this name, or path, is meant. Large and small letters differ."""
        parts = PurePath(name).parts
        return any(fnmatchcase("/".join(parts[start:]), self.match) for start in range(len(parts)))


@dataclass(frozen=True, slots=True)
class Declared:
    """Declarations in the order of the file; the first that fits a name counts."""

    declarations: tuple[Declaration, ...] = ()
    default_zone: tzinfo | None = None

    @classmethod
    def load(cls, path: Path | None, default_zone: tzinfo | None = None) -> "Declared":
        """Read `sources.toml`; no path means no declarations. Raises ConfigError, which names file and key."""
        if path is None:
            return cls((), default_zone)
        try:
            content = parse_toml(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            problem = message("declared.unreadable", reason=reason_of(error))
            raise DeclarationErrors(str(path), (problem,)) from error
        except ValueError as error:
            problem = message("declared.not_toml", reason=str(error))
            raise DeclarationErrors(str(path), (problem,)) from error
        problems = [message("declared.unknown_table", key=key) for key in content if key != "source"]
        tables = content.get("source", [])
        if not isinstance(tables, list):
            tables = []
            problems.append(message("declared.not_a_list"))
        made = [_declaration(number, table, problems) for number, table in enumerate(tables, 1)]
        if problems:
            raise DeclarationErrors(str(path), tuple(problems))
        return cls(tuple(one for one in made if one is not None), default_zone)

    def for_source(self, name: str) -> SourceClock:
        """The clock of a source; its zone is the declared one, else the default, else None: then it is asked for."""
        for declaration in self.declarations:
            if declaration.fits(name):
                clock = declaration.clock
                return SourceClock(clock.zone or self.default_zone, clock.offset, clock.tolerance)
        return SourceClock(self.default_zone)

    def sampling_of(self, name: str) -> int:
        """One packet in how many a source's flow records were made of; 0 where nothing is declared."""
        return next((one.sampling for one in self.declarations if one.fits(name)), 0)

    def site_of(self, name: str) -> str:
        """Whose network a source is of; empty where nothing is declared."""
        return next((one.site for one in self.declarations if one.fits(name)), "")


def _declaration(number: int, table: object, problems: list[Message]) -> Declaration | None:
    if not isinstance(table, dict):
        problems.append(message("declared.not_a_list"))
        return None
    for key in table:
        if key not in _KEYS:
            problems.append(message("declared.unknown_key", number=number, key=str(key)))
    texts: dict[str, str] = {}
    for key in _TEXTS:
        if key in table and not (isinstance(table[key], str) and table[key].strip()):
            problems.append(message("declared.not_text", number=number, key=key))
        elif key in table:
            texts[key] = table[key].strip()
    if "match" not in table:
        problems.append(message("declared.no_match", number=number))
    zone = _read(parse_zone, "zone", number, texts, problems)
    offset = _read(parse_offset, "offset", number, texts, problems)
    tolerance = _read(parse_offset, "tolerance", number, texts, problems)
    if tolerance is not None and tolerance < timedelta():
        problems.append(message("declared.negative", number=number))
    clock = SourceClock(zone, offset) if tolerance is None else SourceClock(zone, offset, tolerance)
    return Declaration(texts.get("match", ""), clock, _sampling(number, table, problems), texts.get("site", ""))


def _sampling(number: int, table: dict[str, object], problems: list[Message]) -> int:
    value = table.get("sampling", 0)
    # In TOML true is no number, in Python it is.
    if type(value) is int and (1 <= value <= MOST_SAMPLING or "sampling" not in table):
        return value
    problems.append(message("declared.bad_sampling", number=number, value=str(value)[:40], most=MOST_SAMPLING))
    return 0


def _read(
    parse: Callable[[str], _T], key: str, number: int, texts: dict[str, str], problems: list[Message]
) -> _T | None:
    if key not in texts:
        return None
    try:
        return parse(texts[key])
    except (ValueError, OverflowError):
        problems.append(message("declared.bad_value", number=number, key=key, value=texts[key]))
        return None
