"""`minewarden patrol watch DIR...`: follow logs that grow and rotate, and sockets, and state findings as JSON lines."""

import argparse
import signal
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from minewarden.cli.given import add_cluster, commands_language, existing, inside, lake_of, zone_of
from minewarden.cli.progress import Progress
from minewarden.cli.scan import watchset_of
from minewarden.config.settings import FILE, Config
from minewarden.detect.tuning import Tuning
from minewarden.patrol.watch import RoundDone, Settings, Watch
from minewarden.patrol.watch_address import parse_address
from minewarden.patrol.watch_receiver import Receiver
from minewarden.plugins import DETECTORS, READERS
from minewarden.telemetry.declared import Declared
from minewarden.vocab.clock import parse_offset
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language, render

_SPANS = {"every": "10s", "window": "24h", "restate": "30m", "silent_after": "30m", "settle": "30s"}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the commands."""
    language = commands_language(commands)

    def said(key: str, table: str = "watch") -> str:
        return render(message(f"{table}.{key}"), language)

    patrol = commands.add_parser("patrol", help=said("patrol_help"))
    inner = patrol.add_subparsers(dest="patrol_command", metavar="COMMAND", required=True)
    parser = inner.add_parser("watch", help=said("help"), description=said("description"))
    parser.add_argument("paths", nargs="*", type=Path, metavar="DIR", help=said("dirs"))
    parser.add_argument("--listen", action="append", default=[], metavar="ADDRESS", help=said("listen"))
    parser.add_argument("--spool", type=Path, metavar="DIR", help=said("spool"))
    parser.add_argument("--lake", type=Path, required=True, metavar="LAKE", help=said("lake"))
    parser.add_argument("--directory", type=Path, metavar="UNIT", help=said("directory", "scan"))
    parser.add_argument("--zone", metavar="ZONE", help=said("zone", "scan"))
    for name, default in _SPANS.items():
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, default=default, metavar="SPAN", help=said(name))
    parser.add_argument("--keep-days", type=int, default=184, metavar="DAYS", help=said("keep_days"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=said("out"))
    parser.add_argument("--once", action="store_true", help=said("once"))
    parser.add_argument("--unmask", action="store_true", help=said("unmask", "scan"))
    add_cluster(parser, language)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Watch until told to stop. 0: stopped as asked; 1: `--once` met input that could not be read; 2: wrong usage."""
    paths = existing(args.paths)
    tuning = Tuning.of(Config.load(inside(args.directory, FILE)))
    declared = Declared.load(inside(args.directory, "sources.toml"), zone_of(args.zone))
    settings = _settings(args)
    watchset = watchset_of(inside(args.directory, "watch.toml"))
    if args.directory is not None and not any(args.directory.resolve() == path.resolve() for path in paths):
        paths = [*paths, args.directory]
    addresses = [parse_address(text) for text in args.listen]
    if not paths and not addresses:
        raise UsageError(message("watch.nothing_to_follow"))
    spool = args.spool or args.lake.with_name(args.lake.name + ".spool")
    if addresses and args.lake.resolve() in (spool.resolve(), *spool.resolve().parents):
        raise UsageError(message("watch.spool_in_lake", path=str(spool)))
    stop = _stopped_by_signals()
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(args.language))
        watch = Watch(
            paths,
            lake_of(args),
            readers={name: kind() for name, kind in READERS.load_all().items()},
            detectors={name: tuning.detector(name) for name in DETECTORS},
            declared=declared,
            watchset=watchset,
            told=progress,
            now=lambda: datetime.now(UTC),
            out=args.out,
            stream=sys.stdout,
            settings=settings,
            tuning=tuning,
            listen=(lambda: Receiver(addresses, spool)) if addresses else None,
        )
        stack.callback(watch.close)
        if args.once:
            done = watch.round(stop, whole=True)
            _say(args.language, done)
            return 1 if done.problems or done.rejects else 0
        _tell(args.language, "started", paths=", ".join(map(str, (*paths, *addresses))))
        watch.run(stop)
    _tell(args.language, "stopped")
    return 0


def _settings(args: argparse.Namespace) -> Settings:
    spans = {name: _span(name, getattr(args, name)) for name in _SPANS}
    if args.keep_days < 1:
        raise UsageError(message("watch.bad_days", value=args.keep_days))
    return Settings(
        every=spans["every"],
        window=spans["window"],
        restate=spans["restate"],
        silent=spans["silent_after"],
        settle=spans["settle"],
        keep=timedelta(days=args.keep_days),
        unmask=args.unmask,
    )


def _span(name: str, text: str) -> timedelta:
    try:
        span = parse_offset(text)
    except (ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise UsageError(message("watch.bad_span", option="--" + name.replace("_", "-"), value=text))
    return span


def _stopped_by_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set: the piece at hand is kept, then the watch ends."""
    stop = threading.Event()

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    return stop


def _say(language: Language, done: RoundDone) -> None:
    _tell(language, "round_done", rows=done.rows, findings=len(done.stated))


def _tell(language: Language, key: str, **params: str | int) -> None:
    print(render(message(f"watch.{key}", **params), language), file=sys.stderr, flush=True)
