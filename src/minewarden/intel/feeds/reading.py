"""Reads one list in its declared form, within its bounds: too many bytes, entries or seconds, and nothing is taken."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from minewarden.intel.feeds.csv_list import csv_list
from minewarden.intel.feeds.entry import Entry, Item, Reject, once
from minewarden.intel.feeds.maltrail import maltrail
from minewarden.intel.feeds.misp import misp, misp_feed
from minewarden.intel.feeds.plain_list import hosts, plain
from minewarden.intel.feeds.stix import stix
from minewarden.intel.source import Source, check
from minewarden.vocab.errors import ConfigError, InputError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

Parser = Callable[[bytes, Source, str], Iterator[Item]]

PARSERS: dict[str, Parser] = {
    "plain": plain,
    "hosts": hosts,
    "csv": csv_list,
    "maltrail": maltrail,
    "misp": misp,
    "stix": stix,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list holds: entries, each type and value once, the rejects, and the identity of what was read."""

    entries: tuple[Entry, ...]
    rejects: tuple[Reject, ...]
    sha256: str
    size: int


def read_file(path: Path, source: Source) -> Listing:
    """Read a list from a file. Raises InputError where it is beyond its bounds or not of its form, ConfigError where
    the declaration forbids it."""
    if source.form == "misp" and path.is_dir():
        return read_bytes(misp_feed(path, source), source, str(path))
    return read_bytes(taken_bytes(path, source), source, str(path))


def taken_bytes(path: Path, source: Source) -> bytes:
    """The bytes of a file that is within the bounds. Raises InputError, and ConfigError where the source may not be
    used."""
    if (fault := check(source)) is not None:
        raise ConfigError(fault)
    try:
        with path.open("rb") as file:
            data = file.read(source.bounds.size + 1)
    except OSError as error:
        raise InputError(str(path), 0, message("intel.unreadable", detail=reason_of(error))) from error
    if len(data) > source.bounds.size:
        raise InputError(str(path), 0, message("feed.too_large", most=source.bounds.megabytes))
    return data


def read_bytes(data: bytes, source: Source, file: str) -> Listing:
    """Read a list that is already here."""
    if (fault := check(source)) is not None:
        raise ConfigError(fault)
    if len(data) > source.bounds.size:
        raise InputError(file, 0, message("feed.too_large", most=source.bounds.megabytes))
    digest = hashlib.sha256(data).hexdigest()
    if source.sha256 and digest != source.sha256:
        raise InputError(file, 0, message("feed.pinned", found=digest, wanted=source.sha256))
    return bounded(PARSERS[source.form](data, source, file), source, file, digest, len(data))


def bounded(items: Iterable[Item], source: Source, file: str, digest: str, size: int) -> Listing:
    """Draw the items within the bounds of the source. Raises InputError beyond them."""
    end = monotonic() + source.bounds.seconds
    entries: list[Entry] = []
    rejects: list[Reject] = []
    for number, item in enumerate(once(items)):
        if isinstance(item, Entry):
            entries.append(item)
        else:
            rejects.append(item)
        if number >= source.bounds.entries:
            raise InputError(file, 0, message("feed.too_many", most=source.bounds.entries))
        if number % 256 == 0 and monotonic() > end:
            raise InputError(file, 0, message("feed.too_slow", most=source.bounds.seconds))
    return Listing(tuple(entries), tuple(rejects), digest, size)
