"""Runs the program that belongs to a device: an argument list as the administrator wrote it, never a shell."""

import subprocess
from collections.abc import Sequence

from minewarden.enforce.publisher import PublishError

PATIENCE = 120
"""Seconds. A name server reads a hundred thousand names in two; a device that takes longer is down."""


def run(device: str, command: Sequence[str], given: bytes | None = None) -> bytes:
    """Its standard output. Raises PublishError where it is missing, ends badly or does not end."""
    try:
        done = subprocess.run(list(command), input=given, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PublishError(device, f"{command[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise PublishError(device, f"{command[0]}: {done.returncode}: {' | '.join(said[-3:])}")
    return done.stdout
