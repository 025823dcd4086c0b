"""The watch: look into the folders again and again, read what is new, state what is found within a minute of its rows.

Each round reads what has arrived and takes a quick look at it. A thorough look at the whole window runs beside the
reading, as often as its own cost allows.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TextIO

import duckdb

from minewarden.intel.watchset import WatchSet
from minewarden.patrol import watch_compact
from minewarden.patrol.rounds import Traced, find
from minewarden.patrol.watch_files import Due, Follower
from minewarden.patrol.watch_findings import Statements
from minewarden.patrol.watch_piece import Intake
from minewarden.patrol.watch_pulse import Drops, Pulses
from minewarden.patrol.watch_state import keep, keep_source, load
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest, Selection
from minewarden.telemetry.reader import Reader
from minewarden.telemetry.walk import unreadable
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.finding import Finding
from minewarden.vocab.message import message

FRESH = timedelta(minutes=2)
"""How far back in arrival the quick look goes: what belongs together may arrive in neighbouring rounds."""
SHARE = 4
"""The thorough look rests this many times as long as it took."""
TIDY_EVERY = timedelta(minutes=1)
_MOST_TOLD = 10_000


class Told(Protocol):
    """Whoever is told what the watch comes upon."""

    def problem(self, error: InputError) -> None:
        """Something could not be read, is silent, or is lost."""
        ...

    def note(self, note: InputError) -> None:
        """Something is worth knowing and no failure."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How the watch works; each value is a setting of the command."""

    every: timedelta = timedelta(seconds=10)
    window: timedelta = timedelta(hours=24)
    restate: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=184)
    silent: timedelta = timedelta(minutes=30)
    settle: timedelta = timedelta(seconds=30)
    unmask: bool = False


@dataclass(slots=True)
class RoundDone:
    """What one round did."""

    rows: int = 0
    rejects: int = 0
    problems: int = 0
    stated: list[Finding] = field(default_factory=list)


class Watch:
    """One watch over one lake. It holds the lake until it is closed: two would read everything twice."""

    def __init__(
        self,
        paths: Sequence[Path],
        lake: Lake,
        *,
        readers: Mapping[str, Reader],
        declared: Declared,
        watchset: WatchSet,
        told: Told,
        now: Callable[[], datetime],
        out: Path | None,
        stream: TextIO,
        settings: Settings,
    ) -> None:
        """Raises UsageError where another watch holds the lake."""
        lock = watch_compact.locked(lake.directory)
        if lock is None:
            raise UsageError(message("watch.held", path=str(lake.directory)))
        self._lock = lock
        self._paths, self._lake, self._watchset, self._told, self._now = paths, lake, watchset, told, now
        self._settings = settings
        self._manifest = Manifest.create(lake.directory)
        watch_compact.sweep(lake, self._manifest, now(), starting=True)
        self._known = load(self._manifest)
        own = [lake.directory, *([out] if out is not None else [])]
        self._follower = Follower(self._known, readers, passed_over=own, settle=settings.settle)
        self._drops, self._pulses = Drops(), Pulses(self._manifest, settings.silent)
        self._intake = Intake(lake, self._manifest, declared, self._known, now, self._heard)
        self._statements = Statements(
            self._manifest, out, stream, settings.restate, settings.window, unmask=settings.unmask
        )
        self._statements.deliver()
        self._said: set[tuple[str, str]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="thorough-look")
        self._thorough: Future[tuple[tuple[Traced, ...], float]] | None = None
        self._rest_until = 0.0
        self._arrived = 0
        self._tidied: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Round after round until `stop` is set."""
        while not stop.is_set():
            begun = time.monotonic()
            self.round(stop)
            stop.wait(max(0.0, self._settings.every.total_seconds() - (time.monotonic() - begun)))

    def round(self, stop: threading.Event, *, whole: bool = False) -> RoundDone:
        """Read what is new and state what is found. `whole`: wait for the thorough look too."""
        done = RoundDone()
        self._read(done, stop)
        self._arrived += done.rows
        try:
            if done.rows:
                fresh = Selection(added_us=to_us(self._now() - FRESH))
                done.stated += self._state(self._find(self._lake.selected(fresh)), only_stronger=True)
            self._look_thoroughly(done, stop, whole=whole)
            for silent in self._pulses.silent(self._now()):
                self._told.problem(silent)
            self._tidy(stop)
        except (OSError, sqlite3.Error, duckdb.Error) as error:
            # What could not be looked at, stated or tidied now is in the next round; reading goes on meanwhile.
            self._problem(self._failed(error), done)
        return done

    def close(self) -> None:
        """Let go of the lake, after the look that has begun has ended."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._manifest.close()
        os.close(self._lock)

    def _read(self, done: RoundDone, stop: threading.Event) -> None:
        now_ns = to_us(self._now()) * 1000
        for due in self._follower.look(self._paths, now_ns):
            if stop.is_set():
                break
            if isinstance(due, InputError):
                self._problem(due, done)
                continue
            try:
                self._take(due, done, stop)
            except FileNotFoundError:
                # It was renamed since it was looked at; the next round finds it under its new name.
                continue
            except OSError as error:
                self._problem(unreadable(due.seen.name, error), done)
            except sqlite3.Error as error:
                # Such as a full disk: the piece does not count, and is read again in the next round.
                self._problem(self._failed(error), done)
        self._remember_moves()

    def _take(self, due: Due, done: RoundDone, stop: threading.Event) -> None:
        outcome = self._intake.take(due, stop.is_set)
        if outcome.blocked:
            self._follower.settled_as_is(due.seen)
        for problem in outcome.problems:
            self._problem(problem, done)
        for note in outcome.notes:
            if self._first_time(note):
                self._told.note(note)
        done.rows += sum(outcome.arrived.values())
        done.rejects += outcome.rejects
        for again in self._pulses.beat(due.seen.name, due.state.form, sorted(outcome.arrived), self._now()):
            self._told.note(again)

    def _remember_moves(self) -> None:
        if not self._follower.moved:
            return
        records = {record.origin: record for record in self._lake.sources()}
        with self._manifest.transaction() as connection:
            for state in self._follower.moved:
                keep(connection, state, to_us(self._now()))
                if (record := records.get(state.origin)) is not None:
                    record.name = state.path
                    keep_source(connection, {name: getattr(record, name) for name in record.__slots__})
        self._follower.moved.clear()

    def _look_thoroughly(self, done: RoundDone, stop: threading.Event, *, whole: bool) -> None:
        """Take in the thorough look that has ended, and begin one where it is time."""
        if self._thorough is not None and (whole or self._thorough.done()):
            self._take_in(done)
        due = self._arrived and time.monotonic() >= self._rest_until
        if self._thorough is None and (whole or due) and not stop.is_set():
            self._arrived = 0
            window = Selection(since_us=to_us(self._now() - self._settings.window))
            self._thorough = self._pool.submit(self._timed, self._lake.selected(window))
            if whole:
                self._take_in(done)

    def _take_in(self, done: RoundDone) -> None:
        if self._thorough is None:
            return
        running, self._thorough = self._thorough, None
        found, cost = running.result()
        self._rest_until = time.monotonic() + SHARE * cost
        done.stated += self._state(found, only_stronger=False)

    def _timed(self, within: Lake) -> tuple[tuple[Traced, ...], float]:
        begun = time.monotonic()
        return self._find(within), time.monotonic() - begun

    def _find(self, within: Lake) -> tuple[Traced, ...]:
        sources = self._lake.sources()
        found, _ = find(self._lake, sources, watchset=self._watchset, now=self._now(), within=within)
        return found

    def _state(self, found: Sequence[Traced], *, only_stronger: bool) -> list[Finding]:
        return self._statements.state(found, self._lake.sources(), only_stronger=only_stronger)

    def _tidy(self, stop: threading.Event) -> None:
        now = self._now()
        if self._tidied is not None and now - self._tidied < TIDY_EVERY:
            return
        self._tidied = now
        watch_compact.compact(self._lake, self._manifest, now, stop.is_set)
        if rows := watch_compact.retain(self._manifest, now, self._settings.keep):
            days = self._settings.keep.days
            self._told.note(InputError(str(self._lake.directory), 0, message("watch.retired", rows=rows, days=days)))
        watch_compact.forget(self._manifest, self._known, now, self._settings.keep)
        watch_compact.sweep(self._lake, self._manifest, now)

    def _heard(self, name: str, form: str, preamble: bytes, data: bytes) -> None:
        for lost in self._drops.heard(name, form, preamble, data):
            self._told.problem(lost)

    def _failed(self, error: Exception) -> InputError:
        said = message("watch.failed", reason=(str(error).splitlines() or [type(error).__name__])[0][:200])
        return InputError(str(self._lake.directory), 0, said)

    def _problem(self, error: InputError, done: RoundDone) -> None:
        done.problems += 1
        if self._first_time(error):
            self._told.problem(error)

    def _first_time(self, error: InputError) -> bool:
        """Whether this was not said before: what is wrong with a file is wrong in every round."""
        key = (error.file, error.message.id)
        if key in self._said:
            return False
        if len(self._said) >= _MOST_TOLD:
            self._said.clear()
        self._said.add(key)
        return True
