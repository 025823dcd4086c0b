"""Which segments look like the start of something that is read: told for all packets at once, by their first bytes."""

import numpy as np

from minewarden.telemetry.packets.frames import Bytes, Ints, windows
from minewarden.telemetry.packets.http_wire import METHODS
from minewarden.telemetry.packets.layers import TCP, Segments

NOTHING, JSON, HTTP, WEBSOCKET, TLS, DNS = range(6)

_LOOKED_AT = 16
METHOD_WORDS = np.array([int.from_bytes(method) for method in METHODS], np.uint32)
INITIALS = np.zeros(256, np.bool_)
INITIALS[[method[0] for method in METHODS]] = True
BLANKS = np.zeros(256, np.bool_)
BLANKS[list(b" \t\r\n\0\xef\xbb\xbf")] = True
"""What may stand before a JSON text."""

AFTER_BRACE = np.zeros(256, np.bool_)
AFTER_BRACE[list(b'" \t\r\n}')] = True
AFTER_BRACKET = np.zeros(256, np.bool_)
AFTER_BRACKET[list(b'" \t\r\n{[]-0123456789tfn')] = True


def start_kinds(segments: Segments) -> Bytes:
    """For each packet what its payload looks like the start of."""
    kinds = np.zeros(len(segments), np.uint8)
    which = np.flatnonzero((segments.proto == TCP) & (segments.kept > 0))
    if not which.size:
        return kinds
    head = windows(segments.bytes, segments.payload[which], _LOOKED_AT + 1)
    length = segments.kept[which]
    found = np.zeros(len(which), np.uint8)
    first = head[:, 0]
    _json(head, length, found)
    words = np.ascontiguousarray(head[:, :4]).view(">u4")[:, 0]
    # Fewer bytes than it takes to know are taken for the start of what they may become.
    found[np.where(length >= 4, np.isin(words, METHOD_WORDS), INITIALS[first])] = HTTP
    # A server's text frame that starts an object: all that is left of a WebSocket whose handshake was not captured.
    short, long = (head[:, 1] < 126) & (head[:, 2] == 0x7B), (head[:, 1] == 126) & (head[:, 4] == 0x7B)
    found[(first == 0x81) & (short | long) & (length > 4)] = WEBSOCKET
    hello = (head[:, 5] == 1) | (head[:, 5] == 2) | (head[:, 5] == 11)
    found[(first == 22) & ((length == 1) | (head[:, 1] == 3)) & (hello | (length <= 5))] = TLS
    found[(segments.sport[which] == 53) | (segments.dport[which] == 53)] = DNS
    kinds[which] = found
    return kinds


def _json(head: Bytes, length: Ints, found: Bytes) -> None:
    first = head[:, 0]
    likely = np.flatnonzero((first == 0x7B) | (first == 0x5B) | BLANKS[first])
    if not likely.size:
        return
    rows = head[likely]
    at = np.argmax(~BLANKS[rows[:, :_LOOKED_AT]], axis=1)
    line = np.arange(len(likely))
    opening, following = rows[line, at], rows[line, at + 1]
    last = at + 1 >= length[likely]
    yes = ((opening == 0x7B) & (last | AFTER_BRACE[following])) | (
        (opening == 0x5B) & (last | AFTER_BRACKET[following])
    )
    found[likely[yes & (at < length[likely])]] = JSON


def start_kind(data: bytes) -> int:
    """The same for one piece of bytes."""
    text = data[:64].lstrip(b" \t\r\n\0\xef\xbb\xbf")
    if text[:1] == b"{" and (len(text) == 1 or AFTER_BRACE[text[1]]):
        return JSON
    if text[:1] == b"[" and (len(text) == 1 or AFTER_BRACKET[text[1]]):
        return JSON
    if data[:4] in METHODS or (0 < len(data) < 4 and any(method.startswith(data) for method in METHODS)):
        return HTTP
    if data[:1] == b"\x16" and data[1:2] in (b"", b"\x03") and (len(data) <= 5 or data[5] in (1, 2, 11)):
        return TLS
    if len(data) > 4 and data[0] == 0x81 and (data[2] == 0x7B if data[1] < 126 else data[4] == 0x7B):
        return WEBSOCKET
    return NOTHING
