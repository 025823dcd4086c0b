"""Lines that could not be read: counted by reason, told once per reason, and written out whole where that is asked."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TextIO

from minewarden.telemetry.reader import Reject
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import Language, both, render

_MOST_KINDS = 5
"""How many reasons are told per file; the others are counted."""


class RejectedLines(InputError):
    """Lines refused for one reason: the first of them, and how many there are."""

    def __init__(self, file: str, first: Reject, count: int) -> None:
        super().__init__(file, first.line, first.reason)
        self.count = count

    def said(self, language: Language = "zh") -> str:
        """The first line's sentence, with the count where there are more."""
        sentence = super().said(language)
        if self.count == 1:
            return sentence
        return render(message("ingest.more_like_it", sentence=sentence, count=self.count), language)


@dataclass(slots=True)
class Tally:
    """The rejects of one file by reason; only the first of each is held."""

    total: int = 0
    _first: dict[str, Reject] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, reject: Reject) -> None:
        """Count one."""
        self.total += 1
        kind = _kind(reject.reason)
        self._first.setdefault(kind, reject)
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def problems(self, name: str) -> Iterator[InputError]:
        """The reasons in the order in which they came, the most of them in one sentence."""
        kinds = list(self._first)
        for kind in kinds[:_MOST_KINDS]:
            yield RejectedLines(name, self._first[kind], self._counts[kind])
        if others := kinds[_MOST_KINDS:]:
            count = sum(self._counts[kind] for kind in others)
            yield InputError(name, 0, message("ingest.more_kinds", count=count, kinds=len(others)))


class RejectFile:
    """Rejects as JSON lines: file, line, reason in both languages, and the text, or base64 where it is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> "RejectFile":
        self._file = self._path.open("w", encoding="utf-8")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, name: str, reject: Reject) -> None:
        """Write one. Raises ValueError before the file is open."""
        if self._file is None:
            raise ValueError("the file of rejects is not open")
        line: dict[str, object] = {"file": name, "line": reject.line, "reason": both(reject.reason)}
        try:
            line["text"] = reject.raw.decode("utf-8")
        except UnicodeDecodeError:
            line["raw_base64"] = base64.b64encode(reject.raw).decode("ascii")
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _kind(reason: Message) -> str:
    # A reason of the same sentence about the same column is one kind; the value in it differs from line to line.
    return f"{reason.id} {reason.params.get('column', '')}"
