"""Lists that the city takes in: declared, fetched from their own server when it is time, laid into a folder, or brought
as a file to an isolated network; bundles that somebody else signed; and what waits for a person."""

import hashlib
import logging
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.turns import turn
from minewarden.desk.library.access import demand_office, office
from minewarden.desk.library.bridge import gate, library, library_path, note_version, unknown_versions
from minewarden.desk.library.models import Feed, Trusted
from minewarden.desk.notify.outbox import people_of, post
from minewarden.desk.org.models import Person, Role
from minewarden.intake import isolation
from minewarden.intel import bundle
from minewarden.intel.feeds.notice import notice
from minewarden.intel.feeds.own_catalogue import CATALOGUE, listing
from minewarden.intel.feeds.reading import Listing, bounded, read_bytes
from minewarden.intel.library import LoadReport, Override
from minewarden.intel.record import Tlp, Type
from minewarden.intel.source import Source, check
from minewarden.patrol.intelligence import fetched
from minewarden.vocab.errors import ConfigError, MinewardenError, TransitionError
from minewarden.vocab.indicator import Role as Part
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import DISPLAY_ZONE, both

_log = logging.getLogger(__name__)
LARGEST = 64 * 1024 * 1024
"""Bytes of a list or a bundle that somebody hands in."""
_FACTS = ("form", "family", "licence", "role", "scope", "tlp", "url", "sha256", "hours", "enabled")


def source_of(feed: Feed, token_file: str = "") -> Source:
    """A declared list as the library knows it."""
    return Source(
        name=feed.name, form=feed.form, licence=feed.licence, family=feed.family, role=Part(feed.role),
        scope=Type(feed.scope), tlp=Tlp(feed.tlp), url=feed.url, sha256=feed.sha256,
        every=timedelta(hours=feed.hours), token_file=token_file,
    )  # fmt: skip


# --- Declaring -------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare(*, by: Person, now: datetime, facts: Mapping[str, Any]) -> Feed:
    """Declare a list. Raises ConfigError for a licence nobody knows, an address that is none, and the like."""
    demand_office(by, Role.OFFICER)
    made = Feed(added_at=now, added_by=by, **facts)
    _fit(made)
    made.save()
    record("library.declare", by=by, obj=made, after=_said(made))
    return made


@transaction.atomic
def change(feed: Feed, *, by: Person, now: datetime, facts: Mapping[str, Any]) -> Feed:
    """Change a declaration; an empty token leaves the one that is kept."""
    demand_office(by, Role.OFFICER)
    held = Feed.objects.select_for_update(of=("self",), no_key=True).get(pk=feed.pk)
    before = _said(held)
    given = dict(facts)
    if not given.get("token"):
        given.pop("token", None)
    given.pop("name", None)  # The library knows what it took in by the name.
    for name, value in given.items():
        setattr(held, name, value)
    _fit(held)
    held.save()
    record("library.change_feed", by=by, obj=held, before=before, after=_said(held) | {"at": now})
    return held


def _fit(feed: Feed) -> None:
    if (fault := check(source_of(feed))) is not None:
        raise ConfigError(fault)


def _said(feed: Feed) -> dict[str, Any]:
    return {name: getattr(feed, name) for name in _FACTS} | {"name": feed.name}


# --- Taking in -------------------------------------------------------------------------------------------------------


def take_file(feed: Feed, *, by: Person, now: datetime, name: str, content: bytes, reason: str = "") -> LoadReport:
    """A file that somebody brings. With a reason, a load that the drop guard would hold is taken. Raises InputError and
    ConfigError, in words, where nothing can be used; then nothing was changed."""
    demand_office(by, Role.OFFICER)
    found = _read(feed, name, content, now)
    return _load(feed, found, by=by, now=now, reason=reason)


def take_catalogue(*, by: Person, now: datetime) -> LoadReport:
    """The catalogue that comes with the program."""
    demand_office(by, Role.OFFICER)
    with transaction.atomic():
        record("library.load", by=by, after={"source": CATALOGUE.name, "sha256": listing(now).sha256})
        return library().load(CATALOGUE, listing(now), now, gate(now))


def pull(feed: Feed, *, by: Person | None, now: datetime, reason: str = "") -> LoadReport | None:
    """Ask the list's own server now. What goes wrong is noted with the feed and told as None; what is held stays."""
    if by is not None:
        demand_office(by, Role.OFFICER)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = fetched(library(), source_of(feed, _token(feed, folder)))
    except MinewardenError as error:
        _failed(feed, error.message, by=by, now=now)
        return None
    try:
        return _load(feed, found, by=by, now=now, reason=reason)
    except MinewardenError as error:
        _failed(feed, error.message, by=by, now=now)
        return None


def _token(feed: Feed, folder: str) -> str:
    """The token as a file that only we can read, for as long as the server is asked."""
    if not feed.token:
        return ""
    path = Path(folder) / "token"
    path.touch(mode=0o600)
    path.write_text(feed.token, encoding="utf-8")
    return str(path)


def _read(feed: Feed, name: str, content: bytes, now: datetime) -> Listing:
    source = source_of(feed)
    if source.form == "notice":
        with turn():
            found = isolation.read(name, content, zone=DISPLAY_ZONE, latest=now)
        return bounded(notice(found, source), source, name, found.sha256, len(content))
    if source.form == "taxii":
        raise ConfigError(message("desk_library.refused_file_of_taxii"))
    return read_bytes(content, source, name)


@transaction.atomic
def _load(feed: Feed, found: Listing, *, by: Person | None, now: datetime, reason: str) -> LoadReport:
    held = Feed.objects.select_for_update(of=("self",), no_key=True).get(pk=feed.pk)
    held.tried_at, held.problem, held.read_sha256 = now, {}, found.sha256
    override = Override(by.name, reason.strip()) if by is not None and reason.strip() else None
    facts = {"source": held.name, "sha256": found.sha256, "entries": len(found.entries), "reason": reason}
    record("library.load", by=by, obj=held, after=facts)
    report = library().load(source_of(held), found, now, gate(now), override)
    held.outcome = report.outcome
    held.save(update_fields=["tried_at", "problem", "outcome", "read_sha256"])
    if report.outcome != "taken" or report.waiting:
        _tell(held, now)
    return report


@transaction.atomic
def _failed(feed: Feed, why: Message, *, by: Person | None, now: datetime) -> None:
    held = Feed.objects.select_for_update(of=("self",), no_key=True).get(pk=feed.pk)
    first = held.outcome != "failed"
    held.tried_at, held.outcome, held.problem = now, "failed", both(why)
    held.save(update_fields=["tried_at", "outcome", "problem"])
    record("library.load", by=by, obj=held, after={"source": held.name, "problem": held.problem}, result="refused")
    if first:
        _tell(held, now)


def _tell(feed: Feed, now: datetime) -> None:
    here = office()
    if here is not None:
        post(
            f"library.feed.{feed.pk}.{now.isoformat()}", unit=here, to=people_of(here, Role.OFFICER),
            word="desk_library.told_feed", now=now, link=f"/library/sources/{feed.pk}/", name=feed.name,
        )  # fmt: skip


@transaction.atomic
def settle_waiting(number: int, *, by: Person, now: datetime, accept: bool, reason: str) -> None:
    """Let an entry in that the gate held back, or keep it out. Raises UsageError where it does not wait any more."""
    demand_office(by, Role.OFFICER)
    if not reason.strip():
        raise TransitionError(message("desk_library.refused_reason_missing"))
    record("library.settle_waiting", by=by, after={"number": number, "accept": accept, "reason": reason})
    library().decide(number, accept=accept, by=by.name, why=reason.strip(), at=now)


# --- On a schedule ---------------------------------------------------------------------------------------------------


def folder_of(feed: Feed) -> Path:
    """Where a list may be laid down for this desk, by whatever brings files onto an isolated network."""
    return Path(settings.DATA) / "feeds" / feed.name


def take_laid_down(now: datetime) -> int:
    """Take in what was laid into the folders of the feeds, each content once; how many files."""
    taken = 0
    for feed in Feed.objects.filter(enabled=True):
        folder = folder_of(feed)
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.is_symlink() and _take_path(feed, path, now):
                taken += 1
    return taken


def _take_path(feed: Feed, path: Path, now: datetime) -> bool:
    # A file that is still being written, or that says what was read before, is left for later.
    if now.timestamp() - path.stat().st_mtime < 1:
        return False
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    digest = hashlib.sha256(content).hexdigest()
    seen = folder_of(feed) / ".read"
    known = seen.read_text(encoding="utf-8").split() if seen.exists() else []
    if digest in known or path.name == seen.name:
        return False
    try:
        _load(feed, _read(feed, path.name, content, now), by=None, now=now, reason="")
    except MinewardenError as error:
        _failed(feed, error.message, by=None, now=now)
    seen.write_text("\n".join([*known[-200:], digest]) + "\n", encoding="utf-8")
    return True


def pull_due(now: datetime) -> int:
    """Ask the servers of the feeds whose time has come; how many were asked."""
    due = [feed for feed in Feed.objects.filter(enabled=True).exclude(url="") if feed.due_at(now)]
    for feed in due:
        pull(feed, by=None, now=now)
    return len(due)


_PULLING = threading.Lock()


def look(now: datetime) -> int:
    """What the worker asks for: folders at once; servers beside the worker's own round, one after the other, so that a
    slow server holds no letter up. How many feeds are due."""
    for version in unknown_versions() if library_path().exists() else ():
        note_version(version)
    taken = take_laid_down(now)
    due = sum(feed.due_at(now) for feed in Feed.objects.filter(enabled=True).exclude(url=""))
    if due and _PULLING.acquire(blocking=False):
        threading.Thread(target=_pull_beside, name="library-feeds", daemon=True).start()
    return taken + due


def _pull_beside() -> None:
    try:
        pull_due(timezone.now())
    except (DatabaseError, MinewardenError, OSError):
        _log.exception("feeds could not be pulled")
    finally:
        close_old_connections()
        _PULLING.release()


# --- Bundles of others -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle whose signature holds, and whose it is."""

    found: bundle.Bundle
    trusted: Trusted


@transaction.atomic
def trust(*, by: Person, now: datetime, name: str, pem: bytes, fingerprint: str) -> Trusted:
    """Trust a key, after its fingerprint was read out over the telephone and typed here. Raises TransitionError where
    it is not the key's."""
    demand_office(by, Role.OFFICER)
    key = _key(pem)
    shown = bundle.fingerprint(key)
    if _digits(fingerprint) != _digits(shown):
        raise TransitionError(message("desk_library.refused_fingerprint"))
    if Trusted.objects.filter(fingerprint=shown, ended_at=None).exists():
        raise TransitionError(message("desk_library.refused_trusted"))
    facts = {"name": name.strip(), "pem": pem.decode("ascii"), "added_at": now, "added_by": by, "ended_at": None}
    made, _ = Trusted.objects.update_or_create(fingerprint=shown, defaults=facts)
    record("library.trust", by=by, obj=made, after={"name": made.name, "fingerprint": shown})
    return made


@transaction.atomic
def trust_no_more(trusted: Trusted, *, by: Person, now: datetime, reason: str) -> Trusted:
    """Take no more bundles of a key."""
    demand_office(by, Role.OFFICER)
    if not reason.strip():
        raise TransitionError(message("desk_library.refused_reason_missing"))
    trusted.ended_at = now
    trusted.save(update_fields=["ended_at"])
    record("library.trust_no_more", by=by, obj=trusted, after={"reason": reason})
    return trusted


def checked(content: bytes) -> Checked:
    """The bundle of a file, if one of the trusted keys signed it and not a byte was changed. Raises InputError or
    ConfigError that says what does not hold."""
    keys = list(Trusted.objects.filter(ended_at=None))
    if not keys:
        raise ConfigError(message("desk_library.refused_no_key"))
    problem: MinewardenError | None = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        path.write_bytes(content)
        for trusted in keys:
            try:
                return Checked(bundle.read(path, _key(trusted.pem.encode())), trusted)
            except MinewardenError as error:
                # What names a changed byte says more than that another key did not sign it.
                if problem is None or error.message.id != "bundle.forged":
                    problem = error
    raise ConfigError((problem or ConfigError(message("bundle.not_one"))).message)


@transaction.atomic
def take_bundle(*, by: Person, now: datetime, content: bytes, reason: str = "") -> LoadReport:
    """Take a signed version of somebody else in. With a reason, a load that the drop guard would hold is taken."""
    demand_office(by, Role.OFFICER)
    good = checked(content)
    override = Override(by.name, reason.strip()) if reason.strip() else None
    facts = {"producer": good.found.producer, "label": good.found.label, "key": good.trusted.fingerprint}
    record("library.take_bundle", by=by, after=facts | {"sha256": good.found.sha256, "reason": reason})
    return library().take_bundle(good.found, now, gate(now), override)


def _key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise ConfigError(message("bundle.key", file="-", detail=str(error)[:120])) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(message("bundle.key", file="-", detail="Ed25519"))
    return key


def _digits(text: str) -> str:
    return "".join(char for char in text.lower() if char in "0123456789abcdef")
