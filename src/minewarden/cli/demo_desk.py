"""The demonstration's second half: furnish the desk, write the report of its case, and serve it."""

import argparse
import os
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from minewarden.cli.desk import beside, serve_at
from minewarden.desk import start
from minewarden.vocab.message import message
from minewarden.vocab.words import render

if TYPE_CHECKING:
    from minewarden.desk.example import Login

Said = Callable[..., str]


def open_desk(args: argparse.Namespace, folder: Path, now: datetime, console: Console, said: Said) -> int:
    """Furnish, report, serve. Returns when the console is ended, or at once with --no-serve."""
    console.print(Rule(said("step_desk"), align="left"))
    os.environ["MINEWARDEN_DATA"] = str(folder / "desk")
    start.prepare()
    start.migrate()
    # Models can be imported only now that Django is set up.
    from minewarden.desk.example import furnish, write_reports

    logins = furnish(folder / "findings.jsonl", folder / "logins.json", now=now)
    write_reports(folder / "reports", now=now)
    console.print(said("reports_written", folder=str(folder / "reports")))
    _show_logins(logins, folder / "logins.json", args, console, said)
    if args.no_serve:
        console.print(said("not_serving"))
        return 0
    address = _free(args.bind, console, said)
    console.print(said("serving", address=f"http://{address}/"))
    host, _, port = address.rpartition(":")
    # Clocks run out and letters wait here too: without the worker nobody would be told of either.
    with beside():
        return serve_at(host.strip("[]"), int(port), workers=1)


def _show_logins(logins: "list[Login]", file: Path, args: argparse.Namespace, console: Console, said: Said) -> None:
    console.print(said("logins", file=str(file)))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 3, 0, 2))
    for login in logins:
        if login.shown:
            role = render(message(f"desk_org.role_{login.role}"), args.language)
            table.add_row(login.username, f"[bold]{login.password}[/]", login.name, role, login.unit)
    console.print(table)


def _free(bind: str, console: Console, said: Said) -> str:
    """The address that was asked for, or the next port that is free."""
    host, _, port = bind.rpartition(":")
    for candidate in range(int(port), int(port) + 50):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host.strip("[]"), candidate))
            except OSError:
                continue
        address = f"{host}:{candidate}"
        if address != bind:
            console.print(said("port_taken", taken=bind, address=address))
        return address
    return bind
