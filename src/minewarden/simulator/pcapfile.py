"""Writes a capture of sessions that were played on loopback, with the addresses, times and wire that they are given."""

import asyncio
import ipaddress
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from minewarden.simulator.dialogues import DIALOGUES
from minewarden.simulator.packets import ACK, FIN, PSH, RST, SYN, Way, tcp_frame, udp_frame, ways_between
from minewarden.simulator.session import Lookup, Session, Wire
from minewarden.simulator.stage import Chunk, Stage
from minewarden.vocab.clock import to_us

_GRACE_US = 5_000_000
"""How long after the script's end late answers are still heard."""

Packet = tuple[int, bytes]
"""Microseconds since 1970 UTC, and the frame."""


def write_capture(
    path: Path,
    sessions: Sequence[Session | Lookup],
    *,
    nanoseconds: bool = False,
    big_endian: bool = False,
    snaplen: int = 262_144,
) -> int:
    """Play the sessions and write them to a pcap file in the order of time; returns the number of packets.

    The same sessions give the same bytes. Raises ValueError for an unknown dialogue or mixed address families.
    """
    packets: list[Packet] = []
    for item in sessions:
        packets.extend(_lookup_packets(item) if isinstance(item, Lookup) else session_packets(item))
    packets.sort(key=lambda packet: packet[0])
    order = ">" if big_endian else "<"
    magic, scale = (0xA1B23C4D, 1000) if nanoseconds else (0xA1B2C3D4, 1)
    record = struct.Struct(order + "IIII")
    with path.open("wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, 1))
        for at_us, frame in packets:
            kept = frame[:snaplen]
            file.write(record.pack(at_us // 1_000_000, at_us % 1_000_000 * scale, len(kept), len(frame)) + kept)
    return len(packets)


def play(session: Session) -> list[Chunk]:
    """Play one session on loopback: what was said, in which direction, so many microseconds after the opening."""
    maker = DIALOGUES.get(session.dialogue)
    if maker is None:
        raise ValueError(f"no such dialogue: {session.dialogue!r}; there are {', '.join(sorted(DIALOGUES))}")
    rtt_us = round(session.wire.rtt_ms * 1000)
    stage = Stage(maker(session.script, Random(session.seed)), rtt_us)  # noqa: S311 - repeatable, not secret
    until_us = round(session.script.duration_s * 1_000_000) + 2 * rtt_us + _GRACE_US
    # In a thread of its own, because whoever calls may be inside an event loop already.
    with ThreadPoolExecutor(max_workers=1) as stagehand:
        return stagehand.submit(asyncio.run, stage.play(until_us)).result()


def session_packets(session: Session) -> list[Packet]:
    """The frames of one session with their times, in the order in which the sensor saw them."""
    chance = Random(session.seed ^ 0x5EED)  # noqa: S311 - repeatable, not secret
    start_us, wire = to_us(session.start), session.wire
    seen: list[tuple[int, bool, bytes]] = []
    for at_us, up, frame, is_data in _tcp(session, play(session), chance):
        if at_us < wire.joined_after_s * 1_000_000 or wire.only == ("down" if up else "up"):
            continue
        if is_data and chance.random() < wire.lose:
            continue
        seen.append((start_us + at_us, is_data, frame))
        if is_data and chance.random() < wire.retransmit:
            seen.append((start_us + at_us + 200_000, False, frame))
    seen.sort(key=lambda entry: entry[0])
    _reorder(seen, wire, chance)
    return [(at_us, frame) for at_us, _, frame in seen]


def _reorder(seen: list[tuple[int, bool, bytes]], wire: Wire, chance: Random) -> None:
    """Swap frames but not their times, as if the second had overtaken the first."""
    data = [index for index, (_, is_data, _) in enumerate(seen) if is_data]
    for first, second in zip(data[::2], data[1::2], strict=False):
        near = second == first + 1 and seen[second][0] - seen[first][0] < 10_000
        if near and chance.random() < wire.reorder:
            (a_us, _, a), (b_us, _, b) = seen[first], seen[second]
            seen[first], seen[second] = (a_us, True, b), (b_us, True, a)


def _tcp(session: Session, chunks: list[Chunk], chance: Random) -> Iterator[tuple[int, bool, bytes, bool]]:
    """Time, direction, frame and whether it carries data, for a whole connection."""
    wire, half_us = session.wire, max(1, round(session.wire.rtt_ms * 500))
    lines = ways_between(session.client, session.server, wire)
    ways: dict[bool, Way] = {True: lines[0], False: lines[1]}
    sent = {True: chance.getrandbits(32), False: chance.getrandbits(32)}
    yield 0, True, tcp_frame(ways[True], sent[True], 0, SYN, mss=wire.mss), False
    yield half_us, False, tcp_frame(ways[False], sent[False], sent[True] + 1, SYN | ACK, mss=wire.mss), False
    sent = {side: number + 1 for side, number in sent.items()}
    opened_us = 2 * half_us
    yield opened_us, True, tcp_frame(ways[True], sent[True], sent[False], ACK), False
    last_us = opened_us
    for chunk in chunks:
        up, at_us = chunk.up, max(last_us + 1, opened_us + chunk.at_us)
        for offset in range(0, len(chunk.data), wire.mss):
            part = chunk.data[offset : offset + wire.mss]
            flags = ACK | (PSH if offset + wire.mss >= len(chunk.data) else 0)
            yield at_us, up, tcp_frame(ways[up], sent[up], sent[not up], flags, part), True
            sent[up] += len(part)
            last_us, at_us = at_us, at_us + 12
        yield last_us + half_us // 2, not up, tcp_frame(ways[not up], sent[not up], sent[up], ACK), False
    yield from _ending(wire, ways, sent, last_us + 2 * half_us)


def _ending(
    wire: Wire, ways: dict[bool, Way], sent: dict[bool, int], at_us: int
) -> Iterator[tuple[int, bool, bytes, bool]]:
    if wire.ending == "rst":
        yield at_us, False, tcp_frame(ways[False], sent[False], sent[True], RST | ACK), False
    elif wire.ending == "fin":
        half_us = max(1, round(wire.rtt_ms * 500))
        yield at_us, True, tcp_frame(ways[True], sent[True], sent[False], FIN | ACK), False
        yield at_us + half_us, False, tcp_frame(ways[False], sent[False], sent[True] + 1, FIN | ACK), False
        yield at_us + 2 * half_us, True, tcp_frame(ways[True], sent[True] + 1, sent[False] + 1, ACK), False


def _lookup_packets(lookup: Lookup) -> list[Packet]:
    """A question and its answer."""
    up, down = ways_between(lookup.client, lookup.resolver, lookup.wire)
    addresses = [ipaddress.ip_address(text) for text in lookup.answers]
    kind = 28 if addresses and addresses[0].version == 6 else 1
    number = Random(f"{lookup.name}{lookup.client}{lookup.at}").getrandbits(16)  # noqa: S311 - repeatable, not secret
    labels = b"".join(bytes([len(part)]) + part.encode("idna") for part in lookup.name.split("."))
    question = labels + b"\0" + struct.pack("!HH", kind, 1)
    asked = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + question
    records = b"".join(
        struct.pack("!HHHIH", 0xC00C, kind, 1, lookup.ttl, len(address.packed)) + address.packed
        for address in addresses
    )
    code = 0x8180 if addresses else 0x8183
    answered = struct.pack("!HHHHHH", number, code, 1, len(addresses), 0, 0) + question + records
    at_us = to_us(lookup.at)
    return [(at_us, udp_frame(up, asked)), (at_us + round(lookup.wire.rtt_ms * 1000), udp_frame(down, answered))]
