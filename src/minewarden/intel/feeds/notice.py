"""The pools that an official notice names, out of the lines that `intake` read from the table or the document.

Destinations are indicators; the addresses that a notice is about belong to people, and are never taken.
"""

from collections.abc import Iterator
from dataclasses import replace

from minewarden.intel.feeds.entry import Entry, Item, bare, one_line, reject
from minewarden.intel.source import Source
from minewarden.vocab.errors import InputError
from minewarden.vocab.noticeline import Notice, NoticeLine, Verdict


def notice(read: Notice, source: Source) -> Iterator[Item]:
    """Names and addresses of pools, with port, coin and the last time at which the notice saw them; rows that could
    not be used, and why. Raises InputError for a file that was refused, is read by people only, or has no rows."""
    if (read.verdict in (Verdict.REFUSED, Verdict.BY_HAND) or not (read.lines or read.rejects)) and read.warnings:
        # What the reader of the file said is what its sender has to mend.
        raise InputError(read.name, 0, read.warnings[0])
    yield from (reject(row.row, " ".join(filter(None, row.cells)), row.reason) for row in read.rejects)
    for line in read.lines:
        for text in _named(line):
            item = bare(line.row, text, source.scope)
            yield _filled(item, line, read.name) if isinstance(item, Entry) else item


def _named(line: NoticeLine) -> Iterator[str]:
    if line.domain:
        yield line.domain
    if line.destination and line.destination != line.domain:
        port, host = line.destination_port, line.destination
        spelt = f"[{host}]" if ":" in host else host
        yield f"{spelt}:{port}" if port else host
    if line.url and not line.domain:
        yield line.url


def _filled(entry: Entry, line: NoticeLine, name: str) -> Entry:
    moment = line.last or line.first
    coins = tuple(part for part in line.coin.upper().replace("/", " ").split() if part.isascii() and part.isalnum())
    named = entry.type.value in ("host", "domain")
    return replace(
        entry,
        coins=coins[:16],
        ports=(line.destination_port,) if named and line.destination_port else (),
        seen=None if moment is None else moment.at,
        said=one_line(name),
    )
