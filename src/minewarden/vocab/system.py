"""Why the operating system refused something, so that a sentence can say it in the reader's language.

`strerror` is English whoever reads it. A reason is that text, and carries beside it which of the words in
`words/system.toml` it is; `minewarden.vocab.words` puts them into a sentence. What has no words stays as it is.
"""

import errno
import socket
from typing import Self

_BY_TYPE: tuple[tuple[type[OSError], int], ...] = (
    (FileNotFoundError, errno.ENOENT),
    (PermissionError, errno.EACCES),
    (FileExistsError, errno.EEXIST),
    (IsADirectoryError, errno.EISDIR),
    (NotADirectoryError, errno.ENOTDIR),
    (TimeoutError, errno.ETIMEDOUT),
    (ConnectionRefusedError, errno.ECONNREFUSED),
    (ConnectionResetError, errno.ECONNRESET),
    (BrokenPipeError, errno.EPIPE),
)
"""What Python raises by itself has no number."""
NO_NAME = "no_name"
"""A name of a host that nothing knows: its numbers are of another table than those of the system."""


class Reason(str):
    """What the system said. `key`: its words in `words/system.toml`, empty where it has none; `where`: a path or place
    in front of it."""

    key: str = ""
    where: str = ""

    @classmethod
    def of(cls, text: str, key: str, where: str) -> Self:
        """A reason with its words."""
        made = cls(f"{where}: {text}" if where else text)
        made.key, made.where = key, where
        return made


def reason_of(error: BaseException, *, where: str = "") -> Reason:
    """Why an error happened, for a parameter of a sentence; of errors of other kinds only what kind they are."""
    text = getattr(error, "strerror", None) or type(error).__name__
    return Reason.of(str(text), _key(error), where)


def _key(error: BaseException) -> str:
    # Errors of TLS are of the same family, and their numbers mean something else.
    if not isinstance(error, OSError) or type(error).__module__ == "ssl":
        return ""
    if isinstance(error, socket.gaierror):
        return NO_NAME
    number = error.errno
    if number is None:
        number = next((number for kind, number in _BY_TYPE if isinstance(error, kind)), 0)
    return errno.errorcode.get(number, "").lower()
