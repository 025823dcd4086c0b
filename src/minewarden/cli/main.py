"""The command line: one table of commands, each a module that is imported only when it is asked for."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from minewarden import __version__
from minewarden.vocab.errors import ConfigError, MinewardenError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import Language, render

COMMANDS = {
    "scan": "minewarden.cli.scan",
    "ingest": "minewarden.cli.ingest",
    "trace": "minewarden.cli.trace",
    "switches": "minewarden.cli.switches",
    "devices": "minewarden.cli.devices",
    "block": "minewarden.cli.block",
    "intel": "minewarden.cli.intel",
    "patrol": "minewarden.cli.patrol",
    "intake": "minewarden.cli.intake",
    "detect": "minewarden.cli.detect",
    "selfcheck": "minewarden.cli.selfcheck",
    "demo": "minewarden.cli.demo",
    "desk": "minewarden.cli.desk",
}

EXIT_OK, EXIT_PARTLY, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def spoken(arguments: Sequence[str]) -> Language:
    """`--language`, then MINEWARDEN_LANGUAGE, then Chinese; read before parsing, because help needs it."""
    wanted = os.environ.get("MINEWARDEN_LANGUAGE", "zh")
    for position, argument in enumerate(arguments):
        if argument.startswith("--language="):
            wanted = argument.partition("=")[2]
        elif argument == "--language" and position + 1 < len(arguments):
            wanted = arguments[position + 1]
    return "en" if wanted == "en" else "zh"


def parser(language: Language, only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or that of one command with the others named only."""
    top = argparse.ArgumentParser(prog="minewarden", description=render(message("cli.description"), language))
    top.add_argument("--version", action="version", version=f"minewarden {__version__}")
    top.add_argument(
        "--language", choices=["zh", "en"], default=language, help=render(message("cli.language"), language)
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # The modules put their help into this language; argparse offers no other way to hand it down.
    commands.language = language  # type: ignore[attr-defined]
    for name, module in COMMANDS.items():
        if only is None or name == only:
            import_module(module).add_parser(commands)
        else:
            commands.add_parser(name)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 ran, 1 some input could not be read, 2 wrong usage."""
    # What is imported stays: to look it through after every 700 new objects takes a tenth of a second of a command.
    gc.set_threshold(50_000)
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = spoken(given)
    # Only the asked command's module is imported: `scan` must not pay for Django.
    asked = next((word for word in given if word in COMMANDS), None)
    wants_overview = asked is None
    args = parser(language, None if wants_overview else asked).parse_args(given)
    # Subcommands may take --language themselves; what was found before parsing wins everywhere.
    args.language = language
    try:
        return int(args.run(args))
    except (UsageError, ConfigError) as error:
        print(error.said(language), file=sys.stderr)
        return EXIT_USAGE
    except MinewardenError as error:
        print(error.said(language), file=sys.stderr)
        return EXIT_PARTLY
    except KeyboardInterrupt:
        print(render(message("cli.interrupted"), language), file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (for example `| head`); that is no fault, and Python must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        # What cannot be read is told where it is read; what comes up to here is a place that cannot be written.
        place, reason = str(error.filename or ""), reason_of(error)
        print(render(message("cli.system", place=place, reason=reason), language), file=sys.stderr)
        return EXIT_USAGE
