"""Which container a capture is in, told by its first bytes."""

from collections.abc import Iterator

from minewarden.telemetry.packets.blocks import BlockCapture, is_blocks
from minewarden.telemetry.packets.classic import ClassicCapture, is_classic
from minewarden.telemetry.packets.frames import ByteStream, Damage, Frames


def is_capture(head: bytes) -> bool:
    """Whether a file starts like a capture that can be read."""
    return is_classic(head) or is_blocks(head)


def read_capture(head: bytes, stream: ByteStream) -> Iterator[Frames | Damage]:
    """The packets of a capture, piece by piece. `head`: its first bytes; `stream`: all of it."""
    capture = BlockCapture(stream) if is_blocks(head) else ClassicCapture(stream)
    return capture.read()
