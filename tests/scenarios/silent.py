"""A watcher of an ingest that keeps what it is told and says nothing."""

from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.errors import InputError


class Silent:
    """Implements `minewarden.telemetry.ingest.Watch`."""

    def __init__(self) -> None:
        self.problems: list[InputError] = []
        self.notes: list[InputError] = []

    def started(self, name: str, bytes_total: int) -> None:
        """Nothing to show."""

    def advanced(self, bytes_done: int) -> None:
        """Nothing to show."""

    def finished(self, record: SourceRecord) -> None:
        """Nothing to show."""

    def problem(self, error: InputError) -> None:
        """Keep it, so that a test can look."""
        self.problems.append(error)

    def note(self, note: InputError) -> None:
        """Keep it too."""
        self.notes.append(note)
