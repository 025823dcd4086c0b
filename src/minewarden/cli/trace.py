"""`minewarden trace PATH... --at TIME --public IP:PORT`: whose device it was, hop by hop, never silently one."""
# ruff: noqa: A005 - a command's module has the command's name, and imports here are absolute.

import argparse
import json
import sys
import tempfile
from datetime import timedelta, tzinfo
from pathlib import Path

from minewarden.cli.given import commands_language, existing, inside, zone_of
from minewarden.cli.progress import Progress
from minewarden.cli.trace_table import print_answers
from minewarden.patrol.questions import Asked, ask, read_questions
from minewarden.patrol.tracing import Answers, answer, line
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.vocab.clock import from_us, parse_offset
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import Language, render

_SOURCES_SHOWN = 20


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"trace_cli.{key}"), language)

    parser = commands.add_parser("trace", help=said("help"), description=said("description"))
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=said("paths"))
    parser.add_argument("--lake", type=Path, metavar="DIR", help=said("lake"))
    parser.add_argument("--at", metavar="TIME", help=said("at"))
    parser.add_argument("--public", metavar="IP[:PORT]", help=said("public"))
    parser.add_argument("--to", metavar="IP[:PORT]", help=said("to"))
    parser.add_argument("--name", metavar="DOMAIN", default="", help=said("name"))
    parser.add_argument("--site", metavar="NAME", default="", help=said("site"))
    parser.add_argument("--until", metavar="TIME", help=said("until"))
    parser.add_argument("--questions", type=Path, metavar="FILE.csv", help=said("questions"))
    parser.add_argument("--tolerance", default="60s", metavar="SPAN", help=said("tolerance"))
    parser.add_argument("--zone", metavar="ZONE", help=said("zone"))
    parser.add_argument("--directory", type=Path, metavar="DIR", help=said("directory"))
    parser.add_argument("--format", choices=["table", "jsonl"], default="table", help=said("format"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Trace. 0: ran; 1: some input or question could not be read, the rest was; 2: wrong usage."""
    zone = zone_of(args.zone)
    asked, unreadable = _asked(args, zone, _tolerance(args.tolerance))
    paths = existing(args.paths)
    if bool(paths) == (args.lake is not None) or not (args.lake is None or args.lake.is_dir()):
        raise UsageError(message("trace_cli.paths_or_lake"))
    declared = Declared.load(inside(args.directory, "sources.toml"), zone)
    if (
        args.lake is None
        and args.directory is not None
        and not any(args.directory.resolve() == path.resolve() for path in paths)
    ):
        paths = [*paths, args.directory]
    with tempfile.TemporaryDirectory(prefix="minewarden-trace-") as folder:
        with Progress(args.language) as progress:
            for problem in unreadable:
                progress.problem(problem)
            result = answer(paths, Lake(args.lake or Path(folder)), asked, declared=declared, watch=progress)
        _summarise(result, args.language)
        _write(args, result)
    return 1 if unreadable or result.report.problems or result.report.rejects else 0


def _asked(args: argparse.Namespace, zone: tzinfo | None, tolerance: timedelta) -> tuple[list[Asked], list[InputError]]:
    """The one question of the command line, or those of a file."""
    if args.questions is not None:
        if args.at or args.public or args.to or args.until or args.name or args.site:
            raise UsageError(message("trace_cli.asked_twice"))
        return read_questions(args.questions, zone=zone, tolerance=tolerance)
    if not args.at or not args.public:
        raise UsageError(message("trace_cli.nothing_asked"))
    question = ask(
        args.at, args.public, to=args.to or "", until=args.until or "", name=args.name, site=args.site,
        zone=zone, tolerance=tolerance,
    )  # fmt: skip
    return [Asked(question)], []


def _tolerance(text: str) -> timedelta:
    try:
        span = parse_offset(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(message("trace_cli.bad_tolerance", text=text)) from error
    if not timedelta() <= span <= timedelta(days=366):
        raise UsageError(message("trace_cli.bad_tolerance", text=text))
    return span


def _summarise(result: Answers, language: Language) -> None:
    """What was read, on standard error: each log's first and last time, so that a wrong zone is seen."""
    for record in result.sources[:_SOURCES_SHOWN]:
        print(render(_source(record, language), language), file=sys.stderr)
    if len(result.sources) > _SOURCES_SHOWN:
        more = message("trace_cli.more_sources", count=len(result.sources) - _SOURCES_SHOWN)
        print(render(more, language), file=sys.stderr)
    counted = message(
        "trace_cli.summary",
        sources=len(result.sources),
        rows=sum(sum(record.rows.values()) for record in result.sources),
        rejects=result.report.rejects,
        questions=len(result.answers),
    )
    print(render(counted, language), file=sys.stderr)


def _source(record: SourceRecord, language: Language) -> Message:
    clock = message("trace_cli.clock_unknown")
    if record.offset_s is not None:
        clock = message("trace_cli.clock_known", offset=f"{record.offset_s:+g}", tolerance=f"{record.tolerance_s:g}")
    told = render(clock, language)
    if record.first_us is None or record.last_us is None:
        return message("trace_cli.source_undated", name=record.name, form=record.form, clock=told)
    first, last = from_us(record.first_us), from_us(record.last_us)
    return message("trace_cli.source", name=record.name, form=record.form, first=first, last=last, clock=told)


def _write(args: argparse.Namespace, result: Answers) -> None:
    if args.format == "jsonl":
        sources = {record.name: record for record in result.sources}
        for one in result.answers:
            sys.stdout.write(json.dumps(line(one, sources), ensure_ascii=False) + "\n")
    else:
        print_answers(result.answers, sys.stdout, args.language)
