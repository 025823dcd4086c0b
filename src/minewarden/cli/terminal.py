"""Text from outside on a terminal: shown, never obeyed."""

from rich.console import Console
from rich.markup import escape

_SPACES = " \u3000"


class Page(Console):
    """A console of rich's that leaves it to `cli.main` to say what a reader who goes away means."""

    def on_broken_pipe(self) -> None:
        """Hand the error on; rich would end the program with 1, as if some input could not be read."""
        raise BrokenPipeError


def harmless(text: str) -> str:
    """The text for `Console.print`: no markup of rich's, and control characters written out as `\\x1b`.

    What a miner calls itself, what a file is named and what a log line holds is chosen by strangers; an escape
    sequence in it could forge or hide lines of the report.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in _SPACES else c.encode("unicode_escape").decode() for c in text)
    return escape(text)
