"""What several commands take alike: paths that exist, the folder of the unit, a time zone."""

import argparse
from datetime import tzinfo
from pathlib import Path

from minewarden.vocab.clock import parse_zone
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language


def commands_language(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> Language:
    """The language of the help texts: the default that the top parser was given."""
    return getattr(commands, "language", "zh")  # Set by cli.main, which knows it before anything is parsed.


def existing(paths: list[Path]) -> list[Path]:
    """The paths, each of which must exist (or be a link, which the walk explains). Raises UsageError."""
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise UsageError(message("scan.no_such_path", path=str(path)))
    return paths


def inside(directory: Path | None, name: str) -> Path | None:
    """A file of the unit's folder, None where there is none. Raises UsageError where the folder is none."""
    if directory is None:
        return None
    if not directory.is_dir():
        raise UsageError(message("scan.no_such_directory", path=str(directory)))
    path = directory / name
    return path if path.exists() else None


def zone_of(text: str | None) -> tzinfo | None:
    """The zone of `--zone`. Raises UsageError where there is no such one."""
    if text is None:
        return None
    try:
        return parse_zone(text)
    except ValueError as error:
        raise UsageError(message("scan.no_such_zone", zone=text)) from error
