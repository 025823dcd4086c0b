"""`minewarden block compile`: from findings to files for name servers, gateways, sensors and firewalls."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from minewarden.cli import block_apply, block_look
from minewarden.enforce.bundle import MANIFEST, Bundle, compile_to
from minewarden.enforce.findings import Proposed, read_findings, rules_from_findings
from minewarden.enforce.plain import one_line
from minewarden.enforce.site_file import SiteFile, load_site
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import UsageError
from minewarden.vocab.finding import State
from minewarden.vocab.message import Param, message
from minewarden.vocab.net import Endpoint
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import Language, render

DEFAULT_DAYS = 30
_PLAIN_WIDTH = 150
_ROWS_SHOWN = 200
_ALL = "all"

Said = Callable[..., str]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    said = _voice(getattr(commands, "language", "zh"))  # Set by cli.main, which knows it before anything is parsed.
    block = commands.add_parser("block", help=said("help"), description=said("description"))
    actions = block.add_subparsers(dest="action", metavar="ACTION", required=True)
    parser = actions.add_parser("compile", help=said("compile_help"), description=said("compile_description"))
    parser.add_argument("--from", dest="findings", required=True, metavar="FINDINGS.jsonl", help=said("from"))
    parser.add_argument("--to", action="append", required=True, metavar="FORM", help=said("to", forms=_forms_shown()))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=said("out"))
    parser.add_argument("--days", type=int, metavar="N", help=said("days", days=DEFAULT_DAYS))
    parser.add_argument("--site", type=Path, metavar="site.toml", help=said("site"))
    parser.add_argument(
        "--state",
        choices=[State.CONFIRMED.value, State.PROBABLE.value],
        default=State.CONFIRMED.value,
        help=said("state"),
    )
    parser.set_defaults(run=run)
    block_apply.add_parsers(actions, getattr(commands, "language", "zh"))
    block_look.add_parsers(actions, getattr(commands, "language", "zh"))


def run(args: argparse.Namespace) -> int:
    """Compile. 0: ran; 1: some rules were refused or some lines could not be used; 2: wrong usage."""
    said = _voice(args.language)
    forms = _forms(args.to)
    site = load_site(args.site) if args.site is not None else SiteFile()
    longest = site.limits.longest.days
    days = min(DEFAULT_DAYS, longest) if args.days is None else args.days
    if not 1 <= days <= longest:
        raise UsageError(message("block.days_out_of_range", days=days, longest=longest))
    now = datetime.now(UTC)
    proposed = _propose(args, now + timedelta(days=days))
    try:
        bundle = compile_to(args.out, forms, proposed.rules, now=now, site=site.site, limits=site.limits)
    except OSError as error:
        raise UsageError(message("block.unwritable", path=str(args.out), problem=reason_of(error))) from error
    _show(bundle, proposed, args.language, said)
    for item in proposed.unusable:
        reason = render(item.reason, args.language)
        print(said("unusable", file=args.findings, line=item.line, reason=reason), file=sys.stderr)
    if args.site is None:
        print(said("no_site"), file=sys.stderr)
    return 1 if bundle.guarded.refused or proposed.unusable else 0


def _voice(language: Language) -> Said:
    def said(key: str, **params: Param) -> str:
        return render(message(f"block.{key}", **params), language)

    return said


def _forms_shown() -> str:
    return ", ".join([*COMPILERS, _ALL])


def _forms(given: list[str]) -> list[str]:
    """The forms asked for, each once, in the order of the table; several may stand in one word, parted by commas."""
    asked = {form for word in given for part in word.split(",") if (form := part.strip())}
    if unknown := sorted(asked - {*COMPILERS, _ALL}):
        raise UsageError(message("block.unknown_form", form=", ".join(unknown), forms=_forms_shown()))
    if not asked:
        raise UsageError(message("block.unknown_form", form="''", forms=_forms_shown()))
    return [form for form in COMPILERS if _ALL in asked or form in asked]


def _propose(args: argparse.Namespace, expires_at: datetime) -> Proposed:
    with ExitStack() as stack:
        try:
            stream: IO[bytes] = (
                sys.stdin.buffer if args.findings == "-" else stack.enter_context(Path(args.findings).open("rb"))
            )
            lines = read_findings(stream, args.findings)
            return rules_from_findings(lines, expires_at=expires_at, state=State(args.state))
        except OSError as error:
            problem = reason_of(error)
            raise UsageError(message("block.unreadable", file=args.findings, problem=problem)) from error


def _show(bundle: Bundle, proposed: Proposed, language: Language, said: Said) -> None:
    """What was compiled, what was refused and why, and which files hold it."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    accepted, refused = bundle.guarded.accepted, bundle.guarded.refused
    console.print(
        said("summary", taken=proposed.taken, below=proposed.below, accepted=len(accepted), refused=len(refused))
    )
    if accepted:
        rows = [
            (_target(rule, said), _value(rule), said("instant", at=rule.expires_at), one_line(rule.reason))
            for rule in accepted[:_ROWS_SHOWN]
        ]
        _print(console, said, ("target", "value", "expires", "reason"), rows, len(accepted))
    if refused:
        console.print(said("refused_heading"))
        # What is refused is in the words of whoever wrote the findings, and may hold anything.
        why = [
            (_target(item.rule, said), one_line(_value(item.rule)), render(item.reason, language))
            for item in refused[:_ROWS_SHOWN]
        ]
        _print(console, said, ("target", "value", "why"), why, len(refused))
    files = [(item.form, str(bundle.directory / item.file), f"{item.size:,}") for item in bundle.files]
    _print(console, said, ("form", "file", "size"), [*files, ("", str(bundle.directory / MANIFEST), "")])


def _print(console: Console, said: Said, columns: Sequence[str], rows: Sequence[Sequence[str]], count: int = 0) -> None:
    """A table of rows, and how many more there are than it shows."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for column in columns:
        table.add_column(said(f"column_{column}"), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    if count > len(rows):
        console.print(said("more", count=count - len(rows), manifest=MANIFEST))


def _target(rule: BlockRule, said: Said) -> str:
    return said(f"target_{rule.target.value.replace('-', '_')}")


def _value(rule: BlockRule) -> str:
    return str(Endpoint(rule.value, rule.port)) if rule.target is Target.IP_PORT else rule.value
