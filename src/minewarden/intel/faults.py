"""What is wrong with a file of indicators: all of it at once, each fault with its file and line."""

from collections.abc import Sequence
from dataclasses import dataclass

from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import Language, render


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` from 1; 0 where the whole file is meant."""

    file: str
    line: int
    reason: Message

    def said(self, language: Language = "zh") -> str:
        """`file:line: reason`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {render(self.reason, language)}"


class CatalogueError(ConfigError):
    """A catalogue, a list of a unit's own indicators or an allow list that may not be used as it stands."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(message("intel.faults", count=len(faults)))
        self.faults = tuple(faults)

    def said(self, language: Language = "zh") -> str:
        """The count, then one fault a line."""
        return "\n".join([super().said(language), *(fault.said(language) for fault in self.faults)])
