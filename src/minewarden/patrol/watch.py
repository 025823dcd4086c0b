"""The watch: look into the folders again and again, read what is new, state what is found within a minute of its rows.

Each round reads what has arrived and takes a quick look at it. A thorough look at the whole window runs beside the
reading, each detector as often as its own cost allows, and so does the putting together of small files.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TextIO

import duckdb
import pyarrow as pa

from minewarden.detect.detector import Detector
from minewarden.detect.tuning import Tuning
from minewarden.intel.watchset import WatchSet
from minewarden.patrol import watch_retain
from minewarden.patrol.rounds import Ask, Traced, find
from minewarden.patrol.watch_clock import Clocks, latest_arrival, steady_seconds
from minewarden.patrol.watch_compact import Compactor
from minewarden.patrol.watch_files import Due, Follower
from minewarden.patrol.watch_findings import Statements
from minewarden.patrol.watch_lanes import Lanes
from minewarden.patrol.watch_piece import Intake
from minewarden.patrol.watch_pulse import Drops, Pulses
from minewarden.patrol.watch_spool import SUMS, clear
from minewarden.patrol.watch_state import keep, keep_source, load
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.manifest import Manifest, Selection
from minewarden.telemetry.reader import Reader
from minewarden.telemetry.walk import unreadable
from minewarden.vocab.clock import microseconds, to_us
from minewarden.vocab.errors import ClusterError, InputError, UsageError
from minewarden.vocab.finding import Finding
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of

FRESH = timedelta(minutes=2)
"""How far back in arrival the quick look goes: what belongs together may arrive in neighbouring rounds."""
READ_AT_MOST_S = 15.0
"""So long a round reads before it looks, whatever has piled up: a row that comes meanwhile waits for two rounds."""
TIDY_EVERY_S = 60.0
AHEAD = timedelta(minutes=10)
"""Rows that are stamped later than this after they arrive come from a clock that is wrong."""
_MOST_TOLD = 10_000
_CLUSTER = ("cluster.failed", "cluster.unreachable", "cluster.other_rows")
_PASSING = frozenset({"watch.failed", "watch.detector_failed", "ingest.system", *_CLUSTER})
"""Troubles that end by themselves: when one has gone and comes back it is said again."""

Found = tuple[tuple[Traced, ...], tuple[Message, ...]]
"""What a look found, and what detectors left alone."""


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
    unfinished: bool = False
    """More has piled up than one round reads."""


class Listening(Protocol):
    """Whoever puts what comes through sockets into files, beside the watch."""

    folder: Path
    """Where the files are."""

    def settle(self) -> list[InputError]:
        """What is worth a word since the last call: messages that were lost, a socket that failed."""
        ...

    def close(self) -> None:
        """Take no more, and put what was taken into files."""
        ...


class Watch:
    """One watch over one lake. It holds the lake until it is closed: two would read everything twice."""

    def __init__(
        self,
        paths: Sequence[Path],
        lake: Lake,
        *,
        readers: Mapping[str, Reader],
        detectors: Mapping[str, Detector],
        declared: Declared,
        watchset: WatchSet,
        told: Told,
        now: Callable[[], datetime],
        out: Path | None,
        stream: TextIO,
        settings: Settings,
        steady: Callable[[], float] = steady_seconds,
        listen: Callable[[], Listening] | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        """`listen` opens the sockets, once it is certain that no other watch holds the lake. `tuning`: how reasons are
        added up, where not as they come; the detectors have their own already.

        Raises UsageError where another watch holds the lake, or a socket cannot be opened.
        """
        lock = watch_retain.locked(lake.directory)
        if lock is None:
            raise UsageError(message("watch.held", path=str(lake.directory)))
        self._lock = lock
        self._listening = listen() if listen is not None else None
        self._spool = spool = self._listening.folder if self._listening is not None else None
        self._paths = [*paths, *([spool] if spool is not None else [])]
        self._lake, self._watchset, self._told, self._now = lake, watchset, told, now
        self._settings, self._steady, self._tuning = settings, steady, tuning
        self._manifest = Manifest.create(lake.directory)
        self._clocks = Clocks(now, steady, latest_arrival(self._manifest))
        watch_retain.sweep(lake, self._manifest, self._clocks.arrival_us(), starting=True)
        self._known = load(self._manifest)
        self._records: dict[int, SourceRecord] = {}
        self._plain_book: tuple[int, int] | None = None
        own = [lake.directory, *([out] if out is not None else []), *([spool / SUMS] if spool is not None else [])]
        self._follower = Follower(self._known, readers, passed_over=own, settle=settings.settle)
        self._drops, self._pulses = Drops(), Pulses(self._manifest, settings.silent)
        self._intake = Intake(
            lake, self._manifest, declared, self._known, self._records, self._clocks, self._heard, spool=spool
        )
        self._compactor = Compactor(lake, self._manifest, self._known)
        self._lanes = Lanes(detectors, lake, settings.window, steady)
        self._statements = Statements(
            self._manifest, out, stream, settings.restate, settings.window, unmask=settings.unmask
        )
        self._statements.deliver()
        self._said: set[tuple[str, str]] = set()
        self._troubles: set[tuple[str, str]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="thorough-look")
        self._thorough: Future[Found] | None = None
        self._left_alone: set[tuple[str, str, str]] = set()
        self._tidy_from = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Round after round until `stop` is set."""
        while not stop.is_set():
            begun = self._steady()
            done = self.round(stop)
            rest = self._settings.every.total_seconds() - (self._steady() - begun)
            # What has piled up is gone on with at once, but never without a breath for who wants to stop.
            stop.wait(0.01 if done.unfinished else max(0.01, rest))

    def round(self, stop: threading.Event, *, whole: bool = False) -> RoundDone:
        """Read what is new and state what is found. `whole`: read all, wait for the thorough look, put all together."""
        done = RoundDone()
        before, self._troubles = self._troubles, set()
        try:
            self._listen()
            self._look_at_the_clock()
            self._learn_of_scans()
            self._read(done, stop, whole=whole)
            if done.rows:
                self._lanes.rows_came()
                fresh = Selection(added_us=self._clocks.arrival_us() - microseconds(FRESH))
                within = self._lake.selected(fresh)
                found, _ = self._find(within, self._lanes.quick, list(self._records.values()))
                done.stated += self._state(found, only_stronger=True)
            self._look_thoroughly(done, stop, whole=whole)
            for silent in self._pulses.silent(self._clocks.arrival_us()):
                self._told.problem(silent)
            self._compactor.step(self._clocks.arrival_us(), whole=whole)
            self._tidy()
        except ClusterError as error:
            self._problem(InputError(str(self._lake.directory), 0, error.message), done)
        except (OSError, sqlite3.Error, duckdb.Error, pa.ArrowException) as error:
            # What could not be looked at, stated or tidied now is in the next round; reading goes on meanwhile.
            self._problem(self._failed(error), done)
        for failed in self._lanes.failures():
            self._problem(failed, done)
        self._said -= before - self._troubles
        if before and not self._troubles:
            self._told.note(InputError(str(self._lake.directory), 0, message("watch.recovered")))
        return done

    def close(self) -> None:
        """Let go of the lake, after the look that has begun has ended."""
        if self._listening is not None:
            self._listening.close()
        self._compactor.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._manifest.close()
        os.close(self._lock)

    def _listen(self) -> None:
        if self._listening is None:
            return
        for said in self._listening.settle():
            self._told.problem(said)

    def _look_at_the_clock(self) -> None:
        moved = self._clocks.jumped()
        if moved is None:
            return
        key = "watch.clock_ahead" if moved > timedelta() else "watch.clock_back"
        said = message(key, seconds=round(abs(moved.total_seconds())))
        self._told.problem(InputError(str(self._lake.directory), 0, said))

    def _learn_of_scans(self) -> None:
        """Take up the sources of a `scan` into the same lake, whose numbers are taken."""
        book = self._lake.directory / "sources.jsonl"
        about = book.stat() if book.exists() else None
        now = (about.st_size, about.st_mtime_ns) if about is not None else (0, 0)
        if now == self._plain_book:
            return
        self._plain_book = now
        for record in self._lake.sources():
            self._records.setdefault(record.origin, record)

    def _read(self, done: RoundDone, stop: threading.Event, *, whole: bool) -> None:
        until = self._steady() + (float("inf") if whole else READ_AT_MOST_S)

        def enough() -> bool:
            return stop.is_set() or self._steady() > until

        for due in self._follower.look(self._paths, to_us(self._now()) * 1000):
            if enough():
                done.unfinished = True
                break
            if isinstance(due, InputError):
                self._problem(due, done)
                continue
            try:
                self._take(due, done, enough, whole=whole)
            except FileNotFoundError:
                # It was renamed since it was looked at; the next round finds it under its new name.
                continue
            except OSError as error:
                self._problem(unreadable(due.seen.name, error), done)
            except sqlite3.Error as error:
                # Such as a full disk: the piece does not count, and is read again in the next round.
                self._problem(self._failed(error), done)
        self._remember_moves()

    def _take(self, due: Due, done: RoundDone, enough: Callable[[], bool], *, whole: bool) -> None:
        outcome = self._intake.take(due, enough, whole=whole)
        done.unfinished |= outcome.unfinished
        if outcome.blocked:
            self._follower.settled_as_is(due.seen)
        for problem in outcome.problems:
            self._problem(problem, done)
        for note in outcome.notes:
            if self._first_time(note):
                self._told.note(note)
        done.rows += sum(outcome.arrived.values())
        done.rejects += outcome.rejects
        self._look_for_wrong_clocks(due, outcome.latest_us)
        if due.state.grows:
            tables = sorted(outcome.arrived)
            for again in self._pulses.beat(due.seen.name, due.state.form, tables, self._clocks.arrival_us()):
                self._told.note(again)

    def _look_for_wrong_clocks(self, due: Due, latest_us: int | None) -> None:
        ahead = (latest_us or 0) - max(to_us(self._now()), self._clocks.arrival_us())
        if ahead <= microseconds(AHEAD):
            return
        said = InputError(due.seen.name, 0, message("watch.rows_ahead", minutes=ahead // 60_000_000))
        if self._first_time(said):
            self._told.problem(said)

    def _remember_moves(self) -> None:
        if not self._follower.moved:
            return
        with self._manifest.transaction() as connection:
            for state in self._follower.moved:
                keep(connection, state, self._clocks.arrival_us())
                if (record := self._records.get(state.origin)) is not None:
                    self._records[state.origin] = renamed = replace(record, name=state.path)
                    keep_source(connection, asdict(renamed))
        self._follower.moved.clear()

    def _look_thoroughly(self, done: RoundDone, stop: threading.Event, *, whole: bool) -> None:
        """Take in the thorough look that has ended, and begin one where there is something new to look at."""
        if self._thorough is not None and (whole or self._thorough.done()):
            self._take_in(done)
        if whole:
            self._lanes.ask_all_again()
        if self._thorough is None and self._lanes.anything_due() and not stop.is_set():
            self._thorough = self._pool.submit(
                self._find, self._lake, self._lanes.thorough, list(self._records.values()), self._window_ends()
            )
            if whole:
                self._take_in(done)

    def _take_in(self, done: RoundDone) -> None:
        if self._thorough is None:
            return
        running, self._thorough = self._thorough, None
        found, left_alone = running.result()
        done.stated += self._state(found, only_stronger=False)
        self._say_what_is_left_alone(left_alone)

    def _say_what_is_left_alone(self, said: Sequence[Message]) -> None:
        """Once for each folder and rate: where records come as a file every five minutes, each is a source."""
        for one in said:
            source = str(one.params.get("source", ""))
            key = (one.id, str(one.params.get("sampling", "")), str(Path(source).parent) if source else "")
            if key not in self._left_alone and len(self._left_alone) < _MOST_TOLD:
                self._left_alone.add(key)
                self._told.note(InputError(source or str(self._lake.directory), 0, one))

    def _window_ends(self) -> datetime:
        """Now, as far as the rows go: where the clock has leapt ahead, it ends with the last of them."""
        return self._clocks.present(watch_retain.newest_row(self._manifest, self._clocks))

    def _find(self, within: Lake, ask: Ask, sources: Sequence[SourceRecord], now: datetime | None = None) -> Found:
        return find(
            self._lake,
            sources,
            watchset=self._watchset,
            now=now or self._now(),
            within=within,
            ask=ask,
            tuning=self._tuning,
        )

    def _state(self, found: Sequence[Traced], *, only_stronger: bool) -> list[Finding]:
        return self._statements.state(found, self._records.values(), only_stronger=only_stronger)

    def _tidy(self) -> None:
        if self._steady() < self._tidy_from:
            return
        self._tidy_from = self._steady() + TIDY_EVERY_S
        keep_for, arrival_us = self._settings.keep, self._clocks.arrival_us()
        if rows := watch_retain.retain(self._manifest, self._clocks, keep_for):
            said = message("watch.retired", rows=rows, days=keep_for.days)
            self._told.note(InputError(str(self._lake.directory), 0, said))
        border = watch_retain.border(self._manifest, self._clocks, keep_for)
        if self._spool is not None and border is not None and (files := clear(self._spool, border)):
            said = message("watch.spool_cleared", files=files, days=keep_for.days)
            self._told.note(InputError(str(self._spool), 0, said))
        watch_retain.forget(self._manifest, self._known, self._follower.present, keep_for, arrival_us)
        watch_retain.sweep(self._lake, self._manifest, arrival_us)

    def _heard(self, name: str, form: str, preamble: bytes, data: bytes) -> None:
        for lost in self._drops.heard(name, form, preamble, data):
            self._told.problem(lost)

    def _failed(self, error: Exception) -> InputError:
        reason = type(error).__name__
        if isinstance(error, OSError | sqlite3.Error):
            # The text of the others may quote a row.
            known = isinstance(error, OSError)
            reason = reason_of(error) if known else (str(error) or reason).splitlines()[0][:200]
        return InputError(str(self._lake.directory), 0, message("watch.failed", reason=reason))

    def _problem(self, error: InputError, done: RoundDone) -> None:
        done.problems += 1
        if error.message.id in _PASSING:
            self._troubles.add((error.file, error.message.id))
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
