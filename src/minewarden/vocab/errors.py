"""The tree of errors. Each carries a `Message`, so that every interface can say it in the reader's language.

MinewardenError
├── UsageError            the command or call is wrong                    -> exit 2
├── ConfigError           a setting or a declaration is wrong             -> exit 2
├── ClusterError          the cluster did not answer; a later try may do    -> exit 1
├── InputError            a file cannot be read; names file, line, remedy -> exit 1
│   └── ZoneNeeded        its times carry no zone and none was declared
├── GuardRefusal          a block rule that must not be compiled
└── TransitionError       a state may not change in that way
"""

from minewarden.vocab.message import Message, message
from minewarden.vocab.words import Language, render


class MinewardenError(Exception):
    """The root: `message` says what happened and what to do about it."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(sentence.id)
        self.message = sentence

    def said(self, language: Language = "zh") -> str:
        """The error as a sentence."""
        return render(self.message, language)

    def __str__(self) -> str:
        return self.said("en")


class UsageError(MinewardenError):
    """The command line or a call is used wrongly."""


class ConfigError(MinewardenError):
    """A setting or a declared source is wrong."""


class ClusterError(MinewardenError):
    """The cluster could not be reached or did not finish. Nothing is known of what it was asked; a later try may do."""


class InputError(MinewardenError):
    """A file, or a part of it, cannot be read. `file` is as the user wrote it; `line` from 1, 0 means the whole."""

    def __init__(self, file: str, line: int, sentence: Message) -> None:
        super().__init__(sentence)
        self.file = file
        self.line = line

    def said(self, language: Language = "zh") -> str:
        """The sentence with its place in front: `file:line: ...`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {super().said(language)}"


class ZoneNeeded(InputError):
    """The times of a file carry no zone, and nobody declared one; it is never guessed."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__(file, line, message("input.zone_needed"))


class GuardRefusal(MinewardenError):
    """A block rule that would cut off what must not be cut off."""


class TransitionError(MinewardenError):
    """A state may not change in that way."""
