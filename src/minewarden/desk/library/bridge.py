"""Where the desk meets the library's own file: what is held, what two people accepted, what a version becomes.

Whoever changes both writes the library last, inside the transaction of the act: if the file cannot be written, nothing
happened. What is written twice into the file is the same as once.
"""

import hashlib
import ipaddress
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from minewarden.desk.kit.words import chinese
from minewarden.desk.ledger.directory import protected_site
from minewarden.desk.library.models import Accepted, Addressed, Issue, Submission
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force
from minewarden.enforce.compiler import Compiler
from minewarden.enforce.guard import Guarded, guard, networks_of
from minewarden.intel import bundle
from minewarden.intel.decay import REVIEW_FAMILY
from minewarden.intel.exports.exported import Occasion, hits
from minewarden.intel.exports.forms import FORMS, outgoing
from minewarden.intel.feeds.entry import Entry, one_line
from minewarden.intel.feeds.reading import Listing
from minewarden.intel.gate import Gate
from minewarden.intel.library import Library, LoadReport, Override, Version
from minewarden.intel.record import Record, Tlp, Type, Verified, host_of
from minewarden.intel.source import Source
from minewarden.patrol import intelligence
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.indicator import Role
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Network, parents

REVIEWED = Source(
    name="city-review", form="plain", licence="own", family=REVIEW_FAMILY, verified=Verified.REVIEW, tlp=Tlp.GREEN
)
"""What two people of the city accepted of reports, as a source of the library like any other."""

WITHIN = Tlp.AMBER
"""Units of one city hand on to each other what their own organisation and its clients may know."""

RULES = tuple(form for form in COMPILERS if form not in ("zeek", "radius"))
"""Forms that block: their rules pass the guard and end. Zeek is only told of a hit; RADIUS knows people, not pools."""
SHARED_FORMS = tuple(form for form in FORMS if form not in RULES)
ALL_FORMS = (*SHARED_FORMS, *RULES)
_TOKENS = re.compile(r"[A-Za-z0-9_*.:\-\[\]]+")
_LONGEST_TOKEN = 260


def library_path() -> Path:
    """Where the library lies: MINEWARDEN_LIBRARY, which the command line knows too, else in the data folder."""
    named = os.environ.get("MINEWARDEN_LIBRARY")
    return Path(named) if named else Path(settings.DATA) / "intel.sqlite"


def library() -> Library:
    """The library; made where there is none. Raises ConfigError where the file is none."""
    path = library_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Library(path)


def gate(now: datetime, touching: Iterable[Network] | None = None) -> Gate:
    """What lets a stranger's entry in: not what an allow list excuses, the ledger owns, or many people share.

    touching: the gate is asked about nothing but these, and names.
    """
    return intelligence.gate(library(), protected_site(now, touching))


def network_of(kind: Type, value: str) -> tuple[Network, ...]:
    """What an entry names of addresses; nothing where it is a name."""
    try:
        return (ipaddress.ip_network(host_of(kind, value)),)
    except ValueError:
        return ()


def stopped(kind: Type, value: str, now: datetime) -> Message | None:
    """Why the gate would let an entry wait for a person; None: nothing speaks against it."""
    return gate(now, network_of(kind, value)).stops(Entry(0, kind, value), now)


# --- What people accepted --------------------------------------------------------------------------------------------


def put_accepted(*, by: str, why: str, now: datetime) -> LoadReport | None:
    """Bring everything that two people accepted into the library, as one source. People looked at each entry, so no
    gate stops it. None where nothing was ever accepted."""
    listing = _accepted()
    if not listing.entries:
        return None
    return library().load(REVIEWED, listing, now, Gate(), Override(by, why))


def _accepted() -> Listing:
    rows: dict[tuple[str, str], list[Accepted]] = defaultdict(list)
    for row in Accepted.objects.select_related("submission"):
        rows[row.type, row.value].append(row)
    entries = tuple(_entry(number, same) for number, same in enumerate(rows.values(), 1))
    written = "\n".join(f"{entry.type.value} {entry.value}" for entry in entries)
    return Listing(entries, (), hashlib.sha256(written.encode()).hexdigest(), len(written))


def _entry(number: int, rows: Sequence[Accepted]) -> Entry:
    last = max(rows, key=lambda row: row.at)
    reports = [row.submission for row in rows]
    ports = {report.port for report in reports if report.port}
    kind = Type(last.type)
    return Entry(
        line=number,
        type=kind,
        value=last.value,
        role=Role(last.role),
        coins=tuple(dict.fromkeys(coin for report in reports for coin in coins_of(report))),
        ports=tuple(sorted(ports)) if kind in (Type.HOST, Type.DOMAIN) else (),
        seen=last.at,
        verified=Verified.REVIEW,
        said=one_line("；".join(dict.fromkeys(_cited(report) for report in reports))),
    )


def coins_of(report: Submission) -> tuple[str, ...]:
    """The coins that a report names, each once."""
    found = re.split(r"[\s,，、;；/]+", report.coins.upper())
    return tuple(dict.fromkeys(coin for coin in found if coin.isascii() and coin.isalnum()))[:16]


def _cited(report: Submission) -> str:
    """The report by its number, and the hash of what shows it: a reference, never a person."""
    proofs = "、".join(f"SHA-256 {proof['sha256'][:16]}" for proof in report.proofs[:3])
    return f"{report.number} {proofs}".strip()


# --- Versions --------------------------------------------------------------------------------------------------------


def note_version(version: Version) -> Issue:
    """The desk's row for a version of the file, made where it was published by the command line."""
    facts = {
        "label": version.label, "at": version.at, "by": version.by, "note": version.note,
        "sha256": version.sha256, "count": version.count,
    }  # fmt: skip
    return Issue.objects.get_or_create(number=version.number, defaults=facts)[0]


def unknown_versions() -> list[Version]:
    """Versions of the file that the desk has no row for."""
    known = set(Issue.objects.values_list("number", flat=True))
    return [version for version in library().versions() if version.number not in known]


def records_of(issue: Issue) -> tuple[Record, ...]:
    """What a version holds and may be handed on within the city, without what was noted or seen here."""
    return _records(library_path(), issue.number, issue.sha256)


def held_in(issue: Issue) -> Mapping[str, Record]:
    """What a version holds, by identity."""
    return _held(library_path(), issue.number, issue.sha256)


# A version is frozen, and reading one of thousands of records takes a tenth of a second.
@lru_cache(maxsize=3)
def _records(path: Path, number: int, sha256: str) -> tuple[Record, ...]:
    return outgoing(_held(path, number, sha256).values(), WITHIN)


@lru_cache(maxsize=3)
def _held(path: Path, number: int, sha256: str) -> Mapping[str, Record]:
    return MappingProxyType({record.id: record for record in Library(path).version(number)})


@dataclass(frozen=True, slots=True)
class Rules:
    """The block rules of a version: what the guard lets through, and what it does not, with the reason."""

    guarded: Guarded
    end: datetime
    over: bool


def rules_of(issue: Issue, unit: Unit | None, now: datetime) -> Rules:
    """The rules that a version gives until its end: so many days after it was published, a record's own end before."""
    end = issue.at + timedelta(days=in_force(unit, now).number("library_days"))
    if end <= now:
        return Rules(Guarded((), ()), end, over=True)
    basis = chinese("desk_blocks.basis_plan_boundary")
    made = intelligence.block_rules(records_of(issue), now, end, issue.label)
    rules = [replace(rule, basis=basis) for rule in made]
    return Rules(guard(rules, protected_site(now, networks_of(rules)), now=now), end, over=False)


def judged(records: Iterable[Record], now: datetime) -> Guarded:
    """What the guard would say to the rules of records that are not published yet."""
    rules = intelligence.block_rules(outgoing(records, WITHIN), now, now + timedelta(days=7), "-")
    return guard(rules, protected_site(now, networks_of(rules)), now=now)


def files_of(issue: Issue, form: str, unit: Unit | None, now: datetime, producer: str) -> Mapping[str, bytes]:
    """A version in a form. Raises KeyError for an unknown form."""
    if form in SHARED_FORMS:
        return FORMS[form](records_of(issue), Occasion(issue.at, producer, issue.label)).files
    return compiled_rules(rules_of(issue, unit, now).guarded.accepted, form, now)


def compiled_rules(rules: Iterable[BlockRule], form: str, now: datetime) -> Mapping[str, bytes]:
    """File name -> content, of rules that passed the guard. What is over is left out. Raises KeyError for an unknown
    form."""
    compiler: Compiler = COMPILERS.load(form)(now=now)
    return compiler.compile([rule for rule in rules if rule.expires_at > now])


# --- What a device holds ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A device's own list held against a version: what it holds, what it lacks, what it should hold no more."""

    held: int
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    sha256: str


def held_against(content: bytes, issue: Issue) -> Held:
    """Hold what a device gives out (a zone, a hosts file, an address set, a table) against what the version blocks.

    The form does not matter: an entry is held where it stands as a word of its own, a domain also where a name above
    it does. Stale is what an earlier version had and this one has not.
    """
    words = {_plain(word) for line in content.decode("utf-8", "replace").splitlines() for word in _words(line)}
    listed = [record for record in records_of(issue) if hits(record)]
    now_listed = {record.value for record in listed}
    trees = {record.value for record in listed if record.type is Type.DOMAIN}
    missing = [value for value in now_listed if not words.intersection((value, *_above(value, trees)))]
    earlier = Issue.objects.filter(number__lt=issue.number)
    before = {record.value for old in earlier for record in records_of(old) if hits(record)}
    stale = [value for value in before - now_listed if value in words]
    digest = hashlib.sha256(content).hexdigest()
    return Held(len(now_listed) - len(missing), tuple(sorted(missing)), tuple(sorted(stale)), digest)


def _words(line: str) -> Iterable[str]:
    return (word for word in _TOKENS.findall(line) if len(word) <= _LONGEST_TOKEN)


def _plain(word: str) -> str:
    return word.strip("[]").removeprefix("*.").strip(".:").lower()


def _above(value: str, trees: set[str]) -> Iterable[str]:
    """Domains of the version that hold this name; for an address with its port the address, which some list alone."""
    host, colon, port = value.rpartition(":")
    if colon and port.isdecimal():
        return (host.strip("[]"),)
    return trees.intersection(parents(value))


# --- Signed bundles --------------------------------------------------------------------------------------------------


def key_path() -> Path:
    """Where the private key of this desk lies."""
    return Path(settings.DATA) / "library-key"


def own_key() -> str:
    """The fingerprint of the key with which this desk signs; the key is made on first use. Raises ConfigError."""
    if not key_path().exists():
        bundle.make_key(key_path())
    return bundle.fingerprint(bundle.private_key(key_path()).public_key())


def public_pem() -> bytes:
    """The public half, as a file for those who take our bundles."""
    own_key()
    return Path(f"{key_path()}.pub").read_bytes()


def bundle_of(issue: Issue, producer: str) -> bytes:
    """A version as one signed file."""
    own_key()
    key = bundle.private_key(key_path())
    return bundle.write(records_of(issue), key, number=issue.number, label=issue.label, producer=producer, at=issue.at)


def newest(unit: Unit) -> Addressed | None:
    """The newest version that a unit was given."""
    return Addressed.objects.filter(unit=unit).select_related("issue").order_by("-issue__number").first()


def unknown_form(form: str) -> Message:
    """What is said of a form that is none."""
    return message("block.unknown_form", form=form, forms=", ".join(ALL_FORMS))
