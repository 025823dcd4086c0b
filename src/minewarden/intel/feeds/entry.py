"""What a line of a list becomes: an entry in the one spelling, or a reject that keeps the line and says why."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from minewarden.intel.record import Type, Verified, canonical
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import parse_endpoint
from minewarden.vocab.refang import refang

_ONE_LABEL = re.compile(r"[\w-]+")
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+){3}", re.ASCII)
_PATTERN = frozenset("*?()[]{}^$\\")
_FORMULA = ("=", "+", "-", "@", "|")
_NOT_ONE = {
    Type.IP: "ip", Type.CIDR: "cidr", Type.IP_PORT: "ip_port", Type.HOST_PORT: "host_port", Type.URL: "url",
    Type.SHA256: "digest", Type.CERT_SHA256: "digest", Type.JA3: "digest", Type.JA3S: "digest", Type.JA4: "digest",
}  # fmt: skip
KEPT = 200
"""Characters of a line that a reject keeps."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator of a list. What is None the list does not say, and the declaration of the source decides."""

    line: int
    type: Type
    value: str
    role: Role | None = None
    coins: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    operator: str = ""
    seen: datetime | None = None
    valid_until: datetime | None = None
    revoked: bool = False
    verified: Verified | None = None
    said: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that gives no indicator. `line` from 1, or the number of the object."""

    line: int
    text: str
    reason: Message


Item = Entry | Reject


def one_line(text: object, kept: int = KEPT) -> str:
    """A stranger's words on one bounded line without control characters."""
    raw = str(text)[: 4 * kept]
    clean = " ".join("".join(char if char.isprintable() else " " for char in raw).split())
    return clean if len(clean) <= kept else clean[: kept - 1] + "…"


def reject(line: int, text: object, reason: Message) -> Reject:
    """A reject that keeps what stood there on one bounded line."""
    return Reject(line, one_line(text), reason)


def formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for something to work out; no indicator begins like this."""
    return text.lstrip().startswith(_FORMULA)


def made(line: int, kind: Type, text: str, build: Callable[[str], Entry] | None = None) -> Item:
    """An entry of a known type, or the reject that says why not."""
    try:
        value = canonical(kind, text)
        flags = ("homograph",) if kind in (Type.HOST, Type.DOMAIN, Type.HOST_PORT, Type.URL) and deceives(text) else ()
    except ConfigError as error:
        return reject(line, text, error.message)
    except ValueError:
        return reject(line, text, _why_not(kind, text))
    entry = Entry(line, kind, value, flags=flags)
    if build is None:
        return entry
    return build(value)


def _why_not(kind: Type, text: str) -> Message:
    """Why a text is not of its type, and what one looks like."""
    if formula(text):
        return message("feed.formula")
    if kind in (Type.HOST, Type.DOMAIN):
        if set(text) & _PATTERN:
            return message("feed.pattern")
        if _NUMBERS.fullmatch(text.strip()):
            return message("feed.no_ip")
        return message("feed.one_label" if _ONE_LABEL.fullmatch(text.strip().strip(".")) else "feed.no_host")
    return message(f"feed.no_{_NOT_ONE.get(kind, 'text')}")


def scoped(text: str, scope: Type) -> tuple[Type, str]:
    """The type of a bare word of a list and the word itself.

    `*.name` and `.name` say themselves that everything below is meant; an address is an address; every other name is
    what the source was declared to list. Nothing is widened. Raises ValueError for what is none of these.
    """
    plain = refang(text).strip()
    if plain.startswith(("*.", ".")):
        return Type.DOMAIN, plain.lstrip("*").lstrip(".")
    if "*" in plain or "?" in plain or "(" in plain or "[" in plain.removeprefix("["):
        raise ValueError("patterns are not taken, only names and addresses")
    if "://" in plain:
        return Type.URL, plain
    if _is_network(plain):
        return Type.CIDR, plain
    if _is_address(plain):
        return Type.IP, plain
    if re.fullmatch(r".+:\d{1,5}", plain, re.ASCII):
        try:
            parse_endpoint(plain)
        except ValueError:
            return Type.HOST_PORT, plain
        return Type.IP_PORT, plain
    return scope, plain


def bare(line: int, text: str, scope: Type) -> Item:
    """A bare word of a list, with the scope of its source."""
    try:
        kind, plain = scoped(text, scope)
    except ValueError:
        return reject(line, text, message("feed.formula" if formula(text) else "feed.pattern"))
    item = made(line, kind, plain)
    # What is refused is shown as it was written.
    return replace(item, text=one_line(text)) if isinstance(item, Reject) else item


def once(items: Iterable[Item]) -> Iterator[Item]:
    """The items without later entries for the same type and value."""
    known: set[tuple[Type, str]] = set()
    for item in items:
        if isinstance(item, Entry):
            if (item.type, item.value) in known:
                continue
            known.add((item.type, item.value))
        yield item


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", text, re.ASCII)) or (
        text.count(":") >= 2 and bool(re.fullmatch(r"[0-9a-fA-F:.]{2,45}", text, re.ASCII))
    )


def _is_network(text: str) -> bool:
    address, slash, bits = text.partition("/")
    return bool(slash) and bits.isdigit() and _is_address(address)


# --- Names that look like others --------------------------------------------------------------------------------------

# Letters of other scripts that are drawn like Latin ones (a selection of Unicode's confusables, UTS 39).
_LOOKS = str.maketrans("аеорсухіјѕԁһӏвкмнтάαορνικτ", "aeopcyxijsdhlbkmhtaaopvikt")


def deceives(text: str) -> bool:
    """Whether a label of the name passes for an ASCII one, or mixes scripts: such a name needs a person's eye."""
    return any(_deceives(label) for label in re.split(r"[./:@]+", refang(text).lower()) if label)


def _deceives(label: str) -> bool:
    if label.startswith("xn--"):
        try:
            label = label.encode("ascii").decode("idna")
        except UnicodeError:
            return True
    if label.isascii():
        return False
    if label.translate(_LOOKS).isascii():
        return True
    scripts = {unicodedata.name(char, "?").partition(" ")[0] for char in label if char.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1
