"""What a person may change of a detector: built-in value < `minewarden.toml` < environment; every problem at once.

[detect.push_flow]
least_pushes = 12          # or MINEWARDEN_DETECT_PUSH_FLOW_LEAST_PUSHES=12

A room declares its values as a frozen dataclass of numbers, each made by `setting`, with the date on which they were
set (`AS_OF`). Names, kinds and bounds are checked before anything is read or detected.
"""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml
from minewarden.vocab.words import Language, render

_Values = TypeVar("_Values")
FILE = "minewarden.toml"
PREFIX = "MINEWARDEN"
_MOST_BYTES = 1 << 20


def setting(value: float, least: float, most: float) -> Any:
    """A number of a settings dataclass, with the bounds (both allowed) outside of which it makes no sense. Whether it
    is whole or not goes by the type of `value`."""
    return field(default=value, metadata={"least": least, "most": most})


class SettingErrors(ConfigError):
    """Everything that is wrong in the settings; `all` has each on its own."""

    def __init__(self, found: tuple[Message, ...]) -> None:
        super().__init__(found[0])
        self.all = found

    def said(self, language: Language = "zh") -> str:
        """One line for each problem; each names its place."""
        return "\n".join(render(sentence, language) for sentence in self.all)


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given, and where: a key of the file, or a variable of the environment."""

    value: object
    place: str


@dataclass(frozen=True, slots=True)
class Config:
    """What was given, not yet held against what there is. `file`: as the user wrote it."""

    tables: Mapping[str, object]
    environment: Mapping[str, str]
    file: str = FILE

    @classmethod
    def load(cls, path: Path | None, environment: Mapping[str, str] | None = None) -> "Config":
        """Read `minewarden.toml`; no path means no file. Raises SettingErrors where it is no TOML."""
        own = {
            name: value
            for name, value in (os.environ if environment is None else environment).items()
            if name.startswith(f"{PREFIX}_")
        }
        if path is None:
            return cls({}, own)
        try:
            raw = path.read_bytes()
            if len(raw) > _MOST_BYTES:
                raise SettingErrors((message("config.too_large", file=str(path), most=_MOST_BYTES),))
            tables = parse_toml(raw.decode("utf-8-sig"))
        except OSError as error:
            reason = reason_of(error)
            raise SettingErrors((message("config.unreadable", file=str(path), reason=reason),)) from error
        except ValueError as error:
            raise SettingErrors((message("config.not_toml", file=str(path), reason=str(error)[:200]),)) from error
        return cls(tables, own, str(path))

    def settled(self, room: str, defaults: Mapping[str, _Values]) -> dict[str, _Values]:
        """The settings of every name in a room, such as `detect`, with what was given put in.

        Raises SettingErrors with every unknown key, wrong kind and value out of bounds.
        """
        problems: list[Message] = []
        out = {}
        known: set[str] = set()
        table = self._room(room, defaults, problems)
        for name, values in defaults.items():
            own = table.get(name, {})
            if not isinstance(own, dict):
                problems.append(message("config.not_a_table", file=self.file, key=f"{room}.{name}"))
                own = {}
            places = {one.name: one for one in numbers(values)}
            variables = {f"{PREFIX}_{room}_{name}_{key}".upper(): key for key in places}
            known |= variables.keys()
            given = {key: Given(value, f"{self.file}: [{room}.{name}] {key}") for key, value in own.items()}
            for key in sorted(given.keys() - places.keys()):
                problems.append(message("config.unknown", place=given.pop(key).place, known=", ".join(places)))
            given |= {key: Given(self.environment[v], v) for v, key in variables.items() if v in self.environment}
            read = {key: _read(places[key], one, problems) for key, one in given.items()}
            out[name] = replace(values, **{k: v for k, v in read.items() if v is not None})  # type: ignore[type-var]
        for variable in sorted(self.environment):
            if variable.startswith(f"{PREFIX}_{room}_".upper()) and variable not in known:
                problems.append(message("config.unknown", place=variable, known=f"{PREFIX}_{room}_...".upper()))
        if problems:
            raise SettingErrors(tuple(problems))
        return out

    def _room(self, room: str, defaults: Mapping[str, object], problems: list[Message]) -> Mapping[str, object]:
        table = self.tables.get(room, {})
        if not isinstance(table, dict):
            problems.append(message("config.not_a_table", file=self.file, key=room))
            return {}
        for key in sorted(table.keys() - defaults.keys()):
            known = ", ".join(f"[{room}.{name}]" for name in defaults)
            problems.append(message("config.unknown", place=f"{self.file}: [{room}.{key}]", known=known))
        return table


def numbers(values: object) -> Iterator["Field[Any]"]:
    """The fields of a settings dataclass that a person may change."""
    return (one for one in fields(values) if "least" in one.metadata)  # type: ignore[arg-type]


def _read(one: "Field[Any]", given: Given, problems: list[Message]) -> int | float | None:
    whole = type(one.default) is int
    value: Any = given.value
    if isinstance(value, str):
        try:
            value = int(value) if whole else float(value)
        except ValueError:
            value = None
    least, most = one.metadata["least"], one.metadata["most"]
    # In TOML true is no number, in Python it is.
    fits = type(value) is int or (type(value) is float and not whole and math.isfinite(value))
    if not fits:
        kind = "config.not_whole" if whole else "config.not_a_number"
        problems.append(message(kind, place=given.place, value=str(given.value)[:40]))
        return None
    # Compared as it is: a number of a thousand digits is no float.
    if not least <= value <= most:
        span = {"least": f"{least:g}", "most": f"{most:g}"}
        problems.append(message("config.out_of_bounds", place=given.place, value=str(given.value)[:40], **span))
        return None
    return int(value) if whole else float(value)
