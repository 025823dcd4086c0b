"""Of those who have a stranger's file read only so many at once, so that whoever asks for a page finds a thread free.

Such a file is read in a process of its own, and the thread that waits for it answers nobody else for as long: a minute
or two where the file is made to take long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.http import HttpResponse

from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message

AT_ONCE = 3
"""Files that one process of the server has read at once; it has more threads than that (cli/desk)."""
PATIENCE = 2.0
"""Seconds that somebody waits for his turn: a page shows several pictures, each of which is drawn in one."""
_turns = BoundedSemaphore(AT_ONCE)


class Busy(UsageError):
    """All turns are taken."""

    def __init__(self) -> None:
        super().__init__(message("desk_kit.files_being_read"))


@contextmanager
def turn() -> Iterator[None]:
    """Read a stranger's file in one's turn. Raises Busy where all turns stay taken."""
    if not _turns.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        _turns.release()


def come_back() -> HttpResponse:
    """503 for a picture that could not be drawn in time."""
    return HttpResponse(status=503, headers={"Retry-After": "60"})
