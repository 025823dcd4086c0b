"""What a list is before anybody reads it: whose it is, under which licence, in which form, how much is too much.

[[source]]
name = "maltrail-mining"
form = "maltrail"
family = "maltrail"
licence = "MIT"
role = "pool-endpoint"
url = "https://lists.example.org/miners.txt"
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from minewarden.intel.faults import CatalogueError, Fault
from minewarden.intel.record import FREE_LICENCES, Tlp, Type, Verified
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.toml import parse_toml

FORMS = ("plain", "hosts", "csv", "maltrail", "misp", "stix", "taxii", "notice", "catalogue")
FETCHED_ONLY = frozenset(
    {"AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-3.0", "ELv2", "DRL-1.1", "CC-BY-NC-4.0", "CC-BY-SA-4.0", "proprietary"}
)
"""Licences whose data may be used where it was fetched, and may not be handed on."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a source is read before it is refused: bytes, entries, seconds; and by how much of what was there
    before it may shrink or grow."""

    size: int = 64 * 1024 * 1024
    entries: int = 500_000
    seconds: float = 120.0
    shrink: float = 0.30
    growth: float = 1.00

    @property
    def megabytes(self) -> float:
        """The size as people read it and as `largest_mb` has it."""
        whole, rest = divmod(self.size, 1024 * 1024)
        return round(self.size / (1024 * 1024), 2) if rest else whole


@dataclass(frozen=True, slots=True)
class Source:
    """One list. `scope` and `role` are what its bare lines mean; a list never says so itself, and it is not guessed."""

    name: str
    form: str
    licence: str
    family: str = ""
    role: Role = Role.POOL_ENDPOINT
    scope: Type = Type.HOST
    coins: tuple[str, ...] = ()
    url: str = ""
    sha256: str = ""
    """Where given, the only content that is taken."""
    every: timedelta = timedelta(days=1)
    tlp: Tlp = Tlp.GREEN
    verified: Verified = Verified.NONE
    token_file: str = ""
    """The file with the password or token of a TAXII server; secrets stand in no declaration."""
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)

    @property
    def free(self) -> bool:
        """Whether what it says may be handed on."""
        return self.licence in FREE_LICENCES


def read_sources(path: Path) -> tuple[Source, ...]:
    """The declared sources. Raises CatalogueError naming every fault."""
    try:
        document = parse_toml(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        detail = reason_of(error)
        raise CatalogueError([Fault(str(path), 0, message("intel.unreadable", detail=detail))]) from error
    except UnicodeDecodeError as error:
        raise CatalogueError([Fault(str(path), 0, message("intel.not_utf8"))]) from error
    except ValueError as error:
        raise CatalogueError([Fault(str(path), 0, message("intel.not_toml", detail=str(error)))]) from error
    rows = document.get("source", [])
    faults: list[Fault] = []
    made: list[Source] = []
    if not isinstance(rows, list) or not rows:
        faults.append(Fault(str(path), 0, message("intel.missing_column", column="[[source]]")))
        rows = []
    for row in rows:
        result = _source(row) if isinstance(row, dict) else message("intel.missing_column", column="[[source]]")
        if isinstance(result, Source):
            made.append(result)
        else:
            faults.append(Fault(str(path), 0, result))
    doubled = {source.name for source in made if sum(other.name == source.name for other in made) > 1}
    faults.extend(Fault(str(path), 0, message("feed.doubled", source=name)) for name in sorted(doubled))
    if faults:
        raise CatalogueError(faults)
    return tuple(made)


_KNOWN = frozenset(
    {
        *("name", "form", "family", "licence", "role", "scope", "coins", "url", "sha256", "every_hours", "tlp"),
        *("verified", "token_file", "largest_mb", "largest_entries", "seconds"),
    }
)


def _source(row: dict[str, object]) -> Source | Message:
    name = str(row.get("name", ""))
    for column in ("name", "form", "licence"):
        if not row.get(column):
            return message("feed.source_needs", source=name or "?", column=column)
    if unknown := sorted(set(row) - _KNOWN):
        return message("intel.unknown_word", word=unknown[0], operator=name)
    try:
        bounds = Bounds(
            size=int(float(str(row.get("largest_mb", 64))) * 1024 * 1024),
            entries=int(str(row.get("largest_entries", 500_000))),
            seconds=float(str(row.get("seconds", 120))),
        )
        source = Source(
            name=name,
            form=str(row["form"]),
            licence=str(row["licence"]),
            family=str(row.get("family", "")),
            role=Role(str(row.get("role", Role.POOL_ENDPOINT.value))),
            scope=Type(str(row.get("scope", Type.HOST.value))),
            coins=tuple(str(row.get("coins", "")).upper().replace(",", " ").split()),
            url=str(row.get("url", "")),
            sha256=str(row.get("sha256", "")).lower(),
            every=timedelta(hours=float(str(row.get("every_hours", 24)))),
            tlp=Tlp(str(row.get("tlp", Tlp.GREEN.value))),
            verified=Verified(str(row.get("verified", Verified.NONE.value))),
            token_file=str(row.get("token_file", "")),
            bounds=bounds,
        )
    except (ValueError, OverflowError) as error:
        return message("feed.source_wrong", source=name, detail=str(error))
    return check(source) or source


def check(source: Source) -> Message | None:
    """What forbids using a declaration as it stands: the licence gate first."""
    if not _NAME.fullmatch(source.name):
        return message("feed.source_name", source=source.name[:64])
    if source.form not in FORMS:
        return message("feed.unknown_form", source=source.name, form=source.form, forms=", ".join(FORMS))
    if source.licence not in FREE_LICENCES | FETCHED_ONLY:
        known = ", ".join(sorted(FREE_LICENCES | FETCHED_ONLY))
        if not source.licence:
            return message("feed.licence_absent", source=source.name, known=known)
        return message("feed.licence", source=source.name, licence=source.licence, known=known)
    if source.scope not in (Type.HOST, Type.DOMAIN):
        return message("feed.source_wrong", source=source.name, detail=f"scope = {source.scope.value}")
    if source.sha256 and not re.fullmatch(r"[0-9a-f]{64}", source.sha256):
        return message("feed.source_wrong", source=source.name, detail="sha256")
    if source.url and urlsplit(source.url).scheme not in ("https", "http"):
        return message("feed.source_wrong", source=source.name, detail=source.url[:100])
    return None
