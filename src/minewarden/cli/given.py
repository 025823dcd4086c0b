"""What several commands take alike: paths that exist, the folder of the unit, a time zone."""

import argparse
import os
from datetime import tzinfo
from pathlib import Path

from minewarden.telemetry.lake import Lake
from minewarden.vocab.clock import parse_zone
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language, render


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


def add_cluster(parser: argparse.ArgumentParser, language: Language) -> None:
    """The options that say on what a lake is asked."""
    parser.add_argument("--cluster", metavar="URL", help=render(message("cluster.help"), language))
    parser.add_argument(
        "--cluster-lake", metavar="URI", default="", help=render(message("cluster.lake_help"), language)
    )


def lake_of(args: argparse.Namespace) -> Lake:
    """The lake of `--lake`, asked on the cluster where one is named. Raises UsageError and ConfigError."""
    url = args.cluster if args.cluster is not None else os.environ.get("MINEWARDEN_CLUSTER", "")
    if not url:
        if args.cluster_lake:
            raise UsageError(message("cluster.lake_alone"))
        return Lake(args.lake)
    # Only who asks a cluster pays for its client.
    from minewarden.telemetry.cluster import ClusterLake

    return ClusterLake(args.lake, url, args.cluster_lake)
