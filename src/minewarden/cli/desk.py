"""`minewarden desk`: serve the console, migrate, make administrators, take findings in, check its log."""

import argparse
import getpass
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from minewarden.vocab.errors import ConfigError, MinewardenError, UsageError
from minewarden.vocab.message import Param, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import Language, render

_ADDRESS = re.compile(r"^(?P<host>\[[0-9A-Fa-f:]+\]|[^:\[\]]+):(?P<port>\d{1,5})$")
_ROLES = ("system", "security", "audit")
_AGAIN_AFTER, _PATIENCE = 3.0, 5.0
"""Seconds until a worker that ended is started again, and that one may take to end."""
Said = Callable[..., str]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    said = _voice(getattr(commands, "language", "zh"))
    desk = commands.add_parser("desk", help=said("help"), description=said("help"))
    actions = desk.add_subparsers(dest="action", metavar="ACTION", required=True)

    serve = actions.add_parser("serve", help=said("serve"), description=said("serve"))
    serve.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help=said("bind"))
    serve.add_argument("--workers", type=int, default=1, metavar="N", help=said("workers"))
    serve.add_argument("--no-worker", action="store_true", help=said("no_worker"))
    serve.set_defaults(run=partial(_run, _serve))

    worker = actions.add_parser("worker", help=said("worker"), description=said("worker"))
    worker.add_argument("--once", action="store_true", help=said("worker_once"))
    worker.add_argument("--parent", type=int, default=0, metavar="PID", help=said("worker_parent"))
    worker.set_defaults(run=partial(_run, _worker))

    actions.add_parser("migrate", help=said("migrate"), description=said("migrate")).set_defaults(
        run=partial(_run, _migrate)
    )

    create = actions.add_parser("createadmin", help=said("createadmin"), description=said("createadmin"))
    create.add_argument("--role", choices=_ROLES, required=True, help=said("role"))
    create.add_argument("--username", metavar="LOGIN", help=said("username"))
    create.add_argument("--name", metavar="NAME", help=said("name"))
    create.add_argument("--phone", default="", metavar="PHONE", help=said("phone"))
    create.add_argument("--unit", default="", metavar="UNIT", help=said("unit"))
    create.add_argument("--password-stdin", action="store_true", help=said("password_stdin"))
    create.set_defaults(run=partial(_run, _createadmin))

    findings = actions.add_parser("import-findings", help=said("findings"), description=said("findings"))
    findings.add_argument("file", metavar="FILE", help=said("findings_file"))
    findings.add_argument("--unit", default="", metavar="UNIT", help=said("findings_unit"))
    findings.set_defaults(run=partial(_run, _import_findings))

    labels = actions.add_parser("export-labels", help=said("labels"), description=said("labels"))
    labels.add_argument("--by", metavar="LOGIN", required=True, help=said("labels_by"))
    labels.add_argument("--to", metavar="FILE", required=True, type=Path, help=said("labels_to"))
    labels.add_argument("--password-stdin", action="store_true", help=said("password_stdin"))
    labels.set_defaults(run=partial(_run, _export_labels))

    audit = actions.add_parser("audit", help=said("audit"), description=said("audit"))
    audits = audit.add_subparsers(dest="audit_action", metavar="ACTION", required=True)
    verify = audits.add_parser("verify", help=said("verify"), description=said("verify"))
    verify.add_argument("--expect", metavar="NUMBER:HASH", help=said("expect"))
    verify.set_defaults(run=partial(_run, _verify))

    pledge = actions.add_parser("pledge", help=said("pledge"), description=said("pledge"))
    pledges = pledge.add_subparsers(dest="pledge_action", metavar="ACTION", required=True)
    pledges.add_parser("verify", help=said("pledge_verify"), description=said("pledge_verify")).set_defaults(
        run=partial(_run, _verify_pledges)
    )

    actions.add_parser("check", help=said("check"), description=said("check")).set_defaults(run=partial(_run, _check))


def _run(act: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Carry out an action; a database that cannot be reached or has no tables yet is said, not traced back."""
    if find_spec("django") is None or find_spec("axes") is None:
        raise UsageError(message("cli_desk.not_installed"))
    from django.db import DatabaseError

    try:
        return act(args)
    except DatabaseError as error:
        reason = (str(error).splitlines() or [""])[0]
        raise MinewardenError(message("cli_desk.database", reason=reason)) from error


def _serve(args: argparse.Namespace) -> int:
    """Bring the tables up to date and serve until told to stop."""
    said = _voice(args.language)
    match = _ADDRESS.match(args.bind)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise UsageError(message("cli_desk.bad_bind", given=args.bind))
    if not 1 <= args.workers <= 8:
        raise UsageError(message("cli_desk.bad_workers", given=args.workers))
    host, port = match["host"].strip("[]"), int(match["port"])
    _must_be_free(host, port)
    _prepare(args.language)
    from minewarden.desk import start
    from minewarden.desk.org.queries import is_fresh

    start.migrate()
    # Reported and not enforced: who tries the desk on his own machine has no TLS and no three administrators yet.
    if found := start.problems():
        print(found, file=sys.stderr)
    print(said("serving", address=f"http://{args.bind}/"), flush=True)
    if is_fresh():
        print(said("fresh"), flush=True)
    with nullcontext() if args.no_worker else beside():
        return serve_at(host, port, args.workers)


@contextmanager
def beside() -> Iterator[None]:
    """A worker in a process of its own, started again where it ends, stopped with the desk."""
    command = [sys.executable, "-m", "minewarden", "desk", "worker", "--parent", str(os.getpid())]
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not stopping.is_set():
            running[:] = [subprocess.Popen(command)]
            running[0].wait()
            stopping.wait(_AGAIN_AFTER)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for process in running:
            process.terminate()
        keeper.join(_PATIENCE)


def _worker(args: argparse.Namespace) -> int:
    """Look at the clocks and send letters, until told to stop or the desk that started it is gone."""
    _prepare(args.language)
    from django.utils import timezone

    from minewarden.desk import worker

    at_work = worker.Worker(worker.LOOKS, wall=timezone.now, jobs=worker.JOBS)
    if args.once:
        while at_work.round():
            continue
        return 0
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    parent_lives = worker.has_parent(args.parent)
    with suppress(KeyboardInterrupt):
        at_work.run(lambda: not stopped.is_set() and parent_lives())
    return 0


def _must_be_free(host: str, port: int) -> None:
    """Granian shares its port with whoever asks, so a second desk would answer half of the first one's requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UsageError(message("cli_desk.not_free", given=f"{host}:{port}", reason=reason_of(error))) from error


def serve_at(host: str, port: int, workers: int) -> int:
    """Serve a desk that stands already, until told to stop."""
    from granian.constants import Interfaces
    from granian.server import Server

    from minewarden.desk.kit.turns import AT_ONCE

    # It warns of more threads than cores, as if all computed; those beyond them wait for files, and who installs a desk
    # has nothing to change.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    # SQLite has one writer, and the whole desk of a district answers in milliseconds: few threads are enough, beside
    # those that may wait for files of strangers.
    Server(
        "minewarden.desk.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4 + AT_ONCE,
        websockets=False,
        log_access=False,
        log_enabled=True,
    ).serve()
    return 0


def _migrate(args: argparse.Namespace) -> int:
    """Make the data folder, the key and the tables."""
    data = _prepare(args.language)
    from minewarden.desk import start

    start.migrate(verbosity=1)
    print(_voice(args.language)("migrated", data=data))
    return 0


def _createadmin(args: argparse.Namespace) -> int:
    """Make one of the three administrators; the first of them brings the first unit."""
    said = _voice(args.language)
    _prepare(args.language)
    from django.core.exceptions import ValidationError

    from minewarden.desk import start
    from minewarden.desk.org import install

    start.migrate()
    username = args.username or _ask(said("ask_username"))
    name = args.name or _ask(said("ask_name"))
    unit_name = args.unit or ("" if install.root() else _ask(said("ask_unit")))
    password = sys.stdin.readline().rstrip("\r\n") if args.password_stdin else _ask_password(said)
    try:
        person = install.administrator(
            role=args.role, username=username, name=name, phone=args.phone, unit_name=unit_name, password=password
        )
    except ValidationError as error:
        for problem in error.messages:
            print(problem, file=sys.stderr)
        return 2
    print(said("created", name=person.name, username=person.username, role=person.duties(), unit=person.unit.name))
    return 0


def _import_findings(args: argparse.Namespace) -> int:
    """Take findings in as leads. 0: all lines; 1: some were not findings, each is named."""
    _prepare(args.language)
    from django.utils import timezone

    from minewarden.desk.cases.intake import import_findings
    from minewarden.desk.org.models import Unit

    unit = Unit.objects.filter(name=args.unit).first() if args.unit else None
    if args.unit and unit is None:
        raise UsageError(message("cli_desk.no_such_unit", given=args.unit))
    taken = import_findings(Path(args.file), now=timezone.now(), unit=unit)
    for rejected in taken.rejected:
        print(f"{args.file}:{rejected.line}: {render(rejected.reason, args.language)}", file=sys.stderr)
    counts = {"new": len(taken.new), "changed": len(taken.changed), "same": len(taken.same)}
    print(render(message("desk_cases.import_counts", rejected=len(taken.rejected), **counts), args.language))
    return 1 if taken.rejected else 0


def _export_labels(args: argparse.Namespace) -> int:
    """Write outcomes to a file by the order of a person, who proves with the password who it is."""
    said = _voice(args.language)
    _prepare(args.language)
    from django.core.exceptions import PermissionDenied
    from django.utils import timezone

    from minewarden.desk.cases.labels import export_labels
    from minewarden.desk.org.models import Person

    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else _ask_password(said, again=False)
    person = Person.objects.filter(username=args.by, is_active=True).first()
    if person is None or not person.check_password(password):
        raise UsageError(message("cli_desk.labels_refused"))
    try:
        done = export_labels(args.to, by=person, now=timezone.now())
    except PermissionDenied as error:
        raise UsageError(message("cli_desk.labels_refused")) from error
    except FileExistsError as error:
        raise UsageError(message("cli_desk.labels_exists", file=str(args.to))) from error
    print(said("labels_done", true=done.true, false=done.false, file=str(args.to), sha256=done.sha256))
    return 0


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(message("cli_desk.no_terminal"))
    return input(question).strip()


def _ask_password(said: Said, *, again: bool = True) -> str:
    if not sys.stdin.isatty():
        raise UsageError(message("cli_desk.no_terminal"))
    password = getpass.getpass(said("ask_password"))
    if again and getpass.getpass(said("ask_again")) != password:
        raise UsageError(message("cli_desk.differ"))
    return password


def _verify(args: argparse.Namespace) -> int:
    """Check the chain. 0: whole; 1: broken, the first broken record is named."""
    expected = re.fullmatch(r"(\d+):([0-9a-f]{64})", args.expect) if args.expect else None
    if args.expect and expected is None:
        raise UsageError(message("cli_desk.bad_expect", given=args.expect))
    _prepare(args.language)
    from minewarden.desk.audit.chain import Anchor
    from minewarden.desk.audit.verify import verify

    verdict = verify(Anchor(int(expected[1]), expected[2]) if expected else None)
    print(render(verdict.sentence, args.language), file=sys.stdout if verdict.whole else sys.stderr)
    return 0 if verdict.whole else 1


def _verify_pledges(args: argparse.Namespace) -> int:
    """Check texts, signatures, handwriting and scans. 0: whole; 1: something was altered, each is named."""
    _prepare(args.language)
    from minewarden.desk.pledges.verify import verify

    verdict = verify()
    for fault in verdict.faults:
        print(render(fault, args.language), file=sys.stderr)
    print(render(verdict.sentence, args.language), file=sys.stdout if verdict.whole else sys.stderr)
    return 0 if verdict.whole else 1


def _check(args: argparse.Namespace) -> int:
    """Say what the installation lacks. 0: ready; 1: something must be put right."""
    _prepare(args.language)
    from minewarden.desk import start

    if found := start.problems():
        print(found, file=sys.stderr)
        return 1
    print(_voice(args.language)("checked"))
    return 0


def _prepare(language: Language) -> str:
    """Start Django in the language of the command line. Returns the data folder."""
    from django.core.exceptions import ImproperlyConfigured

    from minewarden.desk.start import prepare

    try:
        data = prepare()
    except OSError as error:
        folder = os.environ.get("MINEWARDEN_DATA", "var")
        raise MinewardenError(message("cli_desk.no_data", folder=folder, reason=reason_of(error))) from error
    except ImproperlyConfigured as error:
        raise ConfigError(message("cli_desk.settings", reason=str(error).splitlines()[0])) from error
    from django.utils import translation

    translation.activate("en" if language == "en" else "zh-hans")
    return str(data)


def _voice(language: Language) -> Said:
    return partial(_said, language)


def _said(language: Language, key: str, **params: Param) -> str:
    return render(message(f"cli_desk.{key}", **params), language)
