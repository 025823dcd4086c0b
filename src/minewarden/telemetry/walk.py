"""The files under the paths that a person gave, each once, and what stands in the way said instead of stumbled over."""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

_OWN_FILES = frozenset({"sources.toml", "watch.toml", "minewarden.toml"})
"""Declarations that stand beside the logs; they are read by their own rooms."""
_FORMER = re.compile(r"minewarden\.\d{8}T\d{6}Z(-\d+)?\.toml")
"""Settings that were kept when others took their place."""

_SPECIAL = {
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file: `name` as the user would write it, `bytes` its size as the disk says."""

    path: Path
    name: str
    bytes: int
    blocks: int = 0

    @property
    def sparse(self) -> bool:
        """Whether most of the file was never written."""
        return self.blocks * 512 * 8 < self.bytes


def walk(paths: Sequence[Path]) -> Iterator[Found | InputError]:
    """Regular files in the order given, folders sorted by name; links are followed, a folder is entered once."""
    entered: set[tuple[int, int]] = set()
    for path in paths:
        yield from _walk(path, entered)


def _walk(path: Path, entered: set[tuple[int, int]]) -> Iterator[Found | InputError]:
    # A stack of our own: folders can be nested deeper than Python's calls may be.
    waiting = [path]
    while waiting:
        current = waiting.pop()
        try:
            about = current.stat()
        except OSError as error:
            yield unreadable(_name(current), error)
            continue
        if stat.S_ISDIR(about.st_mode):
            if (about.st_dev, about.st_ino) in entered:
                yield InputError(_name(current), 0, message("ingest.folder_again"))
                continue
            entered.add((about.st_dev, about.st_ino))
            try:
                inside = sorted((Path(entry.path) for entry in os.scandir(current)), reverse=True)
            except OSError as error:
                yield unreadable(_name(current), error)
                continue
            waiting.extend(inside)
        elif stat.S_ISREG(about.st_mode):
            if current is path or not (current.name in _OWN_FILES or _FORMER.fullmatch(current.name)):
                yield Found(current, _name(current), about.st_size, about.st_blocks)
        else:
            kind = _SPECIAL.get(stat.S_IFMT(about.st_mode), "device")
            yield InputError(_name(current), 0, message("ingest.special", kind=kind))


def _name(path: Path) -> str:
    """The path as a text that every file and terminal takes."""
    text = str(path)
    if text.isascii():
        return text
    raw = os.fsencode(path)
    # Archives packed under Chinese Windows leave names in GB 18030 behind, which are no UTF-8.
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def unreadable(name: str, error: OSError) -> InputError:
    """What the system said about a path, with what to do about it."""
    if isinstance(error, PermissionError):
        return InputError(name, 0, message("ingest.no_rights"))
    if isinstance(error, FileNotFoundError):
        return InputError(name, 0, message("ingest.gone"))
    if error.errno == errno.ELOOP:
        return InputError(name, 0, message("ingest.link_loop"))
    return InputError(name, 0, message("ingest.system", reason=reason_of(error)))
