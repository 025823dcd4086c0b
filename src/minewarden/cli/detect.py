"""`minewarden detect run`: ask the detectors over a lake that a watch keeps, on this machine or on a cluster."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from minewarden.cli import calibrate
from minewarden.cli.given import add_cluster, commands_language, inside, lake_of
from minewarden.cli.scan import show, watchset_of
from minewarden.patrol.rounds import find
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.clock import parse_offset, to_us
from minewarden.vocab.errors import UsageError
from minewarden.vocab.finding import State
from minewarden.vocab.message import message
from minewarden.vocab.words import render


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the commands."""
    language = commands_language(commands)

    def said(key: str, table: str = "detect_cli") -> str:
        return render(message(f"{table}.{key}"), language)

    group = commands.add_parser("detect", help=said("help"))
    inner = group.add_subparsers(dest="detect_command", metavar="COMMAND", required=True)
    parser = inner.add_parser("run", help=said("run_help"), description=said("run_description"))
    parser.add_argument("--lake", type=Path, required=True, metavar="LAKE", help=said("lake"))
    parser.add_argument("--window", metavar="SPAN", help=said("window"))
    parser.add_argument("--directory", type=Path, metavar="UNIT", help=said("directory", "scan"))
    parser.add_argument("--format", choices=["table", "jsonl"], default="table", help=said("format", "scan"))
    parser.add_argument(
        "--state", choices=[s.value for s in State], default=State.SUSPECTED.value, help=said("state", "scan")
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help=said("out", "scan"))
    parser.add_argument("--unmask", action="store_true", help=said("unmask", "scan"))
    add_cluster(parser, language)
    parser.set_defaults(run=run)
    calibrate.add_parser(inner, language)


def run(args: argparse.Namespace) -> int:
    """Detect. 0: ran; 2: wrong usage, or the cluster did not answer."""
    if not args.lake.is_dir():
        raise UsageError(message("detect_cli.no_lake", path=str(args.lake)))
    now, lake = datetime.now(UTC), lake_of(args)
    within = lake
    if args.window is not None:
        within = lake.selected(Selection(since_us=to_us(now - _span(args.window))))
    sources = lake.sources()
    watchset = watchset_of(inside(args.directory, "watch.toml"))
    traced, _ = find(lake, sources, watchset=watchset, now=now, within=within)
    show(args, traced, sources)
    return 0


def _span(text: str) -> timedelta:
    try:
        span = parse_offset(text)
    except (ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise UsageError(message("watch.bad_span", option="--window", value=text))
    return span
