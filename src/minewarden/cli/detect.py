"""`minewarden detect run`: ask the detectors over a lake that a watch keeps, on this machine or on a cluster; and
`minewarden detect settings`: the numbers by which they judge, as a file that may be changed and given back."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from minewarden.cli import calibrate
from minewarden.cli.given import add_cluster, commands_language, inside, lake_of
from minewarden.cli.scan import show, watchset_of
from minewarden.config.settings import FILE, Config
from minewarden.detect.tuning import ROOM, Setting, Tuning, listed
from minewarden.patrol.rounds import find
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.clock import parse_offset, to_us
from minewarden.vocab.errors import UsageError
from minewarden.vocab.finding import State
from minewarden.vocab.message import message
from minewarden.vocab.words import Language, render


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
    settings = inner.add_parser("settings", help=said("settings"), description=said("settings_description"))
    settings.add_argument("--directory", type=Path, metavar="UNIT", help=said("directory"))
    settings.set_defaults(run=run_settings)


def run(args: argparse.Namespace) -> int:
    """Detect. 0: ran; 1: the cluster did not finish, nothing was stated; 2: wrong usage."""
    if not args.lake.is_dir():
        raise UsageError(message("detect_cli.no_lake", path=str(args.lake)))
    tuning = Tuning.of(Config.load(inside(args.directory, FILE)))
    now, lake = datetime.now(UTC), lake_of(args)
    within = lake
    if args.window is not None:
        within = lake.selected(Selection(since_us=to_us(now - _span(args.window))))
    sources = lake.sources()
    watchset = watchset_of(inside(args.directory, "watch.toml"))
    traced, _ = find(lake, sources, watchset=watchset, now=now, within=within, tuning=tuning)
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


def run_settings(args: argparse.Namespace) -> int:
    """Print every number in the form of `minewarden.toml`, with what holds now. 0: done; 2: a setting is wrong."""
    tuning = Tuning.of(Config.load(inside(args.directory, FILE)))
    sys.stdout.write("".join(lines(list(listed(tuning)), args.language)))
    return 0


def lines(settings: list[Setting], language: Language) -> list[str]:
    """The file's lines, each number below what it means. What is as the detector has it stands as a comment, so that a
    later release can change it."""
    out = [f"# {render(message('detect_cli.head', file=FILE), language)}\n"]
    for detector, group in groupby(settings, key=lambda one: one.detector):
        own = list(group)
        out.append(
            f"\n[{ROOM}.{detector}]\n# {render(message('detect_cli.as_of', date=str(own[0].as_of)), language)}\n"
        )
        for one in own:
            bounds = message(
                "detect_cli.bounds",
                own=_number(one.own),
                least=_number(one.least),
                most=_number(one.most),
                name=one.variable,
            )
            out.append(f"\n# {render(message(f'detect_settings.{detector}_{one.name}'), language)}\n")
            mark = "" if one.value != one.own else "# "
            out.append(f"{mark}{one.name} = {_number(one.value)}  # {render(bounds, language)}\n")
    return out


def _number(value: float) -> str:
    return repr(value)
