"""`minewarden block dry-run`: what rules would have met; `minewarden block serve-edl`: lists for firewalls to fetch."""

import argparse
import csv
import ipaddress
import ssl
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from minewarden.enforce.dry_run import DryRun, dry_run
from minewarden.enforce.orders import read_orders
from minewarden.enforce.plain import one_line
from minewarden.enforce.plain import shown as spelled
from minewarden.enforce.serve import make_server
from minewarden.telemetry.lake import Lake
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import Param, message
from minewarden.vocab.net import Endpoint, Network
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import Language, render

DEFAULT_DAYS = 30
_SHOWN = 100

Said = Callable[..., str]


def add_parsers(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", language: Language) -> None:
    """Describe the commands."""
    said = _voice(language)
    dry = actions.add_parser("dry-run", help=said("dry_run_help"), description=said("dry_run_help"))
    dry.add_argument("--orders", type=Path, required=True, metavar="ORDERS.json", help=said("orders"))
    dry.add_argument("--lake", type=Path, required=True, metavar="LAKE", help=said("lake"))
    dry.add_argument("--days", type=int, default=DEFAULT_DAYS, metavar="N", help=said("days", days=DEFAULT_DAYS))
    dry.add_argument("--units", type=Path, metavar="units.csv", help=said("units"))
    dry.set_defaults(run=run_dry)
    serve = actions.add_parser("serve-edl", help=said("serve_help"), description=said("serve_help"))
    serve.add_argument("folder", type=Path, metavar="DIR", help=said("serve_folder"))
    serve.add_argument("--listen", default="127.0.0.1:8088", metavar="ADDRESS:PORT", help=said("listen"))
    serve.add_argument("--allow", action="append", default=[], metavar="RANGE", help=said("allow"))
    serve.add_argument("--tls", nargs=2, type=Path, metavar=("CERT", "KEY"), help=said("tls"))
    serve.set_defaults(run=run_serve)


def run_dry(args: argparse.Namespace) -> int:
    """Show what would have been met. 0: done; 1: some orders do not count; 2: usage."""
    if not args.lake.is_dir():
        raise UsageError(message("block_plan.no_lake", path=str(args.lake)))
    if not 1 <= args.days <= 3650:
        raise UsageError(message("block_plan.bad_days", days=args.days))
    orders, now = read_orders(args.orders), datetime.now(UTC)
    units = list(_units(args.units)) if args.units is not None else []
    since = now - timedelta(days=args.days)
    with Lake(args.lake).connect() as connection:
        met = dry_run(connection, orders.rules, since=since, until=now, units=units)
    for line in shown(met, args.days, args.language):
        print(line)
    return 1 if orders.unfit else 0


def shown(met: DryRun, days: int, language: Language) -> Iterable[str]:
    """What was met, as lines: most clients first."""
    said = _voice(language)
    hit = sorted((one for one in met.rules if one.hits), key=lambda one: (-one.clients, -one.hits, one.rule.key))
    clients = sum(one.clients for one in hit)
    yield said("dry_run_head", days=days, rows=met.rows, rules=len(met.rules), met=len(hit), clients=clients)
    if not met.rows:
        yield said("dry_run_nothing_read")
    for one in hit[:_SHOWN]:
        last: Param = one.last if one.last is not None else "-"
        yield said("dry_run_row", value=spelled(one.rule), hits=one.hits, clients=one.clients, last=last)
        for unit, hits, inside in one.units:
            yield said("dry_run_unit", unit=one_line(unit) or said("no_unit"), hits=hits, clients=inside)
    if len(hit) > _SHOWN:
        yield said("more", count=len(hit) - _SHOWN)


def run_serve(args: argparse.Namespace) -> int:
    """Serve until interrupted. 2: usage."""
    said = _voice(args.language)
    host, _, port = args.listen.rpartition(":")
    host = host.strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
        number = int(port)
    except ValueError as error:
        raise UsageError(message("block_plan.bad_listen", text=args.listen)) from error
    allowed = [_range(text) for text in args.allow]
    if not loopback and not allowed:
        raise UsageError(message("block_plan.allow_needed", host=host))
    try:
        server = make_server(args.folder, host, number, allowed, _note)
        if args.tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*args.tls)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    except (OSError, OverflowError) as error:
        raise UsageError(message("block_plan.cannot_listen", place=args.listen, problem=reason_of(error))) from error
    scheme = "https" if args.tls is not None else "http"
    bound = Endpoint(str(server.server_address[0]), int(server.server_address[1]))
    print(said("serving", place=f"{scheme}://{bound}/"), flush=True)
    with server:
        server.serve_forever()
    return 0


def _note(who: str, what: str, code: int) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {who} {one_line(what)} {int(code)}", file=sys.stderr, flush=True)


def _units(path: Path) -> Iterable[tuple[Network, str]]:
    """Unit and range of each line. Raises InputError, naming the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), 0, message("block_plan.unreadable", problem=str(error))) from error
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if not row:
            continue
        try:
            label, block = row
            yield ipaddress.ip_network(block.strip()), label.strip()
        except ValueError as error:
            if number > 1:  # The first line may be a heading.
                problem = message("block_plan.bad_unit_row", text=one_line(",".join(row)))
                raise InputError(str(path), number, problem) from error


def _range(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise UsageError(message("block_plan.bad_allow", text=text)) from error


def _voice(language: Language) -> Said:
    def said(key: str, **params: Param) -> str:
        return render(message(f"block_plan.{key}", **params), language)

    return said
