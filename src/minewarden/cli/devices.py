"""`minewarden devices --lake LAKE`: the devices that logs saw, as a table that the desk's ledger takes in."""

import argparse
import csv
import sys
from datetime import datetime
from pathlib import Path

from minewarden.cli.given import commands_language
from minewarden.documents.sheet_cells import safe
from minewarden.telemetry.lake import Lake
from minewarden.trace.devices import Device, devices
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import DISPLAY_ZONE, render

HEADER = ("mac", "ip", "hostname", "first_seen", "last_seen", "source")
_LONGEST_SOURCE = 200


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"devices_cli.{key}"), language)

    parser = commands.add_parser("devices", help=said("help"), description=said("description"))
    parser.add_argument("--lake", type=Path, required=True, metavar="LAKE", help=said("lake"))
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help=said("out"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the table. 0: written; 2: wrong usage."""
    if not args.lake.is_dir():
        raise UsageError(message("devices_cli.no_lake", path=str(args.lake)))
    found = list(devices(Lake(args.lake)))
    if args.out is None:
        csv.writer(sys.stdout).writerows([HEADER, *map(_row, found)])
    else:
        # With the mark of UTF-8, without which Excel takes names of hosts for another encoding.
        with args.out.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([HEADER, *map(_row, found)])
    counts = {"macs": sum(bool(one.mac) for one in found), "undated": sum(one.last_seen is None for one in found)}
    print(render(message("devices_cli.done", count=len(found), **counts), args.language), file=sys.stderr)
    return 0


def _row(one: Device) -> tuple[str, ...]:
    told = "、".join(dict.fromkeys(Path(name).name for name in one.sources))[:_LONGEST_SOURCE]
    # What a host calls itself is a stranger's text.
    return (one.mac, one.ip, safe(one.hostname), _day(one.first_seen), _day(one.last_seen), safe(told))


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(DISPLAY_ZONE):%Y-%m-%d}" if at is not None else ""
