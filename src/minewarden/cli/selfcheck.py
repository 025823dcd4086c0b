"""`minewarden selfcheck`: look at this host; `minewarden selfcheck build`: one file for other hosts."""

import argparse
import hashlib
import sys
from pathlib import Path

from minewarden.cli.given import commands_language
from minewarden.intel import catalogue
from minewarden.selfcheck import build, front_ends
from minewarden.selfcheck.host import program
from minewarden.selfcheck.host.words import Words
from minewarden.vocab.errors import UsageError
from minewarden.vocab.indicator import Kind
from minewarden.vocab.message import message
from minewarden.vocab.words import render


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    language = commands_language(commands)

    def said(key: str) -> str:
        return render(message(f"selfcheck.{key}"), language)

    parser = commands.add_parser("selfcheck", help=said("help"), description=said("description"))
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    parser.add_argument("--full", action="store_true", help=said("full"))
    parser.add_argument("--watch", type=float, metavar="MINUTES", help=said("watch"))
    parser.add_argument("--json", action="store_true", help=said("json"))
    parser.add_argument("--out", metavar="FILE", help=said("out"))
    parser.add_argument("--send", metavar="URL", help=said("send"))
    parser.add_argument("--token-file", metavar="FILE", help=said("token_file"))
    parser.add_argument("--yes", action="store_true", help=said("yes"))
    parser.set_defaults(run=run)
    one = actions.add_parser("build", help=said("build_help"), description=said("build_help"))
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help=said("build_to"))
    one.set_defaults(run=make)


def pools() -> dict[str, list[str]]:
    """Hosts and domains of the catalogue that may raise an alarm."""
    alerting = [indicator for indicator in catalogue.load() if indicator.alerts and not indicator.valid_until]
    of_kind = {"hosts": Kind.HOST, "domains": Kind.DOMAIN}
    return {name: sorted({i.value for i in alerting if i.kind is kind}) for name, kind in of_kind.items()}


def run(args: argparse.Namespace) -> int:
    """Look. 0: looked; 3: confirmed or likely; 2: wrong usage."""
    if args.watch is not None and not 0 < args.watch <= 1440:
        raise UsageError(message("selfcheck.bad_watch"))
    given = ["--language", args.language]
    given += ["--watch", str(args.watch)] if args.watch else ["--full"] if args.full else []
    for flag in ("json", "yes"):
        given += [f"--{flag}"] if getattr(args, flag) else []
    for flag in ("out", "send", "token_file"):
        if value := getattr(args, flag):
            given += [f"--{flag.replace('_', '-')}", value]
    return program.main(given, Words(build.words()), pools())


def make(args: argparse.Namespace) -> int:
    """Write one file for other hosts."""
    made = {".pyz": build.build, ".sh": front_ends.shell, ".ps1": front_ends.powershell}.get(args.to.suffix)
    if made is None:
        raise UsageError(message("selfcheck.build_form", path=str(args.to)))
    content = made(pools())
    args.to.write_bytes(content)
    args.to.chmod(0o755)
    done = message("selfcheck.build_done", path=str(args.to), hash=hashlib.sha256(content).hexdigest())
    print(render(done, args.language), file=sys.stderr)
    return 0
