"""One direction of a TCP connection: segments in any order go in, the bytes in their own order come out, bounded."""

from typing import NamedTuple

HELD_BYTES = 128 * 1024
HELD_SEGMENTS = 128
PATIENCE_US = 5_000_000
"""How long a missing segment is waited for, in the time of the capture."""

_FAR = 16 * 1024 * 1024
"""A jump in sequence numbers beyond this is another conversation, or a capture that lost almost everything."""

_HALF, _MASK = 1 << 31, (1 << 32) - 1


class Piece(NamedTuple):
    """Bytes that follow the ones before. `after_gap`: what stood before them is lost. Time and number are those of the
    packet that made them readable: of the missing one, where they had to wait for it."""

    data: bytes
    ts: int
    row: int
    after_gap: bool = False


_NOTHING: dict[int, Piece] = {}
"""What each direction holds in which nothing is missing; nothing is ever put into it."""


class Reassembler:
    """Sequence numbers in, pieces out. What was delivered once is never delivered again."""

    __slots__ = ("_held", "_waiting_since", "held_bytes", "next")

    def __init__(self, start: int | None = None) -> None:
        self.next = start
        self.held_bytes = 0
        self._held = _NOTHING
        self._waiting_since = 0

    def push(self, seq: int, data: bytes, ts: int, row: int, lost: int = 0) -> list[Piece]:
        """Take a segment. `lost`: how many bytes at its end the capture did not keep."""
        if self.next is None:
            self.next = seq
        ahead = (seq - self.next) & _MASK
        if ahead >= _HALF:
            behind = (1 << 32) - ahead
            if behind > _FAR:
                return self._restart(seq, data, ts, row)
            if behind >= len(data):
                return []
            data, ahead = data[behind:], 0
        if ahead == 0:
            pieces = [Piece(data, ts, row)]
            self.next = (self.next + len(data)) & _MASK
            if lost:
                self.next = (self.next + lost) & _MASK
                pieces.append(Piece(b"", ts, row, after_gap=True))
            if self._held:
                self._drain(pieces, ts, row)
            return pieces
        if ahead > _FAR:
            return self.flush() + self._restart(seq, data, ts, row)
        return self._hold(seq, data, ts, row)

    def flush(self) -> list[Piece]:
        """Give up waiting: everything held, with gaps said."""
        pieces: list[Piece] = []
        while self._held:
            self._skip(pieces)
        return pieces

    def _restart(self, seq: int, data: bytes, ts: int, row: int) -> list[Piece]:
        self._held = _NOTHING
        self.held_bytes = 0
        self.next = (seq + len(data)) & _MASK
        return [Piece(data, ts, row, after_gap=True)]

    def _hold(self, seq: int, data: bytes, ts: int, row: int) -> list[Piece]:
        if not self._held:
            self._held, self._waiting_since = {}, ts
        known = self._held.get(seq)
        if known is None or len(known.data) < len(data):
            self._held[seq] = Piece(data, ts, row)
            self.held_bytes += len(data) - (len(known.data) if known else 0)
        pieces: list[Piece] = []
        waited = ts - self._waiting_since
        if self.held_bytes > HELD_BYTES or len(self._held) > HELD_SEGMENTS or waited > PATIENCE_US:
            self._skip(pieces)
            self._waiting_since = ts
        return pieces

    def _skip(self, pieces: list[Piece]) -> None:
        """Leave the gap behind and go on at the nearest held segment."""
        start = self.next or 0
        seq = min(self._held, key=lambda held: (held - start) & _MASK)
        piece = self._held.pop(seq)
        self.held_bytes -= len(piece.data)
        self.next = (seq + len(piece.data)) & _MASK
        pieces.append(Piece(piece.data, piece.ts, piece.row, after_gap=True))
        self._drain(pieces, piece.ts, piece.row)

    def _drain(self, pieces: list[Piece], ts: int, row: int) -> None:
        """Deliver what was held and has become readable."""
        moved = True
        while moved and self._held:
            moved = False
            for seq in sorted(self._held, key=lambda held: (held - (self.next or 0)) & _MASK, reverse=True):
                ahead = (seq - (self.next or 0)) & _MASK
                if 0 < ahead < _HALF:
                    continue
                piece = self._held.pop(seq)
                self.held_bytes -= len(piece.data)
                known = ((1 << 32) - ahead) & _MASK
                if known < len(piece.data):
                    data = piece.data[known:]
                    self.next = ((self.next or 0) + len(data)) & _MASK
                    pieces.append(Piece(data, max(ts, piece.ts), max(row, piece.row)))
                    moved = True
                    break
