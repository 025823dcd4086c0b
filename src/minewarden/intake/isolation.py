"""Reads a stranger's file in a process of its own, which is bounded in memory, time and what it may write.

The desk and the command line never open such a file themselves: whatever it does to its reader, they go on.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from datetime import datetime, tzinfo
from typing import BinaryIO

from minewarden.intake.wire import decoded
from minewarden.vocab.clock import rfc3339
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.noticeline import Notice, Verdict

SECONDS = 60
"""Of computing; a file that needs longer is refused. A busy machine gets `_GRACE` more by the clock on the wall."""
MEMORY = 480 * 1024 * 1024
"""Of address space, so that the process with all its libraries stays below 512 MB."""
WRITTEN = 256 * 1024 * 1024
_OUT_OF_MEMORY = 3
_GRACE = 60.0


def read(name: str, data: bytes, *, zone: tzinfo, latest: datetime, seconds: int = SECONDS) -> Notice:
    """Read a notice within bounds. `zone`: of times that name none. `latest`: the receipt, aware.

    A file that cannot be read within them is a `Notice` with the verdict REFUSED and its reason as the first warning;
    its hash is that of the bytes in any case.
    """
    order = {"do": "read", "name": name, "zone": str(zone), "latest": rfc3339(latest), "seconds": seconds}
    try:
        return decoded(_asked(order, data, name, seconds))
    except InputError as error:
        return _refused(name, data, error.message)
    except (ValueError, KeyError):
        return _refused(name, data, message("intake.worker_died"))


def picture(name: str, data: bytes, page: int = 1, *, seconds: int = SECONDS) -> bytes:
    """A page of a scan, or a picture, drawn anew as PNG: what is shown beside the entry by hand is never the
    stranger's file. Raises InputError where it cannot be drawn."""
    return _asked({"do": "picture", "name": name, "page": page, "seconds": seconds}, data, name, seconds)


def _asked(order: dict[str, object], data: bytes, name: str, seconds: int) -> bytes:
    """What the bounded process answers. Raises InputError where it was stopped by a bound."""
    order |= {"memory": MEMORY, "written": WRITTEN}
    with tempfile.TemporaryFile() as answer:
        code = _run(json.dumps(order).encode() + b"\n" + data, answer, name, seconds)
        if code == _OUT_OF_MEMORY:
            raise InputError(name, 0, message("intake.out_of_memory"))
        answer.seek(0)
        said = answer.read(WRITTEN)
        if code != 0:
            raise InputError(name, 0, message("intake.worker_died"))
        return said


def _run(given: bytes, answer: BinaryIO, name: str, seconds: int) -> int:
    # -I: neither the current folder nor the environment decides what is imported.
    command = [sys.executable, "-I", "-m", "minewarden.intake.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=answer, stderr=subprocess.DEVNULL) as process:
        try:
            process.communicate(given, timeout=seconds + _GRACE)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise InputError(name, 0, message("intake.took_too_long", seconds=seconds)) from error
        except BaseException:
            process.kill()
            raise
    if process.returncode in (-24, -9):  # SIGXCPU, or what the kernel sends when even that was not heard.
        raise InputError(name, 0, message("intake.took_too_long", seconds=seconds))
    return process.returncode


def _refused(name: str, data: bytes, reason: Message) -> Notice:
    return Notice(name, len(data), hashlib.sha256(data).hexdigest(), "unknown", Verdict.REFUSED, warnings=(reason,))
