"""What a library keeps of an indicator: one record for one value, with what each source says of it and until when.

The identity of a record is its type and its value in their one spelling, so that the same indicator from a second list
becomes a second voice and not a second record. How wide a record matches is its type; it is never guessed.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from minewarden.intel.normalise import canonical_value
from minewarden.intel.watchset import refuse_wide
from minewarden.vocab.indicator import Indicator, Kind, Role
from minewarden.vocab.net import canonical_ip
from minewarden.vocab.refang import refang

NAMESPACE = uuid.UUID("6b1f5a0e-6f0e-5c59-9d53-0d1f3f6f4c11")
LONGEST_TEXT = 200
"""Characters of an indicator that is a plain text (a program's name, what it calls itself)."""


class Type(StrEnum):
    """What a value is, and how wide it matches. The first five are those a watch list can match (`vocab.Kind`)."""

    HOST = "host"
    DOMAIN = "domain"
    IP = "ip"
    CIDR = "cidr"
    IP_PORT = "ip-port"
    HOST_PORT = "host-port"
    URL = "url"
    JA3 = "ja3"
    JA3S = "ja3s"
    JA4 = "ja4"
    CERT_SHA256 = "cert-sha256"
    SHA256 = "sha256"
    PROCESS_NAME = "process-name"
    USER_AGENT = "user-agent"
    STRATUM_AGENT = "stratum-agent"


class Tlp(StrEnum):
    """How far a record may be passed on (Traffic Light Protocol 2.0, FIRST), from everybody to nobody else."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for everybody, growing."""
        return _RANKS[self]


_RANKS = {mark: rank for rank, mark in enumerate(Tlp)}


class Verified(StrEnum):
    """How a source knows."""

    NONE = "none"
    DNS = "dns"
    TCP = "tcp"
    TLS_CERT = "tls-cert"
    HANDSHAKE = "stratum-handshake"
    LOCAL = "local-traffic"
    REVIEW = "review"


FREE_LICENCES = frozenset(
    {"own", "MIT", "CC0-1.0", "Unlicense", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "CC-BY-4.0"}
)
"""Data under these may be handed on in a bundle, an export or over TAXII; all other data stays where it was loaded."""

MATCHED = {Type(kind.value): kind for kind in Kind}
_HEX = {Type.JA3: 32, Type.JA3S: 32, Type.CERT_SHA256: 64, Type.SHA256: 64}
_JA4 = re.compile(r"[tqd][0-9s][0-9][di]\d{4}[a-z0-9]{2}_[0-9a-f]{12}_[0-9a-f]{12}", re.ASCII)
_SCHEMES = frozenset({"http", "https", "ws", "wss", "tcp", "ssl", "stratum", "stratum+tcp", "stratum+ssl"})
_FORMULA = ("=", "+", "-", "@", "|", "%")


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source says. `family` makes copies of one list one voice; `seen` is the last day on which the source
    itself says that it saw or reviewed the indicator, and where it says nothing the day of the first load."""

    source: str
    family: str
    licence: str
    seen: datetime
    first: datetime
    verified: Verified = Verified.NONE
    tlp: Tlp = Tlp.GREEN
    gone: datetime | None = None
    """When the source no longer listed it, or took it back."""
    version: str = ""
    """What of the source was read: the SHA-256 of the file."""
    said: str = ""
    """The source's own words, on one line."""

    @property
    def free(self) -> bool:
        """Whether what it says may be handed on."""
        return self.licence in FREE_LICENCES


@dataclass(frozen=True, slots=True)
class Record:
    """One indicator. `value` is canonical for `type`. Instants are aware.

    `sightings` counts local traffic, `false_positives` distinct units that said it hit something harmless.
    """

    type: Type
    value: str
    role: Role
    voices: tuple[Voice, ...]
    operator: str = ""
    coins: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked: datetime | None = None
    superseded_by: str = ""
    flags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """What proves it, as a reference and a hash; never what a person sent or read."""
    note: str = ""
    sightings: int = 0
    last_sighting: datetime | None = None
    false_positives: int = 0

    @property
    def id(self) -> str:
        """The same for everybody: a UUID (version 5) of type and value."""
        return str(identity(self.type, self.value))

    @property
    def families(self) -> tuple[str, ...]:
        """The source families that speak for it, each once."""
        return tuple(sorted({voice.family for voice in self.voices}))

    def over(self, at: datetime) -> bool:
        """Whether it is revoked, or past its end."""
        return self.revoked is not None or (self.valid_until is not None and self.valid_until <= at)

    def shared(self, most: Tlp = Tlp.GREEN) -> "Record | None":
        """The record as it may be handed on: only voices under free licences whose mark allows it, and without what
        was noted or seen here unless that may go out too (AMBER+STRICT). None where no voice is left."""
        free = tuple(voice for voice in self.voices if voice.free and voice.tlp.rank <= most.rank)
        if not free:
            return None
        if most.rank >= Tlp.AMBER_STRICT.rank:
            return replace(self, voices=free)
        return replace(self, voices=free, note="", evidence=(), sightings=0, last_sighting=None, false_positives=0)

    @property
    def tlp(self) -> Tlp:
        """The most open mark among its voices: what any of them says in public is public."""
        return min((voice.tlp for voice in self.voices), key=lambda mark: mark.rank, default=Tlp.RED)

    def indicator(self, confidence: float) -> Indicator | None:
        """What a watch list matches; None for a type that it cannot match."""
        kind = MATCHED.get(self.type)
        if kind is None or not self.voices:
            return None
        best = max(self.voices, key=lambda voice: voice.seen)
        return Indicator(
            kind=kind,
            value=self.value,
            role=self.role,
            operator=self.operator or self.value,
            coins=self.coins,
            confidence=round(confidence),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            source=", ".join(sorted({voice.source for voice in self.voices})),
            source_family=best.family,
            reviewed=best.seen,
            notes=self.note,
            ports=self.ports,
        )


def identity(kind: Type, value: str) -> uuid.UUID:
    """The UUID of a type and a canonical value."""
    return uuid.uuid5(NAMESPACE, f"{kind.value}|{value}")


def canonical(kind: Type, text: str) -> str:
    """The value in its one spelling. Raises ValueError where it is not of that type, and ConfigError where it would
    hold strangers: a public suffix, a shared root, a wide network, an address that is nobody's."""
    if kind in MATCHED:
        value = canonical_value(MATCHED[kind], text)
        refuse_wide(MATCHED[kind], value)
        return value
    plain = refang(text).strip()
    if kind is Type.HOST_PORT:
        return _host_port(plain)
    if kind is Type.URL:
        return _url(plain)
    if kind in _HEX:
        digits = plain.lower().replace(":", "")
        if not re.fullmatch(rf"[0-9a-f]{{{_HEX[kind]}}}", digits):
            raise ValueError(f"not {_HEX[kind]} hexadecimal digits: {plain[:80]!r}")
        return digits
    if kind is Type.JA4:
        if not _JA4.fullmatch(plain.lower()):
            raise ValueError(f"not a JA4 fingerprint: {plain[:80]!r}")
        return plain.lower()
    if not plain.isprintable() or not 2 <= len(plain) <= LONGEST_TEXT or plain.startswith(_FORMULA):
        raise ValueError(f"not a plain text of 2 to {LONGEST_TEXT} characters: {plain[:80]!r}")
    return plain


def _host_port(plain: str) -> str:
    host, separator, port = plain.rpartition(":")
    if not separator or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(f"not a name with a port: {plain[:80]!r}")
    return f"{canonical_value(Kind.HOST, host)}:{int(port)}"


def _url(plain: str) -> str:
    parts = urlsplit(plain)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(f"not an address of a page or a pool: {plain[:80]!r}")
    if parts.username or parts.password:
        raise ValueError("an address that carries a login is not kept")
    port = f":{parts.port}" if parts.port else ""
    try:
        host = canonical_ip(parts.hostname)
        host = f"[{host}]" if ":" in host else host
    except ValueError:
        host = canonical_value(Kind.HOST, parts.hostname)
    if not (parts.path + parts.query).isprintable():
        raise ValueError(f"not an address of a page or a pool: {plain[:80]!r}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}{query}"


def host_of(kind: Type, value: str) -> str:
    """The name or the address inside a value, the lower end of a network; empty for a type that has none."""
    if kind in (Type.HOST, Type.DOMAIN, Type.IP):
        return value
    if kind is Type.CIDR:
        return value.partition("/")[0]
    if kind in (Type.IP_PORT, Type.HOST_PORT):
        return value.rpartition(":")[0].strip("[]")
    return (urlsplit(value).hostname or "") if kind is Type.URL else ""


# --- On paper ---------------------------------------------------------------------------------------------------------


def plain(record: Record) -> dict[str, Any]:
    """The record as JSON keeps it (schema `minewarden/intel-record/1`); what is empty is left out."""
    written: dict[str, Any] = {
        "id": record.id,
        "type": record.type.value,
        "value": record.value,
        "role": record.role.value,
        "operator": record.operator,
        "coins": list(record.coins),
        "ports": list(record.ports),
        "valid_from": _written(record.valid_from),
        "valid_until": _written(record.valid_until),
        "revoked": _written(record.revoked),
        "superseded_by": record.superseded_by,
        "flags": list(record.flags),
        "evidence": list(record.evidence),
        "note": record.note,
        "sightings": record.sightings,
        "last_sighting": _written(record.last_sighting),
        "false_positives": record.false_positives,
        "voices": [_voice(voice) for voice in record.voices],
    }
    return {key: value for key, value in written.items() if value not in ("", None, [], 0)}


def record_of(written: Mapping[str, Any], *, trusted: bool = False) -> Record:
    """The record that `plain` wrote. Raises ValueError or ConfigError where it is not one: the value must be canonical
    and the identity its own, for what comes in a file may have been made by anybody. `trusted` is for what this
    program put into its own library, where checking every value anew would take most of the time."""
    try:
        kind = Type(written["type"])
        record = Record(
            type=kind,
            value=_text(written, "value"),
            role=Role(written["role"]),
            voices=tuple(_heard(voice) for voice in written.get("voices", ())),
            operator=_text(written, "operator"),
            coins=tuple(map(str, written.get("coins", ()))),
            ports=tuple(port for port in written.get("ports", ()) if isinstance(port, int) and 0 < port < 65536),
            valid_from=_read(written.get("valid_from")),
            valid_until=_read(written.get("valid_until")),
            revoked=_read(written.get("revoked")),
            superseded_by=_text(written, "superseded_by"),
            flags=tuple(map(str, written.get("flags", ()))),
            evidence=tuple(map(str, written.get("evidence", ()))),
            note=_text(written, "note"),
            sightings=int(written.get("sightings", 0)),
            last_sighting=_read(written.get("last_sighting")),
            false_positives=int(written.get("false_positives", 0)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record: {error}") from error
    if trusted:
        return record
    if canonical(kind, record.value) != record.value or written.get("id", record.id) != record.id:
        raise ValueError(f"not the spelling or the identity of {record.value[:80]!r}")
    return record


def _voice(voice: Voice) -> dict[str, Any]:
    written = {
        "source": voice.source,
        "family": voice.family,
        "licence": voice.licence,
        "seen": _written(voice.seen),
        "first": _written(voice.first),
        "verified": voice.verified.value,
        "tlp": voice.tlp.value,
        "gone": _written(voice.gone),
        "version": voice.version,
        "said": voice.said,
    }
    return {key: value for key, value in written.items() if value}


def _heard(written: Mapping[str, Any]) -> Voice:
    seen, first = _read(written["seen"]), _read(written["first"])
    if seen is None or first is None:
        raise ValueError("a voice without a day")
    return Voice(
        source=_text(written, "source"),
        family=_text(written, "family"),
        licence=_text(written, "licence"),
        seen=seen,
        first=first,
        verified=Verified(written.get("verified", "none")),
        tlp=Tlp(written.get("tlp", "green")),
        gone=_read(written.get("gone")),
        version=_text(written, "version"),
        said=_text(written, "said"),
    )


def _text(written: Mapping[str, Any], key: str) -> str:
    text = written.get(key, "")
    if not isinstance(text, str) or len(text) > 4096:
        raise ValueError(f"{key} is not a text")
    return text


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: object) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {text!r}")
    return at.astimezone(UTC)
