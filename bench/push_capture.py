"""Writes the connections of bench/push_world.py as captures, packet by packet, for programs that read nothing else.

Hellos are real ones in form: OpenSSL's as it comes, with other ciphers for other libraries, or a browser's; all else under
TLS is records of random bytes, and without TLS random bytes alone.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench.push_lake import SEGMENT_US
from bench.push_world import MSS, OPENSSL_JA4, Hello, Talk
from minewarden.simulator.dialogues.tls import browser_hello, openssl_hello
from minewarden.simulator.packets import ACK, FIN, PSH, SYN, tcp_frame, ways_between
from minewarden.simulator.session import Wire
from minewarden.vocab.net import Endpoint

_OTHER = {"c009": "c0ac", "c00a": "c0ad", "0033": "c09e"}
"""Ciphers put in place of OpenSSL's, so that the print is another's."""


def write_talks(
    path: Path, talks: Sequence[Talk], client: Endpoint, server: Endpoint, begin_us: int, seed: int = 0
) -> None:
    """Connections of one host and one server as a capture, from the client's port on. One joined late has no opening."""
    rng = Random(seed)
    packets: list[tuple[int, bytes]] = []
    for turn, talk in enumerate(talks):
        packets += _frames(talk, Endpoint(client.ip, client.port + turn), server, begin_us, rng)
    packets.sort(key=lambda packet: packet[0])
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for at_us, frame in packets:
            file.write(struct.pack("<IIII", at_us // 1_000_000, at_us % 1_000_000, len(frame), len(frame)) + frame)


def _frames(talk: Talk, client: Endpoint, server: Endpoint, begin_us: int, rng: Random) -> Iterator[tuple[int, bytes]]:
    ways = dict(zip((True, False), ways_between(client, server, Wire()), strict=True))
    first, last = (begin_us + round(float(at) * 1e6) for at in talk.at[[0, -1]])
    sent = {True: 100, False: 500}
    if talk.whole:
        yield first - 1000, tcp_frame(ways[True], 99, 0, SYN, mss=MSS)
        yield first - 600, tcp_frame(ways[False], 499, 100, SYN | ACK, mss=MSS)
        yield first - 200, tcp_frame(ways[True], 100, 500, ACK)
    for number, (seconds, up, size) in enumerate(
        zip(talk.at.tolist(), talk.up.tolist(), talk.size.tolist(), strict=True)
    ):
        body = _body(talk, up, size, number, rng)
        at_us = begin_us + round(seconds * 1e6)
        for part in range(0, len(body), MSS):
            piece = body[part : part + MSS]
            yield at_us + SEGMENT_US * (part // MSS), tcp_frame(ways[up], sent[up], sent[not up], ACK | PSH, piece)
            sent[up] += len(piece)
        yield at_us + 40_000, tcp_frame(ways[not up], sent[not up], sent[up], ACK)
    for up in (True, False):
        yield last + 60_000, tcp_frame(ways[up], sent[up], sent[not up], FIN | ACK)


def _body(talk: Talk, up: bool, size: int, number: int, rng: Random) -> bytes:
    if talk.hello is None:
        # Never a brace or a letter first: random bytes must not look like text.
        return b"\x80" + rng.randbytes(size - 1)
    if talk.whole and number == 0:
        return hello_bytes(talk.hello, rng)
    kind, inner = (22, b"\x02\0\0\x76\x03\x03") if talk.whole and number == 1 else (23, b"")
    rest = max(0, size - 5 - len(inner))
    return (struct.pack("!BHH", kind, 0x0303, len(inner) + rest) + inner + rng.randbytes(rest))[: max(size, 1)]


def hello_bytes(hello: Hello, rng: Random) -> bytes:
    """A hello that says this, as long as a real one of its kind is."""
    if hello.alpn:
        return browser_hello(rng, hello.sni or "www.example.org")
    made = openssl_hello(rng, hello.sni or "")
    if hello.ja4 == OPENSSL_JA4:
        return made
    begin = 5 + 4 + 2 + 32 + 1 + 32 + 2
    ciphers, rest = made[begin : begin + 62], made[begin + 62 :]
    pairs = [ciphers[n : n + 2].hex() for n in range(0, len(ciphers), 2)]
    return made[:begin] + bytes.fromhex("".join(_OTHER.get(pair, pair) for pair in pairs)) + rest
