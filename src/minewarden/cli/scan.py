"""`minewarden scan PATH...`: which host mines, since when, where to, which coin, on what evidence, and whose it is."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from minewarden.cli.given import commands_language, existing, inside, zone_of
from minewarden.cli.progress import Progress
from minewarden.cli.table import print_findings
from minewarden.config.settings import FILE, Config
from minewarden.detect.tuning import Tuning
from minewarden.intel.own import read_allow, read_indicators
from minewarden.intel.watchset import WatchSet
from minewarden.patrol.proposal import line
from minewarden.patrol.rounds import Traced, patrol
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.vocab.finding import State
from minewarden.vocab.message import message
from minewarden.vocab.words import render


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"scan.{key}"), language)

    parser = commands.add_parser("scan", help=said("help"), description=said("description"))
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=said("paths"))
    parser.add_argument("--format", choices=["table", "jsonl"], default="table", help=said("format"))
    parser.add_argument("--directory", type=Path, metavar="DIR", help=said("directory"))
    parser.add_argument("--zone", metavar="ZONE", help=said("zone"))
    parser.add_argument("--state", choices=[s.value for s in State], default=State.SUSPECTED.value, help=said("state"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=said("out"))
    parser.add_argument("--rejects", type=Path, metavar="FILE", help=said("rejects"))
    parser.add_argument("--unmask", action="store_true", help=said("unmask"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scan. 0: ran; 1: some input could not be read, the rest was; 2: wrong usage."""
    paths = existing(args.paths)
    tuning = Tuning.of(Config.load(inside(args.directory, FILE)))
    declared = Declared.load(inside(args.directory, "sources.toml"), zone_of(args.zone))
    watchset = watchset_of(inside(args.directory, "watch.toml"))
    if args.directory is not None and not any(args.directory.resolve() == path.resolve() for path in paths):
        paths = [*paths, args.directory]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="minewarden-scan-"))
        progress = stack.enter_context(Progress(args.language))
        result = patrol(
            paths,
            Lake(Path(folder)),
            declared=declared,
            watchset=watchset,
            watch=progress,
            now=datetime.now(UTC),
            keep_rejects=args.rejects,
            tuning=tuning,
        )
        progress.phase_done(result)
    show(args, result.traced, result.sources)
    return 1 if result.report.problems or result.report.rejects else 0


def show(args: argparse.Namespace, found: Sequence[Traced], sources: Sequence[SourceRecord]) -> None:
    """Write what is as strong as `--state` asks for, in the form and to the place that the options say."""
    shown = [traced for traced in found if traced.finding.state.rank >= State(args.state).rank]
    with ExitStack() as stack:
        out = sys.stdout if args.out is None else stack.enter_context(args.out.open("w", encoding="utf-8"))
        if args.format == "jsonl":
            named = {record.name: record for record in sources}
            for traced in shown:
                text = json.dumps(line(traced, named, unmask=args.unmask), ensure_ascii=False)
                out.write(text + "\n")
        else:
            print_findings(shown, out, args.language, unmask=args.unmask)


def watchset_of(own: Path | None) -> WatchSet:
    """The catalogue, with the unit's own indicators and allow list where its folder has them."""
    return WatchSet.from_catalogue(read_indicators(own), read_allow(own)) if own else WatchSet.default()
