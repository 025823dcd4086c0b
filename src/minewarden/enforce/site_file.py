"""Reads `site.toml`: what the unit owns, what must never be blocked, and how far one rule may reach."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from minewarden.enforce.guard import Limits
from minewarden.vocab.blockrule import Site
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Network, canonical_ip, canonical_mac, canonical_name
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml
from minewarden.vocab.words import Language, render

_LISTS = ("own", "protected", "protected_names", "resolvers", "accounts", "stations")
_LIMITS = {"widest_v4": (8, 32), "widest_v6": (16, 128), "longest_days": (1, 3650)}
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """The unit's own facts, and its limits."""

    site: Site = field(default_factory=Site)
    limits: Limits = field(default_factory=Limits)


class SiteError(ConfigError):
    """Everything that is wrong in a site file, at once, so that it is mended once."""

    def __init__(self, file: str, problems: tuple[Message, ...]) -> None:
        super().__init__(message("enforce.site_problems", file=file, count=len(problems)))
        self.problems = problems

    def said(self, language: Language = "zh") -> str:
        """The heading and one line per problem."""
        return "\n".join([super().said(language), *(f"  - {render(problem, language)}" for problem in self.problems)])


def load_site(path: Path) -> SiteFile:
    """Read a site file. Raises SiteError, naming all problems, also where the file cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SiteError(str(path), (message("enforce.site_unreadable", problem=reason_of(error)),)) from error
    except UnicodeDecodeError as error:
        raise SiteError(str(path), (message("enforce.site_not_utf8", at=error.start),)) from error
    return parse_site(text, str(path))


def parse_site(text: str, file: str = "site.toml") -> SiteFile:
    """Read the text of a site file: lists `own`, `protected` (ranges or addresses), `protected_names`, `resolvers`,
    `accounts` (login names), `stations` (MAC addresses), and a table `[limits]` with `widest_v4`, `widest_v6` (prefix
    lengths) and `longest_days`. Raises SiteError."""
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise SiteError(file, (message("enforce.site_not_toml", problem=str(error)),)) from error
    problems: list[Message] = [
        # A mistyped key would leave something unprotected in silence.
        message("enforce.site_unknown", key=key)
        for key in sorted(table.keys() - {*_LISTS, "limits"})
    ]
    site = Site(
        own=tuple(_each(table, "own", _range, problems)),
        protected=tuple(_each(table, "protected", _range, problems)),
        protected_names=frozenset(_each(table, "protected_names", canonical_name, problems)),
        resolvers=frozenset(_each(table, "resolvers", canonical_ip, problems)),
        accounts=frozenset(_each(table, "accounts", _account, problems)),
        stations=frozenset(_each(table, "stations", canonical_mac, problems)),
    )
    limits = _limits(table.get("limits", {}), problems)
    if problems:
        raise SiteError(file, tuple(problems))
    return SiteFile(site, limits)


def _each(table: dict[str, Any], key: str, read: Callable[[str], _Value], problems: list[Message]) -> list[_Value]:
    """The values of one list that can be read; what is wrong with the others goes to `problems`."""
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        problems.append(message("enforce.site_not_list", key=key))
        return []
    found: list[_Value] = []
    for value in values:
        try:
            found.append(read(value))
        except ValueError:
            problems.append(message(f"enforce.site_bad_{key}", value=value))
    return found


def _range(text: str) -> Network:
    return ipaddress.ip_network(text.strip())


def _account(text: str) -> str:
    if not text.strip():
        raise ValueError("an empty login name")
    return text.strip()


def _limits(table: object, problems: list[Message]) -> Limits:
    if not isinstance(table, dict):
        problems.append(message("enforce.site_limits_not_table"))
        return Limits()
    problems.extend(message("enforce.site_unknown", key=f"limits.{key}") for key in sorted(table.keys() - _LIMITS))
    read: dict[str, int] = {}
    for key, (low, high) in _LIMITS.items():
        value = table.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            problems.append(message("enforce.site_bad_limit", key=key, low=low, high=high))
        else:
            read[key] = value
    default = Limits()
    return Limits(
        widest_v4=read.get("widest_v4", default.widest_v4),
        widest_v6=read.get("widest_v6", default.widest_v6),
        longest=timedelta(days=read.get("longest_days", default.longest.days)),
    )
