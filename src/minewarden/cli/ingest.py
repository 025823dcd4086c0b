"""`minewarden ingest PATH... --lake LAKE`: read captures and logs into a lake that stays, and say what came of each."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from minewarden.cli.given import commands_language, existing, inside, zone_of
from minewarden.cli.progress import Progress
from minewarden.cli.terminal import harmless
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.ingest import IngestReport, ingest
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.vocab.message import message
from minewarden.vocab.words import Language, render


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str, table: str = "ingest_cli") -> str:
        return render(message(f"{table}.{key}"), language)

    parser = commands.add_parser("ingest", help=said("help"), description=said("description"))
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=said("paths", "scan"))
    parser.add_argument("--lake", type=Path, required=True, metavar="LAKE", help=said("lake"))
    parser.add_argument("--format", choices=["table", "jsonl"], default="table", help=said("format"))
    parser.add_argument("--directory", type=Path, metavar="DIR", help=said("directory", "scan"))
    parser.add_argument("--zone", metavar="ZONE", help=said("zone", "scan"))
    parser.add_argument("--rejects", type=Path, metavar="FILE", help=said("rejects", "scan"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read it all. 0: ran; 1: some input could not be read, the rest was; 2: wrong usage."""
    paths = existing(args.paths)
    declared = Declared.load(inside(args.directory, "sources.toml"), zone_of(args.zone))
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(args.language))
        report = ingest(paths, Lake(args.lake), declared=declared, watch=progress, keep_rejects=args.rejects)
    if args.format == "jsonl":
        for record in report.sources:
            sys.stdout.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    else:
        _print(report, args.language)
    if "duckdb" not in sys.modules:  # Which would say of all that is left of it that it leaked.
        # The system takes everything back at once; to look for garbage before takes two tenths of a second.
        gc.freeze()
    return 1 if report.problems or report.rejects else 0


def _print(report: IngestReport, language: Language) -> None:
    for record in report.sources:
        told = message(
            "ingest_cli.source",
            name=harmless(record.name),
            form=record.form,
            tables=", ".join(f"{table} {count:,}" for table, count in record.rows.items()) or "-",
            rejects=record.rejects,
            sha256=record.sha256,
        )
        print(render(told, language))
    print(render(message("ingest_cli.summary", **_counts(report.sources, report.rejects)), language))


def _counts(sources: Sequence[SourceRecord], rejects: int) -> dict[str, int]:
    return {
        "sources": len(sources),
        "rows": sum(sum(record.rows.values()) for record in sources),
        "rejects": rejects,
    }
