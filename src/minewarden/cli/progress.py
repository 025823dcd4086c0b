"""Progress and problems on standard error: a bar on a terminal, plain sentences elsewhere."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from minewarden.cli.terminal import harmless
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.words import Language, render

if TYPE_CHECKING:  # Who takes files in only needs nothing of detectors.
    from minewarden.patrol.rounds import Round


class Progress:
    """Watches an ingest (`minewarden.telemetry.ingest.Watch`) and says what it does."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
            self._bars = Bars(*columns, console=self._console, transient=True)

    def __enter__(self) -> "Progress":
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def started(self, name: str, bytes_total: int) -> None:
        """A file is being read."""
        if self._bars is not None:
            self._task = self._bars.add_task(harmless(name), total=bytes_total)

    def advanced(self, bytes_done: int) -> None:
        """So many bytes of it are done."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=bytes_done)

    def finished(self, record: SourceRecord) -> None:
        """A file was read."""
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def problem(self, error: InputError) -> None:
        """Something could not be read."""
        self._say(error.said(self._language), "yellow")

    def note(self, note: InputError) -> None:
        """Something is worth knowing and no failure."""
        self._say(note.said(self._language), "dim")

    def phase_done(self, result: "Round") -> None:
        """Say what was read, what was passed over, and which detectors had nothing to look at."""
        rows = sum(sum(source.rows.values()) for source in result.sources)
        counted = message(
            "scan.summary",
            sources=len(result.sources),
            rows=rows,
            rejects=result.report.rejects,
            findings=len(result.traced),
        )
        self._say(render(counted, self._language))
        for skipped in result.skipped:
            self._say(render(skipped, self._language), "dim")

    def _say(self, sentence: str, style: str | None = None) -> None:
        self._console.print(harmless(sentence), style=style if sys.stderr.isatty() else None)
