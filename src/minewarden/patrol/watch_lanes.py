"""Which detector is asked when: each round over what has just arrived, or at its own pace over the whole window.

What a detector saw when it was last asked over the window stays until it is asked again, so that reasons of quick and
of slow detectors are still added up together.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import duckdb

from minewarden.detect.detector import Abstaining, Context, Detector, Remembering, pace_of
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ClusterError, InputError
from minewarden.vocab.finding import Sighting
from minewarden.vocab.message import Message, message

SHARE = 4
"""A look at the window rests this many times as long as it took."""

Asked = tuple[list[Sighting], tuple[Message, ...]]


class Lanes:
    """Asks detectors at their pace. `quick` and `thorough` may run in two threads; each belongs to one."""

    def __init__(
        self, detectors: Mapping[str, Detector], lake: Lake, window: timedelta, steady: Callable[[], float]
    ) -> None:
        self._detectors, self._lake, self._window, self._steady = detectors, lake, window, steady
        self._due = dict.fromkeys(detectors, float("-inf"))
        self._behind = set(detectors)
        self._seen: dict[str, list[Sighting]] = {}
        self._left_alone: dict[str, tuple[Message, ...]] = {}
        self._failed: deque[InputError] = deque()

    def quick(self, context: Context) -> Asked:
        """Ask those that one round's rows can show something."""
        present = context.lake.tables()
        found: list[Sighting] = []
        for name, detector in self._detectors.items():
            if pace_of(detector).quick and detector.reads & present:
                found += self._ask(name, context) or []
        return found, ()

    def thorough(self, context: Context) -> Asked:
        """Ask those whose time has come, each over its window; the others' last answers count on, and so does what they
        leave alone."""
        for name, detector in self._detectors.items():
            begun = self._steady()
            if name not in self._behind or begun < self._due[name]:
                continue
            self._behind.discard(name)
            pace = pace_of(detector)
            since = context.now - (pace.window or self._window)
            within = replace(context, lake=self._lake.selected(Selection(since_us=to_us(since))))
            if not detector.reads & within.lake.tables():
                self._seen.pop(name, None)
                self._left_alone.pop(name, None)
                continue
            found = self._ask(name, within, remember=True)
            if found is None:
                self._behind.add(name)
            else:
                self._seen[name] = found
                self._left_alone[name] = self._abstained(name, within)
            ended = self._steady()
            self._due[name] = max(begun + pace.every.total_seconds(), ended + SHARE * (ended - begun))
        return (
            [sighting for name in self._detectors for sighting in self._seen.get(name, ())],
            tuple(said for name in self._detectors for said in self._left_alone.get(name, ())),
        )

    def rows_came(self) -> None:
        """Every detector may have something new to look at."""
        self._behind.update(self._detectors)

    def anything_due(self) -> bool:
        """Whether a thorough look now would ask anybody."""
        now = self._steady()
        return any(now >= self._due[name] for name in tuple(self._behind))

    def ask_all_again(self) -> None:
        """Forget when they were asked: the next thorough look asks every detector."""
        self._due = dict.fromkeys(self._detectors, float("-inf"))
        self.rows_came()

    def failures(self) -> list[InputError]:
        """The detectors that could not finish since the last call."""
        return [self._failed.popleft() for _ in range(len(self._failed))]

    def _abstained(self, name: str, context: Context) -> tuple[Message, ...]:
        """What a detector could read and does not judge, such as sampled records."""
        detector = self._detectors[name]
        return tuple(detector.abstains(context)) if isinstance(detector, Abstaining) else ()

    def _ask(self, name: str, context: Context, *, remember: bool = False) -> list[Sighting] | None:
        """What one detector sees; None where it could not finish. One that fails, or needs too much memory, silences no
        other."""
        try:
            detector = self._detectors[name]
            if remember and isinstance(detector, Remembering):
                detector.remember(replace(context, lake=self._lake))
            return list(detector.detect(context))
        except ClusterError as error:
            self._failed.append(InputError(str(self._lake.directory), 0, error.message))
            return None
        except (duckdb.Error, sqlite3.Error, MemoryError, OSError, ValueError, LookupError, ArithmeticError) as error:
            # Not its text, which may quote a row.
            said = message("watch.detector_failed", detector=name, reason=type(error).__name__)
            self._failed.append(InputError(str(self._lake.directory), 0, said))
            return None
