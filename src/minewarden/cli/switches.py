"""`minewarden switches HOST...`: read the MAC and ARP tables of named switches, for tracing."""

import argparse
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from minewarden.cli.given import commands_language
from minewarden.telemetry import snmp
from minewarden.vocab.errors import MinewardenError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import render


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"snmp.{key}"), language)

    parser = commands.add_parser("switches", help=said("help"), description=said("description"))
    parser.add_argument("hosts", nargs="+", metavar="ADDRESS", help=said("hosts"))
    parser.add_argument("--community-file", type=Path, metavar="FILE", help=said("community_file"))
    parser.add_argument("--user", default="", metavar="NAME", help=said("user"))
    parser.add_argument("--auth-file", type=Path, metavar="FILE", help=said("auth_file"))
    parser.add_argument("--privacy-file", type=Path, metavar="FILE", help=said("privacy_file"))
    parser.add_argument("--context", default="", metavar="NAME", help=said("context"))
    parser.add_argument("--port", type=int, default=161, metavar="N", help=said("port"))
    parser.add_argument("--timeout", type=float, default=3.0, metavar="SECONDS", help=said("timeout"))
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help=said("out"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask each switch. 0: all were read; 1: some were not; 2: wrong usage."""
    if find_spec("pysnmp") is None:
        raise UsageError(message("snmp.not_installed"))
    if args.community_file is None and not args.user:
        raise UsageError(message("snmp.no_login"))
    community, auth, privacy = map(_secret, (args.community_file, args.auth_file, args.privacy_file))
    login = snmp.Login(community, args.user, auth, privacy, args.context)
    read: list[snmp.Tables] = []
    for host in args.hosts:
        try:
            tables = snmp.ask(host, login, datetime.now(UTC), port=args.port, timeout=args.timeout)
        except MinewardenError as error:
            print(render(error.message, args.language), file=sys.stderr)
            continue
        read.append(tables)
        if tables.odd:
            print(render(message("snmp.odd", host=host, rows=tables.odd), args.language), file=sys.stderr)
        arps = sum(bool(entry.ip) for entry in tables.entries)
        counted = {"macs": len(tables.entries) - arps, "arps": arps}
        print(render(message("snmp.done", switch=tables.switch, host=host, **counted), args.language), file=sys.stderr)
    if args.out is not None:
        with args.out.open("w", encoding="utf-8", newline="") as file:
            snmp.write(read, file)
    else:
        snmp.write(read, sys.stdout)
    return 0 if len(read) == len(args.hosts) else 1


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(message("snmp.secret", file=str(path), reason=str(error)[:120])) from error
    if not secret:
        raise UsageError(message("snmp.secret_empty", file=str(path)))
    return secret
