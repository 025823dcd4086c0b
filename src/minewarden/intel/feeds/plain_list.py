"""Lists of one word a line, and files of hosts (`0.0.0.0 name`): `#`, `;` and `!` begin a remark."""

import re
from collections.abc import Iterator

from minewarden.intel.feeds.entry import Item, bare, formula, made, reject
from minewarden.intel.feeds.lines import lines
from minewarden.intel.record import Type
from minewarden.intel.source import Source
from minewarden.vocab.message import message

_REMARK = re.compile(r"(?:^|\s)[#;!]")
_NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "127.0.1.1", "255.255.255.255", "::", "::1", "fe80::1%lo0"})  # noqa: S104
_OF_THE_HOST = frozenset({"localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "0.0.0.0"})  # noqa: S104


def plain(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """One name or address a line; adblock's `||name^` says that everything below is meant."""
    for number, line in lines(data, file):
        text = _bare(line)
        if not text or text.startswith("["):
            continue
        if text.startswith("||"):
            yield made(number, Type.DOMAIN, text[2:].partition("^")[0])
        elif formula(text):
            yield reject(number, line, message("feed.formula"))
        elif len(text.split()) > 1:
            yield reject(number, line, message("feed.many_words"))
        else:
            yield bare(number, text, source.scope)


def hosts(data: bytes, source: Source, file: str) -> Iterator[Item]:
    """A file of hosts: the address says where a name is sent to, and is never an indicator."""
    for number, line in lines(data, file):
        words = _bare(line).split()
        if not words:
            continue
        if words[0] not in _NOWHERE:
            yield reject(number, line, message("feed.hosts_elsewhere"))
            continue
        for name in words[1:]:
            if name.lower() not in _OF_THE_HOST:
                yield bare(number, name, source.scope)


def _bare(line: str) -> str:
    remark = _REMARK.search(line)
    return (line if remark is None else line[: remark.start()]).strip()
