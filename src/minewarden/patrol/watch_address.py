"""The sockets that a watch listens on, from the addresses that a person writes.

`udp://HOST:PORT` and `tcp://HOST:PORT` for syslog, `unix:///PATH` (stream) and `unixgram:///PATH` (datagrams) for
Suricata's EVE. A host is an address of this machine; names are not resolved.
"""

import errno
import ipaddress
import os
import socket
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

RECEIVE_BYTES = 16 * 1024 * 1024
"""How much the system is asked to hold of datagrams that were not yet taken; it gives as much as it is set to."""
_FORCE = getattr(socket, "SO_RCVBUFFORCE", 33)
_MOST_UNIX_PATH = 107
_HELD = frozenset({errno.EADDRINUSE})
_WAIT_S = 5.0
"""So long a new watch waits for the listener of one that was killed to let go."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. host, port: of udp and tcp; path: of unix and unixgram."""

    kind: str
    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"{self.kind}://{self.path}"
        return (
            f"{self.kind}://[{self.host}]:{self.port}" if ":" in self.host else f"{self.kind}://{self.host}:{self.port}"
        )

    @property
    def streams(self) -> bool:
        """Whether what comes is a stream and no datagrams."""
        return self.kind in ("tcp", "unix")

    @property
    def label(self) -> str:
        """What the files of a local socket's sender are called by."""
        return self.path.stem if self.path is not None else ""


def parse_address(text: str) -> Address:
    """An address as it is written. Raises UsageError."""
    try:
        parts = urlsplit(text)
        if parts.scheme in ("unix", "unixgram"):
            return _local(parts, text)
        if parts.scheme in ("udp", "tcp") and parts.port is not None and not (parts.path or parts.query):
            return Address(parts.scheme, str(ipaddress.ip_address(parts.hostname or "")), parts.port)
    except ValueError:
        pass
    raise UsageError(message("watch.bad_listen", value=text[:200]))


def _local(parts: SplitResult, text: str) -> Address:
    path = Path(parts.path)
    if parts.netloc or not path.is_absolute() or not path.name or len(os.fsencode(path)) > _MOST_UNIX_PATH:
        raise ValueError(text)
    return Address(parts.scheme, path=path)


def opened(address: Address) -> socket.socket:
    """A socket that listens. Raises UsageError where it cannot, with what the system says."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            return _opened(address)
        except OSError as error:
            if time.monotonic() < until and error.errno in _HELD:
                time.sleep(0.1)
                continue
            reason = reason_of(error)
            raise UsageError(message("watch.cannot_listen", address=str(address), reason=reason)) from error


def _opened(address: Address) -> socket.socket:
    kind = socket.SOCK_STREAM if address.streams else socket.SOCK_DGRAM
    if address.path is not None:
        _let_go_of_a_dead_one(address.path, kind)
        made = socket.socket(socket.AF_UNIX, kind)
    else:
        made = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, kind)
    try:
        if address.path is not None:
            made.bind(str(address.path))
            # The sensor's account is another one: that of the group may write.
            address.path.chmod(0o660)
        else:
            if address.streams:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((address.host, address.port))
        if address.streams:
            made.listen(64)
        else:
            _hold_much(made)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _hold_much(made: socket.socket) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    try:
        made.setsockopt(socket.SOL_SOCKET, _FORCE, RECEIVE_BYTES)
    except OSError:
        # Only who may administer the network gets more than the system's bound.
        return


def _let_go_of_a_dead_one(path: Path, kind: int) -> None:
    """Remove the socket of a process that has ended. Raises OSError where somebody listens, or it is no socket."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(about.st_mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with socket.socket(socket.AF_UNIX, kind) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
