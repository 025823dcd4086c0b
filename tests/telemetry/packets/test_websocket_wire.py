"""WebSocket: text messages behind the handshake, masked, fragmented, compressed, among binary frames."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.packets.jsonstream import KEPT_BYTES, Text
from minewarden.telemetry.packets.websocket_wire import WebSocketStream
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import Dialogue

AUTH, JOB = b'{"type":"auth","params":{"site_key":"k"}}', b'{"type":"job","params":{"job_id":"1"}}'
ASK = (
    b"GET /proxy HTTP/1.1\r\nHost: ws.example.org\r\nUser-Agent: Firefox\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)
AGREE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def frame(body: bytes, kind: int = 1, *, mask: bytes = b"", final: bool = True, packed: bool = False) -> bytes:
    head = bytes([(0x80 if final else 0) | (0x40 if packed else 0) | kind])
    flag = 0x80 if mask else 0
    if len(body) < 126:
        head += bytes([flag | len(body)])
    elif len(body) < 65_536:
        head += bytes([flag | 126]) + struct.pack(">H", len(body))
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", len(body))
    if mask:
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))
    return head + mask + body


def test_behind_the_handshake(read: Callable[..., Any]) -> None:
    dialogue = Dialogue(dport=80).open().say(0, ASK).say(1, AGREE + frame(JOB))
    stream = frame(AUTH, mask=b"\1\2\3\4") + frame(b"", 9, mask=b"\5\6\7\x08") + frame(AUTH, mask=b"\xaa\0\xbb\1")
    dialogue.say(0, stream[:3], stream[3:30], stream[30:]).say(1, frame(b"plain words"), frame(JOB))
    found, rejects = read(PcapReader(), wire.pcap(dialogue.packets))
    assert rejects == []
    assert [row["body"] for row in found["message"]] == [JOB, AUTH, AUTH, JOB]
    for row in found["message"]:
        assert (row["carrier"], row["http_host"], row["http_agent"]) == ("websocket", "ws.example.org", "Firefox")
    assert found["http"][0]["status"] == 101


def test_a_refused_upgrade_goes_on_as_http(read: Callable[..., Any]) -> None:
    body = b'{"method":"getwork","id":1}'
    post = b"POST / HTTP/1.1\r\nHost: ws.example.org\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    dialogue = Dialogue(dport=80).open().say(0, ASK).say(1, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    found, _ = read(PcapReader(), wire.pcap(dialogue.say(0, post).packets))
    assert [(row["method"], row["status"]) for row in found["http"]] == [("GET", 400), ("POST", None)]
    assert [row["body"] for row in found["message"]] == [body]


def test_server_frames_without_the_handshake(read: Callable[..., Any]) -> None:
    long = b'{"type":"job","params":{"blob":"' + b"0" * 200 + b'"}}'
    found, _ = read(PcapReader(), wire.pcap(Dialogue(dport=80).say(1, frame(JOB)).say(1, frame(long)).packets))
    assert [row["body"] for row in found["message"]] == [JOB, long]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_frames_cut_anywhere(size: int) -> None:
    long = b'{"a":"' + b"x" * 70_000 + b'"}'
    stream = (
        frame(b"\0" * 300, 2) + frame(AUTH[:9], final=False) + frame(b"ping", 9)
        + frame(AUTH[9:], 0, mask=b"abcd") + frame(long) + frame(JOB)
    )  # fmt: skip
    reader = WebSocketStream()
    found = [text for at in range(0, len(stream), size) for text in reader.feed(stream[at : at + size])]
    assert found == [Text(AUTH), Text(long[:KEPT_BYTES], cut=True), Text(JOB)]
    assert reader.weight == 0


def test_compressed_messages_with_a_shared_window() -> None:
    packer, stream = zlib.compressobj(wbits=-15), b""
    for _ in range(3):
        stream += frame((packer.compress(JOB) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4], packed=True)
    assert WebSocketStream().feed(stream) == [Text(JOB)] * 3


def test_a_bomb_is_bounded() -> None:
    packer = zlib.compressobj(wbits=-15)
    body = packer.compress(b" " * 20_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)
    (text,) = WebSocketStream().feed(frame(body[:-4], packed=True))
    assert (len(text.body), text.cut) == (KEPT_BYTES, True)


def test_large_frames_are_not_kept() -> None:
    reader = WebSocketStream()
    assert reader.feed(frame(bytes(500_000), 2)[:1000]) == []
    assert reader.weight == 0
    reader.feed(bytes(500_000 + 10 - 1000) + frame(JOB)[:4])
    assert reader.feed(frame(JOB)[4:]) == [Text(JOB)]


def test_what_is_not_frames_is_lost() -> None:
    reader = WebSocketStream()
    assert reader.feed(b"\xf3 no frames") == []
    assert reader.lost


@given(st.binary(max_size=600), st.lists(st.integers(1, 40), max_size=30))
def test_whatever_comes_is_taken_in_any_pieces(noise: bytes, cuts: list[int]) -> None:
    whole, cut = WebSocketStream(), WebSocketStream()
    found, rest = list[Text](), noise
    for at in cuts:
        found += cut.feed(rest[:at])
        rest = rest[at:]
    found += cut.feed(rest)
    assert found == whole.feed(noise)
    assert cut.weight <= len(noise) + KEPT_BYTES


@given(
    st.lists(st.tuples(st.sampled_from([AUTH, JOB, b"plain"]), st.booleans(), st.binary(min_size=4, max_size=4))),
    st.integers(1, 50),
)
def test_frames_say_the_same_masked_fragmented_and_cut(said: list[tuple[bytes, bool, bytes]], size: int) -> None:
    stream = b"".join(
        frame(body[:3], mask=mask, final=False) + frame(body[3:], 0) if split else frame(body, mask=mask)
        for body, split, mask in said
    )
    reader = WebSocketStream()
    found = [text for at in range(0, len(stream), size) for text in reader.feed(stream[at : at + size])]
    assert found == [Text(body) for body, _, _ in said]
