"""`minewarden detect calibrate`: what outcomes say of the detectors; settings proposed from them, to be taken back."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from minewarden.cli.given import add_cluster, lake_of
from minewarden.config.kept import former, replace_file, rewritten, roll_back, tables_of, text_of
from minewarden.config.settings import Config
from minewarden.detect.calibrate import Drift, Proposal, Rate, Threshold, drifts, proposals, rates
from minewarden.detect.labels import Label, read_labels
from minewarden.detect.tuning import Tuning
from minewarden.plugins import DETECTORS
from minewarden.telemetry.engine import tuples
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import Language, render, table

SETTINGS = "minewarden.toml"
SETTING = "least_weight"
"""The number of a detector below which it states nothing: the only one that outcomes may move."""
_PAIRS = "SELECT count(*) AS pairs FROM (SELECT DISTINCT src, dst, ts // 86400000000 AS day FROM conn) AS pair"
_MOST_LINE = 4 << 20
_AHEAD = timedelta(days=1)
"""A decision that lies further ahead was made by a clock that was wrong."""


def add_parser(inner: "argparse._SubParsersAction[argparse.ArgumentParser]", language: Language) -> None:
    """Describe the command."""

    def said(key: str) -> str:
        return render(message(f"calibrate.{key}"), language)

    parser = inner.add_parser("calibrate", help=said("help"), description=said("description"))
    parser.add_argument("--labels", type=Path, nargs="+", default=[], metavar="FILE", help=said("labels"))
    parser.add_argument("--findings", type=Path, nargs="+", default=[], metavar="FILE", help=said("findings"))
    parser.add_argument("--lake", type=Path, metavar="LAKE", help=said("lake"))
    parser.add_argument("--directory", type=Path, metavar="UNIT", help=said("directory"))
    parser.add_argument("--write", action="store_true", help=said("write"))
    parser.add_argument("--rollback", action="store_true", help=said("rollback"))
    add_cluster(parser, language)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Calibrate. 0: done; 1: some lines of the files could not be used; 2: wrong usage or settings."""
    _check(args)
    settings = args.directory / SETTINGS if args.directory is not None else None
    if args.rollback:
        assert settings is not None  # noqa: S101 - checked above
        _roll_back(args, settings)
        return 0
    labels, problems = _labels(args.labels)
    text = text_of(settings) if settings is not None else ""
    tables = tables_of(text)
    fusion = Tuning.of(Config.load(settings if text else None)).fusion
    by_detector, by_family = drifts(labels)
    _print(args, _said_of_drift(args.language, labels, by_detector, by_family))
    if args.findings:
        counted = Counter(_detectors(args.findings, problems))
        _print(args, [_said_of_rate(args.language, one) for one in rates(counted, _pairs(args), fusion)])
    found = list(proposals(labels, thresholds(tables), fusion))
    _print(args, _said_of_proposals(args.language, found))
    if args.write and not found:
        _print(args, [message("calibrate.nothing_written")])
    if args.write and found:
        assert settings is not None  # noqa: S101 - checked above
        _write(args, settings, text, found)
    for problem in problems:
        print(problem.said(args.language), file=sys.stderr)
    return 1 if problems else 0


def thresholds(tables: Mapping[str, Any]) -> Iterator[Threshold]:
    """The thresholds of the detectors that have one, as the settings say or as the detector itself does."""
    given = tables.get("detect", {})
    for name, kind in DETECTORS.load_all().items():
        own = next((f.default for f in fields(kind) if f.name == "settings"), None) if is_dataclass(kind) else None
        bounds = {f.name: f.metadata for f in fields(own)} if is_dataclass(own) else {}
        if SETTING in bounds and "least" in bounds[SETTING]:
            value = given.get(name, {}).get(SETTING, getattr(own, SETTING))
            yield Threshold(name, float(value), float(bounds[SETTING]["least"]), float(bounds[SETTING]["most"]))


def _check(args: argparse.Namespace) -> None:
    if args.rollback and (args.labels or args.findings or args.write):
        raise UsageError(message("calibrate.rollback_alone"))
    if (args.rollback or args.write) and args.directory is None:
        raise UsageError(message("calibrate.where"))
    if args.directory is not None and not args.directory.is_dir():
        raise UsageError(message("scan.no_such_directory", path=str(args.directory)))
    if not args.rollback and not args.labels:
        raise UsageError(message("calibrate.no_labels"))
    if args.findings and args.lake is None:
        raise UsageError(message("calibrate.no_lake"))
    if args.lake is not None and not args.lake.is_dir():
        raise UsageError(message("detect_cli.no_lake", path=str(args.lake)))


def _labels(paths: Iterable[Path]) -> tuple[list[Label], list[InputError]]:
    """The labels of all files; where several name one finding, the latest decision counts."""
    held: dict[str, Label] = {}
    problems: list[InputError] = []
    for path in paths:
        labels, wrong = read_labels(path)
        problems += wrong
        for label in labels:
            if label.id not in held or held[label.id].decided_at <= label.decided_at:
                held[label.id] = label
    return list(held.values()), problems


def _detectors(paths: Iterable[Path], problems: list[InputError]) -> Iterator[str]:
    """The detectors that speak for each finding, as a scan or a watch wrote it; one that is restated counts once."""
    seen: set[tuple[str, str]] = set()
    for path in paths:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b""), 1):
                    try:
                        finding = orjson.loads(line)
                        named = {item["detector"] for item in finding["evidence"] if item["weight"] > 0}
                        told = {(str(finding["id"]), str(name)) for name in named}
                    except (orjson.JSONDecodeError, KeyError, TypeError):
                        problems.append(InputError(str(path), number, message("calibrate.no_finding")))
                        continue
                    yield from (name for _, name in told - seen)
                    seen |= told
        except OSError as error:
            raise InputError(str(path), 0, message("labels.unreadable", reason=reason_of(error))) from error


def _pairs(args: argparse.Namespace) -> int:
    with lake_of(args).engine() as engine:
        [(pairs,)] = tuples(engine.ask(_PAIRS))
    if not isinstance(pairs, int) or pairs < 1:
        raise UsageError(message("calibrate.empty_lake"))
    return pairs


def _write(args: argparse.Namespace, settings: Path, text: str, found: Sequence[Proposal]) -> None:
    changes = {f"detect.{one.detector}": {SETTING: one.new} for one in found}
    kept = replace_file(settings, rewritten(text, changes), datetime.now(UTC), was=text)
    said = [message("calibrate.written", file=str(settings))]
    said.append(message("calibrate.kept", kept=kept.name, count=len(former(settings)), directory=str(settings.parent)))
    _print(args, said)


def _roll_back(args: argparse.Namespace, settings: Path) -> None:
    kept, undone = roll_back(settings, datetime.now(UTC))
    said = [message("calibrate.rolled_back", file=str(settings), kept=kept.name)]
    if undone is not None:
        said.append(message("calibrate.undone", undone=undone.name))
    _print(args, said)


def _named(name: str, language: Language) -> str:
    """What a detector or a family is called, with the name by which settings and findings know it."""
    key = f"name_{name.replace('-', '_')}"
    if key not in table("calibrate"):
        return name
    return f"{render(message(f'calibrate.{key}'), language)} ({name})"


def _said_of_drift(
    language: Language, labels: Sequence[Label], detectors: Sequence[Drift], families: Sequence[Drift]
) -> list[Message]:
    if not labels:
        return [message("calibrate.none_counted")]
    true = sum(label.outcome.value == "true" for label in labels)
    said = [message("calibrate.counted", count=len(labels), true=true, false=len(labels) - true)]
    ahead = [label.decided_at for label in labels if label.decided_at > datetime.now(UTC) + _AHEAD]
    if ahead:
        said.append(message("calibrate.ahead", count=len(ahead), last=max(ahead)))
    for heading, each in (("by_detector", detectors), ("by_family", families)):
        if each:
            said.append(message(f"calibrate.{heading}"))
        for one in each:
            said.append(
                message(
                    f"calibrate.drift_{one.verdict.replace('-', '_')}",
                    name=_named(one.name, language),
                    count=one.true + one.false,
                    true=one.true,
                    low=_percent(one.share.low),
                    high=_percent(one.share.high),
                    promised=_percent(one.promised) if one.promised is not None else "-",
                )
            )
        gone = [one.name for one in each if heading == "by_detector" and one.name not in DETECTORS.load_all()]
        if gone:
            said.append(message("calibrate.gone", names=", ".join(gone)))
    return said


def _said_of_rate(language: Language, one: Rate) -> Message:
    return message(
        f"calibrate.rate_{one.verdict.replace('-', '_')}",
        name=_named(one.name, language),
        count=one.findings,
        pairs=one.pairs,
        low=_each_10000(one.rate.low),
        high=_each_10000(one.rate.high),
        base=_each_10000(one.base),
    )


def _said_of_proposals(language: Language, found: Sequence[Proposal]) -> list[Message]:
    if not found:
        return [message("calibrate.no_proposal")]
    return [
        message(
            "calibrate.stricter_blind" if one.kind == "stricter" and not one.true else f"calibrate.{one.kind}",
            name=_named(one.detector, language),
            setting=f"[detect.{one.detector}] {SETTING}",
            old=f"{one.old:g}",
            new=f"{one.new:g}",
            spared=one.spared,
            false=one.false,
            true=one.true,
        )
        for one in found
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _each_10000(rate: float) -> str:
    told = 10_000 * rate
    return f"{told:.2g}" if told < 100 else f"{told:.0f}"


def _print(args: argparse.Namespace, said: Iterable[Message]) -> None:
    for sentence in said:
        print(render(sentence, args.language))
