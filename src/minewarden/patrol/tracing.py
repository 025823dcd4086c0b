"""Questions answered from logs in one pass: read everything, trace each question, say it as a JSON object.

The form is promised by `trace.schema.json` beside this file; its name is in every line (`schema`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minewarden.intel.watchset import WatchSet
from minewarden.patrol.proposal import candidate_object
from minewarden.patrol.questions import Asked
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import IngestReport, Watch, ingest
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.trace.chain import trace
from minewarden.trace.directory import Directory, LakeDirectory
from minewarden.vocab.attribution import Attribution
from minewarden.vocab.clock import from_us, rfc3339
from minewarden.vocab.words import both

SCHEMA = "minewarden/trace/1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and whose it may be."""

    asked: Asked
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers in the order of the questions, and what they were taken from."""

    answers: tuple[Answer, ...]
    report: IngestReport
    sources: tuple[SourceRecord, ...]


def answer(
    paths: Sequence[Path],
    lake: Lake,
    asked: Sequence[Asked],
    *,
    declared: Declared,
    watch: Watch,
    directory: Directory | None = None,
    watchset: WatchSet | None = None,
) -> Answers:
    """Read `paths` into the lake and trace each question.

    `directory` defaults to the ledgers that were read, `watchset` to the shipped catalogue: it tells pools' names among
    those that a resolver was asked for.
    """
    report = ingest(paths, lake, declared=declared, watch=watch)
    questions = [one.question for one in asked]
    listed = watchset or WatchSet.default()
    latest = max((question.at for question in questions), default=None)

    def pools(names: Sequence[str]) -> list[str]:
        matches = ((name, listed.match_name(name, latest)) for name in names) if latest is not None else ()
        return [name for name, match in matches if match is not None and match.alerts]

    found = trace(lake, questions, directory or LakeDirectory(lake), listed=pools)
    answers = tuple(Answer(one, whose) for one, whose in zip(asked, found, strict=True))
    return Answers(answers, report, tuple(lake.sources()))


def line(one: Answer, sources: Mapping[str, SourceRecord]) -> dict[str, Any]:
    """The answer as a JSON object: the question, the candidates best first, the warnings, the sources cited."""
    question, whose = one.asked.question, one.attribution
    cited = {row.source for candidate in whose.candidates for hop in candidate.hops for row in hop.rows}
    return {
        "schema": SCHEMA,
        "question": {
            "line": one.asked.line or None,
            "number": one.asked.number or None,
            "at": rfc3339(question.at),
            "until": rfc3339(question.until) if question.until else None,
            "public": whose.ip,
            "port": question.port or None,
            "to": question.peer.ip if question.peer else None,
            "to_port": (question.peer.port or None) if question.peer else None,
            "tolerance_s": question.tolerance.total_seconds(),
            "names": list(question.names),
            "site": question.site or None,
        },
        "candidates": [candidate_object(candidate) for candidate in whose.candidates],
        "warnings": [both(warning) for warning in whose.warnings],
        "sources": [_source(sources[name]) for name in sorted(cited & sources.keys())],
    }


def _source(record: SourceRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "form": record.form,
        "sha256": record.sha256,
        "zone": record.zone or None,
        "offset_s": record.offset_s,
        "tolerance_s": record.tolerance_s,
        "first": rfc3339(from_us(record.first_us)) if record.first_us is not None else None,
        "last": rfc3339(from_us(record.last_us)) if record.last_us is not None else None,
    }
