"""The sockets of a watch: opened before it begins, kept open over its listening process, whose losses it tells."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from minewarden.patrol.watch_address import Address, opened
from minewarden.vocab.errors import InputError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

LOSSES = ("full", "buffer", "gap", "long", "connections", "disk")
_START_S = 30.0
_END_S = 15.0


class Receiver:
    """Listens on addresses in a process of its own, into `folder`."""

    def __init__(self, addresses: Sequence[Address], folder: Path) -> None:
        """Raises UsageError where an address cannot be listened on, or the folder cannot be written."""
        self.folder = folder
        self._name = ", ".join(map(str, addresses))
        self._sockets: list[tuple[Address, socket.socket]] = []
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for address in addresses:
                self._sockets.append((address, opened(address)))
        except OSError as error:
            self._let_go()
            reason = reason_of(error)
            raise UsageError(message("watch.cannot_spool", path=str(folder), reason=reason)) from error
        except UsageError:
            self._let_go()
            raise
        self._process = self._started()
        self._heard = b""

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the sockets of a network listen: useful where port 0 let the system choose."""
        return [made.getsockname()[:2] for address, made in self._sockets if address.path is None]

    def settle(self) -> list[InputError]:
        """What is worth a word since the last call; a listening process that has ended is started again."""
        said = [self._told(reason, count) for reason, count in self._losses().items()]
        if self._process.poll() is not None:
            said.append(InputError(self._name, 0, message("watch.listener_ended", code=self._process.returncode)))
            self._forget()
            self._process = self._started()
        return said

    def close(self) -> None:
        """Have what has come put into files, and listen no more."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget()
        self._let_go()

    def _started(self) -> "subprocess.Popen[bytes]":
        ears = [(address.kind, address.label, made.fileno()) for address, made in self._sockets]
        command = [sys.executable, "-m", "minewarden.patrol.watch_listen", str(self.folder), json.dumps(ears)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[made.fileno() for _, made in self._sockets],
        )
        self._heard = b""
        assert process.stdout is not None  # noqa: S101 # it is a pipe
        os.set_blocking(process.stdout.fileno(), False)
        until = time.monotonic() + _START_S
        # What comes before it is ready waits in the system's buffers; but what stops it should be said at once.
        while not self._heard and process.poll() is None and time.monotonic() < until:
            self._heard = process.stdout.read() or b""
            time.sleep(0.02)
        return process

    def _losses(self) -> Counter[str]:
        lost: Counter[str] = Counter()
        if self._process.stdout is not None:
            self._heard += self._process.stdout.read() or b""
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            lost.update({reason: count for reason, count in json.loads(line).items() if reason in LOSSES})
        return +lost

    def _told(self, reason: str, count: int) -> InputError:
        return InputError(self._name, 0, message(f"watch.lost_{reason}", count=count))

    def _forget(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _let_go(self) -> None:
        for address, made in self._sockets:
            made.close()
            if address.path is not None:
                address.path.unlink(missing_ok=True)
