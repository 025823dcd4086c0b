"""What a table of a spreadsheet is: its columns, declared once.

Template, import, export, the form on the page and the manual are all made from the same declaration, so that they
cannot disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from minewarden.vocab.message import Message
from minewarden.vocab.words import Language, render


class Kind(StrEnum):
    """What a cell holds. REFERENCE is the name of something that the caller looks up."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    DATE = "date"
    PHONE = "phone"
    IP = "ip"
    MAC = "mac"
    RANGE = "range"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` names its value in programs, `title` stands above it.

    choices: code -> label, for CHOICE. made: further ones that come about elsewhere: shown, never offered. longest:
    characters, for texts; the largest number, for NUMBER. help says why it is asked or how it is written; example
    is what the instructions show. secret: masked wherever it leaves the desk without a reason. also: other headings
    under which it is known.
    """

    key: str
    title: Message
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: Mapping[str, Message] = field(default_factory=dict)
    made: Mapping[str, Message] = field(default_factory=dict)
    help: Message | None = None
    example: str = ""
    longest: int = 120
    width: int = 14
    secret: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `code` and `version` stand in a hidden cell of its template; `key` names what identifies a row."""

    code: str
    title: Message
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: int = 1

    def column(self, key: str) -> Column:
        """The column of that key. Raises KeyError."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    @property
    def mark(self) -> str:
        """What the hidden cell says: `minewarden assets 1`."""
        return f"minewarden {self.code} {self.version}"

    def titles(self, language: Language) -> list[str]:
        """The headings in a language."""
        return [render(column.title, language) for column in self.columns]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read: `line` is its number in the spreadsheet, from 1; `texts` by key, blank ones left out."""

    line: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave: its rows, the headings nobody knows, and the titles of required columns that it lacks."""

    rows: Sequence[Row]
    unknown: tuple[str, ...] = ()
    missing: tuple[Column, ...] = ()
