"""The library of indicators in one SQLite file: what was loaded, what waits, what was published, what came back.

A load is one transaction: it happens whole, or the library is as it was. Every load, also one that was refused, leaves
a report. Time only goes forward: a clock that was set back is told of, and nothing is written under a false day.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from minewarden.intel.feeds.entry import Entry, Reject
from minewarden.intel.feeds.reading import Listing
from minewarden.intel.gate import Gate, impossible
from minewarden.intel.record import Record, Type, Voice, identity, plain, record_of
from minewarden.intel.source import Source
from minewarden.intel.watchset import AllowEntry
from minewarden.intel.worth import lifetime, score_of
from minewarden.vocab.clock import from_us, to_us
from minewarden.vocab.errors import ConfigError, UsageError
from minewarden.vocab.indicator import ALERTING, TWO_USES, Indicator, Kind
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import parents
from minewarden.vocab.words import DISPLAY_ZONE

if TYPE_CHECKING:  # Only who reads bundles needs the library of cryptography.
    from minewarden.intel.bundle import Bundle

SCHEMA = 1
_SKEW = timedelta(minutes=2)
"""Clocks of machines differ by as much."""
_FEW = 10
"""Fewer entries than these come and go without being a sign of half a list."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE record (id TEXT PRIMARY KEY, type TEXT NOT NULL, value TEXT NOT NULL, changed INTEGER NOT NULL,
    body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX record_changed ON record (changed);
CREATE TABLE member (source TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE load (number INTEGER PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL,
    sha256 TEXT NOT NULL, report TEXT NOT NULL);
CREATE TABLE waiting (number INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL,
    reason TEXT NOT NULL, body TEXT NOT NULL, decided INTEGER, accepted INTEGER, by TEXT, why TEXT,
    UNIQUE (id, source));
CREATE TABLE allow (kind TEXT NOT NULL, value TEXT NOT NULL, owner TEXT NOT NULL, until INTEGER NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE TABLE version (number INTEGER PRIMARY KEY, label TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
    note TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE version_item (number INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (number, id)) WITHOUT ROWID;
CREATE TABLE word (id TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
    count INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (id, unit, kind, at)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Override:
    """A person who took a load that the drop guard held, and why."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in quarantine: a person decides."""

    number: int
    record: Record
    source: str
    at: datetime
    reason: Message


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about an entry in quarantine."""

    waiting: Waiting
    at: datetime
    accepted: bool
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """What a unit said of a record. `kind`: seen | harmless. `at` is when it was said, and names the word."""

    unit: str
    kind: str
    at: datetime
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What a version would hold if it were published now, and what an allow list keeps out of it, with the reason."""

    chosen: tuple[Record, ...]
    excused: tuple[tuple[Record, Message], ...]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load changed. Values are written `type value`. `outcome`: taken | held (by the drop guard; nothing
    changed)."""

    source: str
    at: datetime
    sha256: str
    outcome: str
    before: int
    after: int
    added: tuple[str, ...] = ()
    renewed: int = 0
    gone: tuple[str, ...] = ()
    waiting: tuple[tuple[str, Message], ...] = ()
    conflicts: tuple[tuple[str, Message], ...] = ()
    rejects: tuple[Reject, ...] = ()
    held: Message | None = None
    override: str = ""
    number: int = field(default=0, compare=False)
    """Of a report that was filed: by which it is asked for."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of the library; `label` is what people call it: 2026.12."""

    number: int
    label: str
    at: datetime
    by: str
    note: str
    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What came, went and changed between two versions."""

    added: tuple[Record, ...]
    removed: tuple[Record, ...]
    changed: tuple[tuple[Record, Record], ...]


@dataclass(slots=True)
class _Draft:
    added: list[str] = field(default_factory=list)
    renewed: int = 0
    waiting: list[tuple[str, Message]] = field(default_factory=list)
    conflicts: list[tuple[str, Message]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    members: set[str] = field(default_factory=set)


class Library:
    """One file. Many may read while one writes; a second writer waits for ten seconds and is then told so."""

    def __init__(self, path: Path) -> None:
        """Open, or make where there is none. Raises ConfigError where the file is no library, or a newer one."""
        self.path = path
        with closing(self._connect()) as connection:
            try:
                found = connection.execute("PRAGMA user_version").fetchone()[0]
                if found == 0:
                    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
                elif found != SCHEMA:
                    raise ConfigError(message("library.newer", file=str(path), found=found, known=SCHEMA))
            except sqlite3.DatabaseError as error:
                raise ConfigError(message("library.not_one", file=str(path), detail=str(error))) from error

    # --- Asking -----------------------------------------------------------------------------------------------------

    def records(self, *, text: str = "", role: str = "", limit: int = 0) -> Iterator[Record]:
        """The records whose value, operator, coin or note holds `text`, in the order of their values."""
        with closing(self._connect()) as connection:
            words = _words(connection)
            # Most rows are passed over by the database, which need not read them as JSON.
            plain_text = text.casefold() if _as_written(text) else ""
            sql = "SELECT id, body FROM record WHERE ? = '' OR instr(lower(body), ?) ORDER BY value, type"
            given = 0
            for key, body in connection.execute(sql, (plain_text, plain_text)):
                record = _with_words(_record(body), words.get(key))
                if (text and not _holds(record, text.casefold())) or (role and record.role.value != role):
                    continue
                yield record
                given += 1
                if given == limit:
                    return

    def changes(self, after: int, limit: int = 100) -> list[tuple[int, Record]]:
        """Records changed after an instant (microseconds), oldest change first: what TAXII calls pages."""
        with closing(self._connect()) as connection:
            words = _words(connection)
            sql = "SELECT id, changed, body FROM record WHERE changed > ? ORDER BY changed LIMIT ?"
            return [
                (changed, _with_words(_record(body), words.get(key)))
                for key, changed, body in connection.execute(sql, (after, limit))
            ]

    def get(self, key: str) -> Record | None:
        """The record of an identity, or of a value."""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT id, body FROM record WHERE id = ? OR value = ?", (key, key)).fetchone()
            return None if row is None else _with_words(_record(row[1]), _words(connection).get(row[0]))

    def indicators(self, at: datetime, *, least: float = 0.0) -> tuple[Indicator, ...]:
        """What a watch list matches of what is valid at an instant, with the score as its confidence."""
        found = []
        for record in self.records():
            score = score_of(record, at)
            if score > 0 and score >= least and (made := record.indicator(score)) is not None:
                found.append(made)
        return tuple(found)

    def allow(self) -> tuple[AllowEntry, ...]:
        """The allow list, with owners and ends."""
        with closing(self._connect()) as connection:
            rows = connection.execute("SELECT kind, value, owner, until, reason FROM allow ORDER BY kind, value")
            return tuple(AllowEntry(v, Kind(k), owner, from_us(until), reason) for k, v, owner, until, reason in rows)

    def waiting(self) -> tuple[Waiting, ...]:
        """What waits for a person, oldest first."""
        with closing(self._connect()) as connection:
            sql = "SELECT number, source, at, reason, body FROM waiting WHERE decided IS NULL ORDER BY number"
            return tuple(
                Waiting(number, _record(body), source, from_us(at), _message(json.loads(reason)))
                for number, source, at, reason, body in connection.execute(sql)
            )

    def decided(self, key: str = "") -> tuple[Decided, ...]:
        """What people decided about quarantine, latest first; of one identity where it is named."""
        with closing(self._connect()) as connection:
            sql = """SELECT number, source, at, reason, body, decided, accepted, by, why FROM waiting
                WHERE decided IS NOT NULL AND ? IN ('', id) ORDER BY decided DESC, number DESC"""
            return tuple(
                Decided(
                    Waiting(number, _record(body), source, from_us(at), _message(json.loads(reason))),
                    from_us(decided), bool(accepted), by, why,
                )
                for number, source, at, reason, body, decided, accepted, by, why in connection.execute(sql, (key,))
            )  # fmt: skip

    def words(self, key: str) -> tuple[Word, ...]:
        """What units said of a record (its identity), latest first."""
        with closing(self._connect()) as connection:
            sql = "SELECT unit, kind, at, count, why FROM word WHERE id = ? ORDER BY at DESC, unit"
            return tuple(Word(u, kind, from_us(at), n, why) for u, kind, at, n, why in connection.execute(sql, (key,)))

    def loads(self, source: str = "", *, last: int = 0) -> tuple[LoadReport, ...]:
        """The reports of all loads, oldest first; with `last`, only so many of the latest."""
        with closing(self._connect()) as connection:
            sql = "SELECT number, report FROM load WHERE ? IN ('', source) ORDER BY number DESC LIMIT ?"
            rows = connection.execute(sql, (source, last or -1)).fetchall()
            return tuple(replace(_report(json.loads(text)), number=number) for number, text in reversed(rows))

    def load_report(self, number: int) -> LoadReport | None:
        """One report of a load."""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT report FROM load WHERE number = ?", (number,)).fetchone()
            return None if row is None else replace(_report(json.loads(row[0])), number=number)

    def sources(self) -> dict[str, int]:
        """How many records each source lists now."""
        with closing(self._connect()) as connection:
            return dict(connection.execute("SELECT source, count(*) FROM member GROUP BY source ORDER BY source"))

    def versions(self) -> tuple[Version, ...]:
        """What was published, oldest first."""
        with closing(self._connect()) as connection:
            sql = """SELECT number, label, at, by, note, sha256,
                (SELECT count(*) FROM version_item i WHERE i.number = v.number) FROM version v ORDER BY number"""
            return tuple(
                Version(number, label, from_us(at), by, note, count, digest)
                for number, label, at, by, note, digest, count in connection.execute(sql)
            )

    def version(self, number: int) -> tuple[Record, ...]:
        """The records of a version as they were published. Raises UsageError where there is no such version."""
        with closing(self._connect()) as connection:
            if connection.execute("SELECT 1 FROM version WHERE number = ?", (number,)).fetchone() is None:
                raise UsageError(message("library.no_version", number=number))
            sql = "SELECT body FROM version_item WHERE number = ? ORDER BY id"
            return tuple(_record(body) for (body,) in connection.execute(sql, (number,)))

    def versions_with(self, key: str) -> tuple[int, ...]:
        """The numbers of the versions that hold a record (its identity), ascending."""
        with closing(self._connect()) as connection:
            rows = connection.execute("SELECT number FROM version_item WHERE id = ? ORDER BY number", (key,))
            return tuple(number for (number,) in rows)

    def difference(self, old: int, new: int) -> Difference:
        """What changed between two versions; version 0 is the empty one."""
        before = {record.id: record for record in self.version(old)} if old else {}
        after = {record.id: record for record in self.version(new)} if new else {}
        return Difference(
            added=tuple(after[key] for key in sorted(set(after) - set(before))),
            removed=tuple(before[key] for key in sorted(set(before) - set(after))),
            changed=tuple(
                (before[key], after[key]) for key in sorted(set(before) & set(after)) if before[key] != after[key]
            ),
        )

    # --- Loading ----------------------------------------------------------------------------------------------------

    def load(
        self, source: Source, listing: Listing, at: datetime, gate: Gate | None = None, override: Override | None = None
    ) -> LoadReport:
        """Take a list in: new entries, renewed ones, those gone from it; what the gate stops waits for a person.

        A list that shrank or grew beyond the bounds of its source changes nothing (`outcome` held) unless a person
        overrides. Raises ConfigError where nothing can be used or the clock was set back.
        """
        gate = gate or Gate(self.allow())
        with self._writing(at) as connection:
            before = {row[0] for row in connection.execute("SELECT id FROM member WHERE source = ?", (source.name,))}
            draft = _Draft(rejects=list(listing.rejects))
            held = _guard(len(before), len(listing.entries), source)
            if held is not None and (override is None or not listing.entries):
                report = LoadReport(
                    source.name, at, listing.sha256, "held", len(before), len(listing.entries),
                    rejects=listing.rejects, held=held,
                )  # fmt: skip
                _file(connection, report)
                return report
            for entry in listing.entries:
                self._take(connection, source, entry, listing.sha256, at, gate, draft)
            gone = self._leave(connection, source, before - draft.members, at)
            connection.execute("DELETE FROM member WHERE source = ?", (source.name,))
            connection.executemany("INSERT INTO member VALUES (?, ?)", [(source.name, key) for key in draft.members])
            report = LoadReport(
                source=source.name,
                at=at,
                sha256=listing.sha256,
                outcome="taken",
                before=len(before),
                after=len(draft.members),
                added=tuple(draft.added),
                renewed=draft.renewed,
                gone=tuple(gone),
                waiting=tuple(draft.waiting),
                conflicts=tuple(draft.conflicts),
                rejects=tuple(draft.rejects),
                held=held,
                override=f"{override.by}: {override.why}" if override is not None and held is not None else "",
            )
            _file(connection, report)
            return report

    def _take(
        self,
        connection: sqlite3.Connection,
        source: Source,
        entry: Entry,
        digest: str,
        at: datetime,
        gate: Gate,
        draft: _Draft,
    ) -> None:
        key, name = str(identity(entry.type, entry.value)), f"{entry.type.value} {entry.value}"
        if (never := impossible(entry)) is not None:
            draft.rejects.append(Reject(entry.line, entry.value, never))
            return
        fresh = _fresh(source, entry, digest, at)
        if (reason := gate.stops(entry, at)) is not None and not _waved(connection, fresh, source.name, reason, at):
            draft.waiting.append((name, reason))
            return
        held = _held(connection, key)
        if held is None:
            draft.added.append(name)
        else:
            draft.renewed += 1
            if held.role is not fresh.role:
                draft.conflicts.append((name, message("feed.conflict", held=held.role.value, said=fresh.role.value)))
        draft.members.add(key)
        _put(connection, fresh if held is None else merged(held, fresh), at)

    def take_bundle(
        self, bundle: "Bundle", at: datetime, gate: Gate | None = None, override: Override | None = None
    ) -> LoadReport:
        """Take in a signed version of somebody else's library. What an earlier one held and this one does not is
        withdrawn, unless a list of ours names it too. Raises ConfigError for a version older than the one loaded."""
        gate = gate or Gate(self.allow())
        source = Source(name=f"bundle-{bundle.key}", form="plain", licence="own")
        with self._writing(at) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (source.name,)).fetchone()
            if row is not None and int(row[0]) > bundle.number:
                last = int(row[0])
                raise ConfigError(message("bundle.older", producer=bundle.producer, number=bundle.number, held=last))
            before = {row[0] for row in connection.execute("SELECT id FROM member WHERE source = ?", (source.name,))}
            held = _guard(len(before), len(bundle.records), source)
            if held is not None and (override is None or not bundle.records):
                report = LoadReport(source.name, at, bundle.sha256, "held", len(before), len(bundle.records), held=held)
                _file(connection, report)
                return report
            draft = _Draft()
            for record in bundle.records:
                entry = Entry(0, record.type, record.value, flags=record.flags)
                name = f"{record.type.value} {record.value}"
                never = impossible(entry)
                if never is not None:
                    draft.rejects.append(Reject(0, record.value, never))
                    continue
                if (reason := gate.stops(entry, at)) is not None and not _waved(
                    connection, record, source.name, reason, at
                ):
                    draft.waiting.append((name, reason))
                    continue
                known = _held(connection, record.id)
                ours = known is not None and _listed_here(connection, record.id, source.name)
                draft.members.add(record.id)
                if known is None:
                    draft.added.append(name)
                else:
                    draft.renewed += 1
                _put(connection, merged(known, record) if known is not None and ours else record, at)
            gone = []
            for key in sorted(before - draft.members):
                known = _held(connection, key)
                if known is not None and not _listed_here(connection, key, source.name):
                    _put(connection, replace(known, revoked=at), at)
                    gone.append(f"{known.type.value} {known.value}")
            connection.execute("DELETE FROM member WHERE source = ?", (source.name,))
            connection.executemany("INSERT INTO member VALUES (?, ?)", [(source.name, key) for key in draft.members])
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (source.name, str(bundle.number)))
            report = LoadReport(
                source=source.name,
                at=at,
                sha256=bundle.sha256,
                outcome="taken",
                before=len(before),
                after=len(draft.members),
                added=tuple(draft.added),
                renewed=draft.renewed,
                gone=tuple(gone),
                waiting=tuple(draft.waiting),
                rejects=tuple(draft.rejects),
                held=held,
                override=f"{override.by}: {override.why}" if override is not None and held is not None else "",
            )
            _file(connection, report)
            return report

    def _leave(
        self, connection: sqlite3.Connection, source: Source, keys: Iterable[str], at: datetime
    ) -> Iterator[str]:
        for key in sorted(keys):
            held = _held(connection, key)
            if held is None:
                continue
            voices = tuple(
                replace(voice, gone=at) if voice.source == source.name and voice.gone is None else voice
                for voice in held.voices
            )
            _put(connection, replace(held, voices=voices), at)
            yield f"{held.type.value} {held.value}"

    # --- What people say --------------------------------------------------------------------------------------------

    def decide(self, number: int, *, accept: bool, by: str, why: str, at: datetime) -> None:
        """Decide on what waits. Raises UsageError where it does not wait any more, or nobody says why."""
        if not by.strip() or not why.strip():
            raise UsageError(message("library.who_and_why"))
        with self._writing(at) as connection:
            row = connection.execute(
                "SELECT id, body, source FROM waiting WHERE number = ? AND decided IS NULL", (number,)
            ).fetchone()
            if row is None:
                raise UsageError(message("library.not_waiting", number=number))
            connection.execute(
                "UPDATE waiting SET decided = ?, accepted = ?, by = ?, why = ? WHERE number = ?",
                (to_us(at), int(accept), by, why, number),
            )
            if accept:
                fresh, held = _record(row[1]), _held(connection, row[0])
                _put(connection, fresh if held is None else merged(held, fresh), at)
                connection.execute("INSERT OR IGNORE INTO member VALUES (?, ?)", (row[2], row[0]))

    def sight(self, key: str, *, unit: str, at: datetime, count: int = 1, why: str = "") -> Record:
        """Local traffic met the indicator: its time starts anew. Raises UsageError for an unknown record."""
        return self._say(key, unit, "seen", at, count, why)

    def false_positive(self, key: str, *, unit: str, why: str, at: datetime) -> Record:
        """A unit found that a hit was harmless. Raises UsageError for an unknown record or a word without a reason."""
        if not why.strip():
            raise UsageError(message("library.who_and_why"))
        return self._say(key, unit, "harmless", at, 1, why)

    def _say(self, key: str, unit: str, kind: str, at: datetime, count: int, why: str) -> Record:
        with self._writing(at) as connection:
            row = connection.execute("SELECT id, body FROM record WHERE id = ? OR value = ?", (key, key)).fetchone()
            if row is None:
                raise UsageError(message("library.no_record", value=key[:200]))
            connection.execute(
                "INSERT OR REPLACE INTO word VALUES (?, ?, ?, ?, ?, ?)", (row[0], unit, kind, to_us(at), count, why)
            )
            connection.execute("UPDATE record SET changed = ? WHERE id = ?", (_tick(connection, at), row[0]))
            return _with_words(_record(row[1]), _words(connection).get(row[0]))

    def take_back(self, key: str, word: Word, *, at: datetime) -> Record:
        """Take a word back: it was said of something else. Raises UsageError where nobody said it."""
        with self._writing(at) as connection:
            row = connection.execute("SELECT id, body FROM record WHERE id = ? OR value = ?", (key, key)).fetchone()
            if row is None:
                raise UsageError(message("library.no_record", value=key[:200]))
            named = (row[0], word.unit, word.kind, to_us(word.at))
            gone = connection.execute("DELETE FROM word WHERE id = ? AND unit = ? AND kind = ? AND at = ?", named)
            if not gone.rowcount:
                raise UsageError(message("library.no_word", value=key[:200]))
            connection.execute("UPDATE record SET changed = ? WHERE id = ?", (_tick(connection, at), row[0]))
            return _with_words(_record(row[1]), _words(connection).get(row[0]))

    def revoke(self, key: str, *, by: str, why: str, at: datetime, superseded_by: str = "") -> Record:
        """Withdraw a record; it stays, so that whoever holds it learns of it. Raises UsageError."""
        if not by.strip() or not why.strip():
            raise UsageError(message("library.who_and_why"))
        with self._writing(at) as connection:
            row = connection.execute("SELECT body FROM record WHERE id = ? OR value = ?", (key, key)).fetchone()
            if row is None:
                raise UsageError(message("library.no_record", value=key[:200]))
            held = _record(row[0])
            changed = replace(held, revoked=at, note=f"{by}: {why}", superseded_by=superseded_by)
            _put(connection, changed, at)
            return changed

    def restore(self, key: str, *, by: str, why: str, at: datetime) -> Record:
        """Take a withdrawal back. Raises UsageError where the record is unknown or was not withdrawn."""
        if not by.strip() or not why.strip():
            raise UsageError(message("library.who_and_why"))
        with self._writing(at) as connection:
            row = connection.execute("SELECT body FROM record WHERE id = ? OR value = ?", (key, key)).fetchone()
            held = None if row is None else _record(row[0])
            if held is None or held.revoked is None:
                raise UsageError(message("library.not_revoked", value=key[:200]))
            changed = replace(held, revoked=None, note=f"{by}: {why}", superseded_by="")
            _put(connection, changed, at)
            return changed

    def excuse_no_more(self, kind: Kind, value: str, at: datetime) -> None:
        """Take an entry off the allow list before its end. Raises UsageError where there is none."""
        with self._writing(at) as connection:
            gone = connection.execute("DELETE FROM allow WHERE kind = ? AND value = ?", (kind.value, value))
            if not gone.rowcount:
                raise UsageError(message("library.not_excused", value=value[:200]))

    def excuse(self, entries: Iterable[AllowEntry], at: datetime) -> int:
        """Put entries on the allow list; one of the same kind and value is replaced. Returns their number."""
        rows = [(e.kind.value, e.value, e.owner, to_us(e.until), e.reason) for e in entries]
        with self._writing(at) as connection:
            connection.executemany("INSERT OR REPLACE INTO allow VALUES (?, ?, ?, ?, ?)", rows)
        return len(rows)

    def fit(self, at: datetime, *, least: float = 20.0) -> Fit:
        """What is fit to be published: the alerting records that are worth at least `least`, and what an allow entry
        keeps out now."""
        gate = Gate(self.allow())
        asked: list[Record] = []
        excused: list[tuple[Record, Message]] = []
        for record in self.records():
            reason = gate.stops(Entry(0, record.type, record.value), at)
            if reason is None:
                asked.append(record)
            else:
                excused.append((record, reason))
        kept_out = {record.id for record in selection((record for record, _ in excused), at, least)}
        return Fit(tuple(selection(asked, at, least)), tuple(pair for pair in excused if pair[0].id in kept_out))

    def publish(
        self, *, by: str, note: str, at: datetime, least: float = 20.0, seen: Iterable[str] | None = None
    ) -> Version:
        """Freeze a numbered version of what is fit for it. `seen` are the identities that a person looked at: where
        others would be published now, nothing is. Raises UsageError then, where there are none, or where nobody
        stands for it."""
        if not by.strip():
            raise UsageError(message("library.who_and_why"))
        chosen = self.fit(at, least=least).chosen
        if not chosen:
            raise UsageError(message("library.nothing_to_publish", least=least))
        if seen is not None and (other := {record.id for record in chosen} ^ set(seen)):
            raise UsageError(message("library.changed_meanwhile", count=len(other)))
        bodies = sorted((record.id, _body(record)) for record in chosen)
        digest = sha256("\n".join(body for _, body in bodies).encode()).hexdigest()
        with self._writing(at) as connection:
            number = (connection.execute("SELECT max(number) FROM version").fetchone()[0] or 0) + 1
            label = f"{at.astimezone(DISPLAY_ZONE).year}.{number}"
            row = (number, label, to_us(at), by, note, digest)
            connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?)", row)
            connection.executemany(
                "INSERT INTO version_item VALUES (?, ?, ?)", [(number, key, body) for key, body in bodies]
            )
        return Version(number, label, at, by, note, len(bodies), digest)

    # --- The file ---------------------------------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(self.path, timeout=10, isolation_level=None)
        except sqlite3.Error as error:
            raise ConfigError(message("library.not_one", file=str(self.path), detail=str(error))) from error

    @contextmanager
    def _writing(self, at: datetime) -> Iterator[sqlite3.Connection]:
        if at.tzinfo is None:
            raise ValueError("an instant needs a zone")
        with closing(self._connect()) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise ConfigError(message("library.busy", file=str(self.path))) from error
            try:
                row = connection.execute("SELECT value FROM meta WHERE key = 'last'").fetchone()
                if row is not None and to_us(at + _SKEW) < int(row[0]):
                    raise ConfigError(message("library.clock_back", now=at, last=from_us(int(row[0]))))
                last = max(to_us(at), int(row[0]) if row else 0)
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('last', ?)", (str(last),))
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def selection(records: Iterable[Record], at: datetime, least: float) -> list[Record]:
    """What of the records is fit to be used: those that may alert and are worth at least `least`, and the sites below a
    name that may alert, without which a visit to a pool's page would be taken for mining."""
    begun = (record for record in records if record.valid_from is None or record.valid_from <= at)
    alive = [(record, score) for record in begun if (score := score_of(record, at)) > 0]
    chosen = {
        record.id: record
        for record, score in alive
        if score >= least and (record.role in ALERTING or (record.role in TWO_USES and record.ports))
    }
    trees = {record.value for record in chosen.values() if record.type is Type.DOMAIN}
    for record, _ in alive:
        if record.type in (Type.HOST, Type.DOMAIN) and trees.intersection(parents(record.value)):
            chosen.setdefault(record.id, record)
    return list(chosen.values())


def merged(held: Record, fresh: Record) -> Record:
    """One record from what is held and what a source says now. The role that is held stays: a list's default must not
    turn a reviewed web site into a pool. The later end holds; ports and coins add up. What one source takes back is
    revoked only where no other speaks for it."""
    voices = {voice.source: voice for voice in held.voices}
    for voice in fresh.voices:
        known = voices.get(voice.source)
        if known is not None:
            voice = replace(voice, first=min(known.first, voice.first), seen=max(known.seen, voice.seen))
        voices[voice.source] = voice
    ends = [end for end in (held.valid_until, fresh.valid_until) if end is not None]
    end = max(ends) if len(ends) == 2 else (None if held.valid_until is None else held.valid_until)
    return replace(
        held,
        voices=tuple(voices[name] for name in sorted(voices)),
        operator=held.operator or fresh.operator,
        coins=tuple(dict.fromkeys((*held.coins, *fresh.coins))),
        ports=tuple(dict.fromkeys((*held.ports, *fresh.ports))),
        valid_until=end,
        revoked=held.revoked or (fresh.revoked if set(voices) == {voice.source for voice in fresh.voices} else None),
        flags=tuple(sorted({*held.flags, *fresh.flags})),
    )


def _fresh(source: Source, entry: Entry, digest: str, at: datetime) -> Record:
    role, verified = entry.role or source.role, entry.verified or source.verified
    seen = min(entry.seen or at, at)
    end = seen + lifetime(entry.type, role, verified)
    if entry.valid_until is not None:
        end = min(end, entry.valid_until)
    voice = Voice(
        source=source.name,
        family=source.family,
        licence=source.licence,
        seen=seen,
        first=at,
        verified=verified,
        tlp=source.tlp,
        gone=at if entry.revoked else None,
        version=digest,
        said=entry.said,
    )
    return Record(
        type=entry.type,
        value=entry.value,
        role=role,
        voices=(voice,),
        operator=entry.operator,
        coins=entry.coins or source.coins,
        ports=entry.ports,
        valid_until=end,
        revoked=at if entry.revoked else None,
        flags=entry.flags,
    )


def _guard(before: int, after: int, source: Source) -> Message | None:
    bounds = source.bounds
    if after == 0:
        return message("feed.empty")
    if before - after >= _FEW and after < before * (1 - bounds.shrink):
        return message("feed.shrunk", before=before, after=after, percent=round(bounds.shrink * 100))
    if before and after - before >= _FEW and after > before * (1 + bounds.growth):
        return message("feed.grown", before=before, after=after, percent=round(bounds.growth * 100))
    return None


def _waved(connection: sqlite3.Connection, record: Record, source: str, reason: Message, at: datetime) -> bool:
    """Whether a person let the record in. If nobody decided yet it is put where it waits."""
    decided = connection.execute(
        "SELECT accepted FROM waiting WHERE id = ? AND source = ?", (record.id, source)
    ).fetchone()
    if decided is None:
        connection.execute(
            "INSERT INTO waiting (id, source, at, reason, body) VALUES (?, ?, ?, ?, ?)",
            (record.id, source, to_us(at), json.dumps(_plain_message(reason)), _body(record)),
        )
    return decided is not None and bool(decided[0])


def _listed_here(connection: sqlite3.Connection, key: str, source: str) -> bool:
    """Whether another source than this one lists the record too."""
    return connection.execute("SELECT 1 FROM member WHERE id = ? AND source <> ?", (key, source)).fetchone() is not None


def _held(connection: sqlite3.Connection, key: str) -> Record | None:
    row = connection.execute("SELECT body FROM record WHERE id = ?", (key,)).fetchone()
    return None if row is None else _record(row[0])


def _put(connection: sqlite3.Connection, record: Record, at: datetime) -> None:
    body = _body(record)
    held = connection.execute("SELECT body FROM record WHERE id = ?", (record.id,)).fetchone()
    if held is None or held[0] != body:
        row = (record.id, record.type.value, record.value, _tick(connection, at), body)
        connection.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", row)


def _tick(connection: sqlite3.Connection, at: datetime) -> int:
    """The instant of a change, each later than the one before: whoever asks by time must miss none, and get none
    twice."""
    latest = connection.execute("SELECT max(changed) FROM record").fetchone()[0] or 0
    return max(to_us(at), int(latest) + 1)


def _record(body: str) -> Record:
    return record_of(orjson.loads(body), trusted=True)


def _body(record: Record) -> str:
    return json.dumps(plain(record), ensure_ascii=False, sort_keys=True)


def _words(connection: sqlite3.Connection) -> dict[str, tuple[int, int, int]]:
    sql = """SELECT id, coalesce(sum(count) FILTER (WHERE kind = 'seen'), 0),
        coalesce(max(at) FILTER (WHERE kind = 'seen'), 0),
        count(DISTINCT unit) FILTER (WHERE kind = 'harmless') FROM word GROUP BY id"""
    return {key: (seen, last, harmless) for key, seen, last, harmless in connection.execute(sql)}


def _with_words(record: Record, words: tuple[int, int, int] | None) -> Record:
    if words is None:
        return record
    seen, last, harmless = words
    return replace(record, sightings=seen, last_sighting=from_us(last) if last else None, false_positives=harmless)


def _as_written(text: str) -> bool:
    """Whether a text stands in a JSON body as it is, letter by letter but for the case of ASCII letters."""
    return text.isprintable() and not set(text) & set('"\\') and (text.isascii() or text.lower() == text.upper())


def _holds(record: Record, text: str) -> bool:
    return any(text in part.casefold() for part in (record.value, record.operator, record.note, *record.coins))


# --- Reports on paper ----------------------------------------------------------------------------------------------


def _plain_message(said: Message) -> dict[str, Any]:
    return {"id": said.id, "params": dict(said.params)}


def _message(written: Mapping[str, Any]) -> Message:
    return message(written["id"], **written["params"])


def _file(connection: sqlite3.Connection, report: LoadReport) -> None:
    written = {
        "source": report.source,
        "at": to_us(report.at),
        "sha256": report.sha256,
        "outcome": report.outcome,
        "before": report.before,
        "after": report.after,
        "added": report.added,
        "renewed": report.renewed,
        "gone": report.gone,
        "waiting": [[name, _plain_message(said)] for name, said in report.waiting],
        "conflicts": [[name, _plain_message(said)] for name, said in report.conflicts],
        "rejects": [[one.line, one.text, _plain_message(one.reason)] for one in report.rejects],
        "held": None if report.held is None else _plain_message(report.held),
        "override": report.override,
    }
    connection.execute(
        "INSERT INTO load (source, at, outcome, sha256, report) VALUES (?, ?, ?, ?, ?)",
        (report.source, to_us(report.at), report.outcome, report.sha256, json.dumps(written, ensure_ascii=False)),
    )


def _report(written: Mapping[str, Any]) -> LoadReport:
    return LoadReport(
        source=written["source"],
        at=from_us(written["at"]),
        sha256=written["sha256"],
        outcome=written["outcome"],
        before=written["before"],
        after=written["after"],
        added=tuple(written["added"]),
        renewed=written["renewed"],
        gone=tuple(written["gone"]),
        waiting=tuple((name, _message(said)) for name, said in written["waiting"]),
        conflicts=tuple((name, _message(said)) for name, said in written["conflicts"]),
        rejects=tuple(Reject(line, text, _message(said)) for line, text, said in written["rejects"]),
        held=None if written["held"] is None else _message(written["held"]),
        override=written["override"],
    )
