"""`minewarden intake FILE`: what a notice says, line by line, read in a bounded process."""

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from minewarden.cli.given import commands_language, existing, zone_of
from minewarden.intake.isolation import read
from minewarden.intake.wire import plain
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.noticeline import Notice, NoticeLine, Verdict
from minewarden.vocab.words import DISPLAY_ZONE, Language, render

_PIPED_WIDTH = 160


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"intake.{key}"), language)

    parser = commands.add_parser("intake", help=said("help"), description=said("description"))
    parser.add_argument("file", type=Path, metavar="FILE", help=said("file"))
    parser.add_argument("--format", choices=["table", "jsonl"], default="table", help=said("format"))
    parser.add_argument("--zone", metavar="ZONE", help=said("zone"))
    parser.add_argument("--received", metavar="TIME", help=said("received"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read. 0: all lines can be used; 1: refused, by hand, or some rows cannot be used; 2: wrong usage."""
    if find_spec("python_calamine") is None or find_spec("docx") is None or find_spec("pdfplumber") is None:
        raise UsageError(message("intake.needs_desk"))
    zone = zone_of(args.zone) or DISPLAY_ZONE
    if str(args.file) == "-":
        name, data = "-", sys.stdin.buffer.read()
    else:
        name, data = args.file.name, existing([args.file])[0].read_bytes()
    notice = read(name, data, zone=zone, latest=_received(args.received))
    _summarise(notice, args.language, sys.stderr)
    if args.format == "jsonl":
        _write_lines(notice, sys.stdout)
    elif notice.lines:
        _write_table(notice, args.language, sys.stdout)
    return 0 if notice.verdict in (Verdict.CLEAN, Verdict.NEUTRALISED) and not notice.rejects and notice.lines else 1


def _received(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(message("intake.bad_received", text=text)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=DISPLAY_ZONE)


def _summarise(notice: Notice, language: Language, out: TextIO) -> None:
    counted = message(
        "intake.summary",
        name=notice.name,
        form=notice.form,
        lines=len(notice.lines),
        addresses=len(notice.addresses),
        rejects=len(notice.rejects),
        sha256=notice.sha256,
    )
    print(render(counted, language), file=out)
    for warning in notice.warnings:
        print(render(warning, language), file=out)
    for reject in notice.rejects:
        reason = render(reject.reason, language)
        print(render(message("intake.reject", row=reject.row, reason=reason), language), file=out)


def _write_lines(notice: Notice, out: TextIO) -> None:
    for line in notice.lines:
        columns = notice.tables[line.table].columns
        shown = plain(line) | {"columns": list(zip(columns, line.cells, strict=False))}
        shown["doubts"] = [{name: render(doubt, name) for name in ("zh", "en")} for doubt in line.doubts]
        shown.pop("cells", None)
        out.write(json.dumps(shown, ensure_ascii=False) + "\n")


def _write_table(notice: Notice, language: Language, out: TextIO) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("row", "address", "peer", "time", "unit", "doubts"):
        table.add_column(render(message(f"intake.head_{head}"), language), overflow="fold")
    for line in notice.lines:
        table.add_row(
            str(line.row),
            "\n".join(one.ip if one.port is None else f"{one.ip} :{one.port}" for one in line.addresses),
            _peer(line),
            _times(line),
            line.unit,
            " ".join(render(doubt, language) for doubt in line.doubts),
        )
    width = None if out.isatty() else _PIPED_WIDTH
    Console(file=out, width=width, highlight=False, markup=False).print(table)


def _peer(line: NoticeLine) -> str:
    place = " ".join(part for part in (line.domain, line.destination) if part)
    return f"{place} :{line.destination_port}" if line.destination_port else place


def _times(line: NoticeLine) -> str:
    shown = [
        moment.at.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M:%S") for moment in (line.first, line.last) if moment
    ]
    return "\n".join(dict.fromkeys(shown))
