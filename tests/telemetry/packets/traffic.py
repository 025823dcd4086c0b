"""Captures of invented traffic, drawn from a seed: handshakes whole and torn, text, names, and all that goes wrong."""

import random
import struct

from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import Dialogue, Packet

LINES = (
    b'{"id":1,"method":"mining.subscribe","params":[]}\n',
    b'{"id":null,"method":"mining.notify","params":["1f",true]}\n',
    b'{"id":2,"result":true,"error":null}\n',
)
_GET = b"GET /x%d HTTP/1.1\r\nHost: site.example\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
_CCS = b"\x14\x03\x03\0\x01\x01"


def _data(dice: random.Random, size: int) -> bytes:
    return b"\x17\x03\x03" + struct.pack(">H", size) + dice.randbytes(size)


def _split(dice: random.Random, data: bytes) -> list[bytes]:
    cut = dice.randrange(1, len(data))
    return [data[:cut], data[cut:]] if dice.random() < 0.4 else [data]


def _extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, len(body)) + body


def record(kind: int, body: bytes) -> bytes:
    """A handshake message alone in its record."""
    message = bytes([kind]) + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def client_hello(dice: random.Random) -> bytes:
    """The record of a client hello, with extensions in any order, some of them twice."""
    name = dice.choice((b"a.example", b"Pool.EXAMPLE.", b"b\x01d.example", b"", b"\xff\xfe", b"x" * 300))
    fields = [
        _extension(0, struct.pack(">HBH", len(name) + 3, dice.choice((0, 0, 0, 1)), len(name)) + name),
        _extension(10, b"\0\x04\x4a\x4a\0\x1d"),
        _extension(13, b"\0\x04\x04\x03\x08\x04"),
        _extension(16, dice.choice((b"\0\x03\x02h2", b"\0\x0c\x02h2\x08http/1.1", b"\0\x02\x01\xe9"))),
        _extension(43, dice.choice((b"\x04\x03\x04\x03\x03", b"\x02\x03\x03", b""))),
        *(_extension(50 + number, b"") for number in range(dice.choice((0, 2, 80)))),
    ]
    fields = dice.choices(fields, k=dice.randrange(7)) if dice.random() < 0.5 else dice.sample(fields, len(fields))
    extensions = b"".join(fields)
    ciphers = struct.pack(">6H", *dice.sample((0x1301, 0x1302, 0x0A0A, 0xC02B, 0xC02F, 0x2F, 0x35, 0x1303), 6))
    body = b"\x03\x03" + dice.randbytes(32) + dice.choice((b"\0", b"\x20" + bytes(32)))
    body += struct.pack(">H", len(ciphers)) + ciphers + b"\1\0"
    return record(1, body + struct.pack(">H", len(extensions)) + extensions)


def server_hello(dice: random.Random) -> bytes:
    """The record of a server hello."""
    supported = dice.choice((_extension(43, b"\x03\x04"), _extension(43, b"\3"), b"", _extension(0, b"") * 2))
    legacy = dice.choice((b"\3\3", b"\3\1"))
    return record(2, legacy + bytes(32) + b"\0\x13\1\0" + struct.pack(">H", len(supported)) + supported)


def _der(kind: int, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return bytes([kind, 0x82]) + len(body).to_bytes(2) + body


def certificate(name: bytes) -> bytes:
    """The record of a certificate message."""
    named = _der(0x30, _der(0x31, _der(0x30, b"\x06\x03\x55\x04\x03", _der(0x0C, name))))
    empty = _der(0x30)
    der = _der(0x30, _der(0x30, b"\x02\x01\x01", empty, named, empty, named, empty))
    return record(11, (len(der) + 3).to_bytes(3) + len(der).to_bytes(3) + der)


def _tls(dice: random.Random, talk: Dialogue) -> None:
    record = client_hello(dice)
    if dice.random() < 0.2:
        record = record[: dice.randrange(6, len(record))]
    if dice.random() < 0.2:
        spoilt = bytearray(record)
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        record = bytes(spoilt)
    talk.say(0, *_split(dice, record + dice.choice((b"", b"", b"", _CCS, record))))
    follow = dice.choice((b"", _CCS, _data(dice, 40), certificate(b"c.example"), b"\x16\x03\x03\0\x04\x0e\0\0\0"))
    answers = [server_hello(dice) + follow, dice.choice((_data(dice, 90), _CCS, certificate(b"d.example")))]
    if dice.random() < 0.3:
        answers.insert(dice.randrange(2), dice.choice((b"\x15\x03\x03\0\x02\2\x28", b" \0{}", b"\x16\x03\x03\0")))
    for answer in answers[: dice.randrange(4)]:
        talk.say(1, *_split(dice, answer))
        talk.wait(dice.choice((0, 0.1, 3)))
        talk.say(0, _data(dice, dice.randrange(1, 60)))


def _text(dice: random.Random, talk: Dialogue) -> None:
    for _ in range(dice.randrange(1, 9)):
        talk.say(dice.randrange(2), *_split(dice, b"".join(dice.choices(LINES, k=dice.randrange(1, 3)))))
        talk.wait(dice.choice((0, 0, 4, 30)))


def _web(dice: random.Random, talk: Dialogue) -> None:
    for number in range(dice.randrange(1, 4)):
        size = dice.choice((0, 5, 3000))
        body = dice.choice((LINES[2] + bytes(size), dice.randbytes(size), b" " * size + LINES[0]))
        talk.say(0, *_split(dice, _GET % number))
        talk.say(1, *_split(dice, _OK % len(body) + body[:1400]), *([body[1400:]] if len(body) > 1400 else []))


def _push(dice: random.Random, talk: Dialogue) -> None:
    for _ in range(dice.randrange(40)):
        talk.wait(dice.choice((0, 0.2, 2)))
        talk.say(dice.randrange(2), dice.choice((b"\x99" + dice.randbytes(dice.randrange(1, 200)), bytes(64))))


def _names(dice: random.Random) -> list[Packet]:
    label = b"h%d" % dice.randrange(4)
    question = bytes([len(label)]) + label + b"\x07Example\x03org\0\0\1\0\1"
    number, port = dice.randrange(3), 1024 + dice.randrange(3)
    asked = struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0) + question
    told = struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) + question
    told += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + dice.randbytes(4)
    packets = [wire.udp("10.0.0.9", port, "192.0.2.53", 53, asked), wire.udp("192.0.2.53", 53, "10.0.0.9", port, told)]
    return [(wire.START_US + dice.randrange(10_000_000), packet) for packet in packets[: dice.randrange(1, 3)]]


def _went_wrong(dice: random.Random, packets: list[Packet]) -> list[Packet]:
    """Lost, doubled, overtaken, torn and spoilt."""
    out: list[Packet] = []
    for ts, packet in packets:
        luck = dice.random()
        if luck < 0.02:
            continue
        if luck < 0.04:
            packet = packet[: dice.randrange(1, len(packet))]
        elif luck < 0.06:
            spoilt = bytearray(packet)
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
            packet = bytes(spoilt)
        elif luck < 0.08:
            ts += dice.randrange(-(10**13), 10**13)
        out.extend([(max(0, ts), packet)] * (2 if luck > 0.96 else 1))
        if luck > 0.9 and len(out) > 3:
            out[-1], out[-2] = out[-2], out[-1]
    return out


def packets(seed: int, *, flows: int = 12) -> list[Packet]:
    """The packets of a few connections, mingled."""
    dice = random.Random(seed)
    found: list[Packet] = []
    for number in range(flows):
        six = dice.random() < 0.25
        ends = {"client": wire.CLIENT6, "server": wire.SERVER6} if six else {}
        seq = [dice.choice((5, 0xFFFFFF00, dice.randrange(1 << 32))), dice.choice((9, 0xFFFFFFF0))]
        port = dice.choice((443, 3333, 80, 53, 65_000))
        talk = Dialogue(
            sport=40_000 + number % 8, dport=port, seq=seq, now=wire.START_US + dice.randrange(10**7), **ends
        )
        if dice.random() < 0.85:
            talk.open()
        dice.choice((_tls, _tls, _text, _web, _push))(dice, talk)
        if dice.random() < 0.5:
            talk.close()
        found += talk.packets
    for _ in range(dice.randrange(8)):
        found += _names(dice)
    found.sort(key=lambda packet: packet[0])
    if dice.random() < 0.3:
        found.append((wire.START_US, wire.ip_packet(wire.CLIENT, wire.SERVER, 6, bytes(24), fragment=0x2003)))
        extended = wire.ip_packet(wire.CLIENT6, wire.SERVER6, 6, bytes(24), options=b"\x06\0\1\4\0\0\0\0")
        found.append((wire.START_US, extended))
    return _went_wrong(dice, found) if dice.random() < 0.7 else found


def capture(seed: int) -> bytes:
    """A capture in one of the forms that there are, sometimes spoilt or cut."""
    dice = random.Random(seed ^ 0x5EED)
    order, link = dice.choice("<>"), dice.choice((1, 1, 1, 101, 113, 276, 0, 108))
    tags = dice.choice(((), (), (0x8100,), (0x88A8, 0x8100), (0x8100, 0x8864))) if link in (1, 113) else ()
    made = packets(seed)
    if dice.random() < 0.5:
        snap = dice.choice((262_144, 262_144, 262_144, 96))
        data = wire.pcap(made, link=link, order=order, nano=dice.random() < 0.5, tags=tags, snap=snap)
    else:
        data = wire.section(order) + wire.interface(link, order) + wire.interface(101, order, resolution=9)
        for ts, packet in made:
            kind = dice.randrange(8)
            if kind == 0:
                data += wire.simple(wire.frame(packet, link, tags), order)
            elif kind == 1:
                data += wire.old_packet(wire.frame(packet, link, tags), ts, order)
            elif kind == 2:
                data += wire.enhanced(packet, ts * 1000, order, number=1)
            else:
                data += wire.enhanced(wire.frame(packet, link, tags), ts, order)
    if dice.random() < 0.3:
        spoilt = bytearray(data)
        for _ in range(dice.randrange(1, 5)):
            spoilt[dice.randrange(28, len(spoilt))] = dice.randrange(256)
        data = bytes(spoilt)
    return data[: dice.randrange(60, len(data))] if dice.random() < 0.2 else data
