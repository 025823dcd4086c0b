"""Plays a dialogue over real loopback sockets with a virtual clock, and notes what went over them and when.

The order of sayings is that of the virtual clock, so that the same seed gives the same bytes and times, however fast or
slow the machine is. Nothing leaves loopback: the server listens on 127.0.0.1 on a port that the system chooses.
"""

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count

from minewarden.simulator.session import Dialogue, Framing, Party, Say

_AT_ONCE = 16 * 1024
"""What the system's socket buffers surely take without somebody reading at the other end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one end wrote at one time: microseconds from the opening, from the client (`up`) or from the server."""

    at_us: int
    up: bool
    data: bytes


@dataclass(slots=True)
class _End:
    party: Party
    framing: Framing
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class Stage:
    """One dialogue being played: the queue of what will be said, and the tap's notes."""

    dialogue: Dialogue
    rtt_us: int
    _queue: list[tuple[int, int, bool, object]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    chunks: list[Chunk] = field(default_factory=list)

    async def play(self, until_us: int) -> list[Chunk]:
        """Run the dialogue until nobody has anything to say or the virtual clock passes `until_us`."""
        accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        listener = await asyncio.start_server(lambda r, w: accepted.put_nowait((r, w)), "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        client = _End(self.dialogue.client, self.dialogue.up, *await asyncio.open_connection("127.0.0.1", port))
        server = _End(self.dialogue.server, self.dialogue.down, *await accepted.get())
        try:
            self._expect(0, True, client.party.begins())
            self._expect(0, False, server.party.begins())
            while self._queue:
                at_us, _, up, what = heapq.heappop(self._queue)
                if at_us > until_us:
                    break
                said = what() if callable(what) else what
                if said is not None:
                    await self._say(at_us, up, said, *((client, server) if up else (server, client)))
        finally:
            for end in (client, server):
                end.writer.close()
            listener.close()
            await asyncio.gather(client.writer.wait_closed(), server.writer.wait_closed(), return_exceptions=True)
            await listener.wait_closed()
        return self.chunks

    def _expect(self, now_us: int, up: bool, sayings: list[Say]) -> None:
        for say in sayings:
            at_us = now_us + round(say.after_s * 1_000_000)
            heapq.heappush(self._queue, (at_us, next(self._order), up, say.what))

    async def _say(self, at_us: int, up: bool, said: object, teller: _End, hearer: _End) -> None:
        data = said if isinstance(said, bytes) else teller.framing.encode(said)
        teller.writer.write(data)
        if len(data) <= _AT_ONCE:
            heard = await hearer.reader.readexactly(len(data))
        else:
            heard, _ = await asyncio.gather(hearer.reader.readexactly(len(data)), teller.writer.drain())
        self.chunks.append(Chunk(at_us, up, heard))
        for whole in teller.framing.decode(heard):
            self._expect(at_us + self.rtt_us, not up, hearer.party.hears(whole))
