"""Which container a capture is in, told by its first bytes."""

from minewarden.telemetry.packets.blocks import BlockCapture, is_blocks
from minewarden.telemetry.packets.classic import ClassicCapture, is_classic
from minewarden.telemetry.packets.frames import ByteStream


def is_capture(head: bytes) -> bool:
    """Whether a file starts like a capture that can be read."""
    return is_classic(head) or is_blocks(head)


def open_capture(head: bytes, stream: ByteStream) -> ClassicCapture | BlockCapture:
    """The capture whose first bytes are `head`; `stream`: all of it."""
    return BlockCapture(stream) if is_blocks(head) else ClassicCapture(stream)
