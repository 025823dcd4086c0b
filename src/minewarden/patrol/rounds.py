"""One round: read everything, ask every detector, add it up, trace what was found.

The command line and the console both call this; nobody else needs to know the order.
"""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from minewarden.detect.detector import Abstaining, Context
from minewarden.detect.doubts import doubts
from minewarden.detect.fuse import fuse
from minewarden.detect.tuning import Tuning
from minewarden.intel.watchset import WatchSet
from minewarden.plugins import DETECTORS
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import IngestReport, Watch, ingest
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import Directory, LakeDirectory
from minewarden.vocab.attribution import Attribution
from minewarden.vocab.finding import Finding, Sighting
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Endpoint

UNMEASURED = timedelta(seconds=60)
"""How far the clock of a sensor that nobody measured is taken to be wrong."""

Ask = Callable[[Context], tuple[list[Sighting], tuple[Message, ...]]]
"""Asks detectors: what they saw, and which had nothing to look at."""

TRACE_TABLES = frozenset({"nat", "lease", "arp", "session", "fdb", "asset"})


@dataclass(frozen=True, slots=True)
class Traced:
    """A finding with whose it may be; `attribution` is None where no log to trace by was given."""

    finding: Finding
    attribution: Attribution | None


@dataclass(frozen=True, slots=True)
class Round:
    """The outcome: findings strongest first, what was read, and which detectors had nothing to look at."""

    traced: tuple[Traced, ...]
    report: IngestReport
    sources: tuple[SourceRecord, ...]
    skipped: tuple[Message, ...]


def patrol(
    paths: Sequence[Path],
    lake: Lake,
    *,
    declared: Declared,
    watchset: WatchSet,
    watch: Watch,
    now: datetime,
    keep_rejects: Path | None = None,
    directory: Directory | None = None,
    tuning: Tuning | None = None,
) -> Round:
    """Read `paths` into the lake and state what was found in it. `directory` defaults to the ledgers that were read,
    `tuning` to the detectors' own settings."""
    report = ingest(paths, lake, declared=declared, watch=watch, keep_rejects=keep_rejects)
    if "duckdb" not in sys.modules:  # Which would say of all that is left of it at the end that it leaked.
        # What reading loaded stays: to look it through for garbage when all ends takes two tenths of a second.
        gc.freeze()
    if (compiled := sys.modules.get("minewarden.telemetry.packets.compiled")) is not None:
        # Detectors have another allocator: without this, what reading used would stand beside what they use.
        compiled.give_back()
    sources = tuple(lake.sources())
    with lake.together():
        traced, skipped = find(lake, sources, watchset=watchset, now=now, directory=directory, tuning=tuning)
    return Round(traced, report, sources, skipped)


def find(
    lake: Lake,
    sources: Sequence[SourceRecord],
    *,
    watchset: WatchSet,
    now: datetime,
    directory: Directory | None = None,
    within: Lake | None = None,
    ask: Ask | None = None,
    tuning: Tuning | None = None,
) -> tuple[tuple[Traced, ...], tuple[Message, ...]]:
    """What stands in a lake that was read, and which detectors had nothing to look at.

    Detectors look at `within`, a part of the lake, where one is given; tracing looks at all of it. `ask`: who asks the
    detectors, where not all of them are asked each time.
    """
    context = Context(within or lake, watchset, now, {source.origin: source.name for source in sources})
    tuning = tuning or Tuning()
    sightings, skipped = ask(context) if ask is not None else _ask(context, tuning)
    # Who else visits a server is asked of the whole lake: the last minutes show too few of them.
    findings = fuse([*sightings, *doubts(replace(context, lake=lake), sightings)], tuning.fusion)
    attributions = _attributions(findings, lake, directory, sources)
    traced = tuple(Traced(finding, whose) for finding, whose in zip(findings, attributions, strict=True))
    return traced, skipped


def _ask(context: Context, tuning: Tuning) -> tuple[list[Sighting], tuple[Message, ...]]:
    """Ask each detector that has something to read; say which had not."""
    # Loaded after all was read, as `patrol` wants it.
    import duckdb

    present = context.lake.tables()
    sightings: list[Sighting] = []
    skipped: list[Message] = []
    for name in DETECTORS:
        detector = tuning.detector(name)
        if detector.reads & present:
            try:
                sightings.extend(detector.detect(context))
            except (duckdb.Error, MemoryError) as error:
                # What the others found must not be lost because one of them wanted more memory than it may have.
                reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
                skipped.append(message("watch.detector_failed", detector=name, reason=reason))
                continue
            if isinstance(detector, Abstaining):
                skipped.extend(detector.abstains(context))
        else:
            skipped.append(message("patrol.skipped", detector=name, tables=", ".join(sorted(detector.reads))))
    return sightings, tuple(skipped)


def _attributions(
    findings: Sequence[Finding], lake: Lake, directory: Directory | None, sources: Sequence[SourceRecord]
) -> list[Attribution | None]:
    clocks = {source.name: source for source in sources}
    if not findings or not (directory or lake.tables() & TRACE_TABLES):
        return [None] * len(findings)
    questions = [
        Question(
            ip=finding.host,
            port=finding.host_port,
            at=finding.first_seen,
            until=finding.last_seen,
            peer=Endpoint(finding.server, finding.port) if finding.server and finding.port else None,
            tolerance=_tolerance(finding, clocks),
        )
        for finding in findings
    ]
    return list(trace(lake, questions, directory or LakeDirectory(lake)))


def _tolerance(finding: Finding, clocks: Mapping[str, SourceRecord]) -> timedelta:
    """How far the finding's own times may be wrong: as declared, where every clock that stamped it was measured."""
    stamped = [clocks[name] for name in finding.sources if name in clocks]
    if not stamped or any(source.offset_s is None for source in stamped):
        return UNMEASURED
    return timedelta(seconds=max(source.tolerance_s for source in stamped))
