"""A device that reads its rules from files: they are replaced, the device's own check is asked, and it reads anew.

For Unbound (RPZ), dnsmasq, Squid, hosts, Zeek and lists that firewalls fetch. The administrator names the check and the
command that makes the device read anew; both are argument lists.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from minewarden.enforce.bundle import write_whole
from minewarden.enforce.compiler import Compiler
from minewarden.enforce.publish.commands import run
from minewarden.enforce.publisher import PublishError
from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.system import reason_of

_COMMENT = re.compile(r"\s*(#|;|//|!|$)")
_DATED = re.compile(r"(@ IN SOA )\S.*|, expires \S+|metadata:[^;]*;")
"""What changes without the rules: the zone's serial, and the day by which the protocol rules are looked at again."""
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""The names of a form's files do not depend on the time."""


class FolderPublisher:
    """`form`: a word of `minewarden.plugins.COMPILERS`. `check` and `reload` may be empty."""

    kind = "folder"

    def __init__(
        self, name: str, form: str, folder: Path, *, check: Sequence[str] = (), reload: Sequence[str] = ()
    ) -> None:
        self.name, self.form, self.folder = name, form, folder
        self.check, self.reload = tuple(check), tuple(reload)

    def compiled(self, rules: Sequence[BlockRule], now: datetime) -> Mapping[str, bytes]:
        """File name -> content."""
        compiler: Compiler = COMPILERS.load(self.form)(now=now)
        return compiler.compile(rules)

    def wanted(self, rules: Sequence[BlockRule], *, now: datetime) -> frozenset[str]:
        """Every line that is no comment, with its file in front."""
        return frozenset(item for file, data in self.compiled(rules, now).items() for item in _items(file, data))

    def held(self) -> frozenset[str]:
        """The lines of the files as they lie there. A file that is absent holds none."""
        return frozenset(item for file, data in self._read().items() if data is not None for item in _items(file, data))

    def keep(self) -> bytes:
        """The files, whole; null for one that is absent."""
        read = self._read()
        return json.dumps({f: None if d is None else base64.b64encode(d).decode() for f, d in read.items()}).encode()

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        """Each file whole or not at all; then the check, and only then the device reads anew."""
        self._place(self.compiled(rules, now))
        self._take_up()

    def restore(self, kept: bytes) -> None:
        """The files as they were; those that were absent go."""
        given: dict[str, str | None] = json.loads(kept)
        self._place({file: base64.b64decode(text) for file, text in given.items() if text is not None})
        for file, text in given.items():
            if text is None:
                (self.folder / file).unlink(missing_ok=True)
        self._take_up()

    def _read(self) -> dict[str, bytes | None]:
        try:
            return {file: self._file(file) for file in sorted(self.compiled([], _ANY_TIME))}
        except OSError as error:
            raise PublishError(self.name, reason_of(error, where=str(error.filename))) from error

    def _file(self, file: str) -> bytes | None:
        path = self.folder / file
        return path.read_bytes() if path.exists() else None

    def _place(self, files: Mapping[str, bytes]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for file, data in sorted(files.items()):
                write_whole(self.folder / file, data)
        except OSError as error:
            raise PublishError(self.name, reason_of(error, where=str(error.filename))) from error

    def _take_up(self) -> None:
        for command in (self.check, self.reload):
            if command:
                run(self.name, command)


def _items(file: str, data: bytes) -> list[str]:
    """A JSON file explains and is not read by the device, so it holds no items."""
    if file.endswith(".json"):
        return []
    lines = data.decode(errors="replace").splitlines()
    kept = (_DATED.sub(r"\1", line).strip() for line in lines if not _COMMENT.match(line))
    return [f"{file}: {line}" for line in kept]
