"""HTTP: requests joined with responses, and JSON in bodies of every framing."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.packets.http_wire import Head, HttpStream, parse_head
from minewarden.telemetry.packets.jsonstream import KEPT_BYTES, Text
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import Dialogue

WORK = b'{"method":"getwork","params":[],"id":1}'
REPLY = b'{"result":{"data":"00"},"error":null,"id":1}'
Tables = dict[str, list[dict[str, Any]]]
Rows = Callable[[Dialogue], Tables]


@pytest.fixture
def rows(read: Callable[..., Any]) -> Rows:
    def of(dialogue: Dialogue) -> Tables:
        found, rejects = read(PcapReader(), wire.pcap(dialogue.packets))
        assert rejects == []
        return found  # type: ignore[no-any-return]

    return of


def request(body: bytes = WORK, more: bytes = b"") -> bytes:
    head = b"POST /rpc HTTP/1.1\r\nHost: Node.Example.org:3333\r\nUser-Agent: cgminer 4.9\r\n" + more
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def response(body: bytes = REPLY, more: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        + more
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


def said(tables: Tables) -> list[bytes]:
    return [row["body"] for row in tables.get("message", [])]


def test_a_request_and_its_response(rows: Rows) -> None:
    found = rows(Dialogue(dport=80).open().say(0, request()).say(1, response()))
    (row,) = found["http"]
    assert (row["host"], row["method"], row["uri"], row["agent"], row["status"]) == (
        "node.example.org", "POST", "/rpc", "cgminer 4.9", 200)  # fmt: skip
    assert (row["src"], row["row"]) == (wire.CLIENT, 4)
    assert said(found) == [WORK, REPLY]
    for message in found["message"]:
        assert (message["carrier"], message["http_host"], message["http_agent"]) == (
            "http", "node.example.org", "cgminer 4.9")  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 40, 200])
def test_cut_anywhere(rows: Rows, size: int) -> None:
    stream = request() * 2
    dialogue = Dialogue(dport=80).open()
    dialogue.say(0, *(stream[at : at + size] for at in range(0, len(stream), size)))
    found = rows(dialogue.say(1, response() + response()))
    assert said(found) == [WORK, WORK, REPLY, REPLY]
    assert [row["status"] for row in found["http"]] == [200, 200]


def test_chunks(rows: Rows) -> None:
    body = b"5;x=y\r\n" + REPLY[:5] + b"\r\n%x\r\n" % (len(REPLY) - 5) + REPLY[5:] + b"\r\n0\r\nTrailer: a\r\n\r\n"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    dialogue = Dialogue(dport=80).open().say(0, request() + request())
    for at in range(0, len(chunked), 11):
        dialogue.say(1, chunked[at : at + 11])
    found = rows(dialogue.say(1, response()))
    assert said(found) == [WORK, WORK, REPLY, REPLY]
    assert [row["status"] for row in found["http"]] == [200, 200]


def test_packed_bodies(rows: Rows) -> None:
    packed = response(gzip.compress(REPLY), b"Content-Encoding: gzip\r\n")
    assert said(rows(Dialogue(dport=80).open().say(0, request()).say(1, packed[:90], packed[90:]))) == [WORK, REPLY]


def test_a_body_until_the_end_of_the_connection(rows: Rows) -> None:
    open_end = b"HTTP/1.0 200 OK\r\n\r\n" + REPLY
    assert said(rows(Dialogue(dport=80).open().say(0, request()).say(1, open_end[:30], open_end[30:]).close())) == [
        WORK,
        REPLY,
    ]


def test_bodies_that_are_not_json_are_left_out_and_the_next_head_is_found(rows: Rows) -> None:
    page = response(b"<html>{" + b"x" * 5000 + b"</html>")
    dialogue = Dialogue(dport=80).open().say(0, request(), request())
    stream = page + response()
    for at in range(0, len(stream), 700):
        dialogue.say(1, stream[at : at + 700])
    found = rows(dialogue)
    assert said(found) == [WORK, WORK, REPLY]
    assert [row["status"] for row in found["http"]] == [200, 200]


def test_a_script_that_starts_with_a_brace_is_no_message(rows: Rows) -> None:
    assert said(rows(Dialogue(dport=80).open().say(0, request(b"")).say(1, response(b"{ let a = 1; }")))) == []


def test_no_body_follows_a_head_request(rows: Rows) -> None:
    asked = b"HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n"
    told = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
    found = rows(Dialogue(dport=80).open().say(0, asked).say(1, told).say(0, request()).say(1, response()))
    assert [(row["method"], row["status"]) for row in found["http"]] == [("HEAD", 200), ("POST", 200)]


def test_go_on_is_not_the_answer(rows: Rows) -> None:
    dialogue = Dialogue(dport=80).open().say(0, request()).say(1, b"HTTP/1.1 100 Continue\r\n\r\n", response())
    assert [row["status"] for row in rows(dialogue)["http"]] == [200]


def test_one_direction_alone(rows: Rows) -> None:
    (asked,) = rows(Dialogue(dport=80).say(0, request()))["http"]
    assert (asked["method"], asked["status"], asked["src"]) == ("POST", None, wire.CLIENT)
    (told,) = rows(Dialogue(dport=80).say(1, response()))["http"]
    assert (told["method"], told["status"], told["src"]) == (None, 200, wire.CLIENT)


def test_mining_through_a_proxy(rows: Rows) -> None:
    """CONNECT opens a tunnel; what is spoken in it is plain again."""
    login = b'{"id":1,"method":"login","params":{"login":"w"}}\n'
    dialogue = (
        Dialogue(dport=8080)
        .open()
        .say(0, b"CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org:3333\r\n\r\n")
    )
    found = rows(dialogue.say(1, b"HTTP/1.1 200 Connection established\r\n\r\n").say(0, login).say(1, REPLY + b"\n"))
    assert said(found) == [login.strip(), REPLY]
    assert found["http"][0]["uri"] == "pool.example.org:3333"


def test_a_lost_segment_of_a_download_hides_no_later_request(rows: Rows) -> None:
    dialogue = Dialogue(dport=80).open().say(0, request()).say(1, response(b"x" * 3000)[:1000]).lose(1, b"x" * 1000)
    dialogue.say(1, b"x" * (len(response(b"x" * 3000)) - 2000)).wait(1).say(0, request()).say(1, response())
    assert said(rows(dialogue)) == [WORK, WORK, REPLY]


@pytest.mark.parametrize(
    ("host", "expected"),
    [(b"A.example:80", "a.example"), (b"[2001:db8::1]:80", "2001:db8::1"), (b"a.example.", "a.example"), (b"", None)],
)
def test_hosts(host: bytes, expected: str | None) -> None:
    head = parse_head(b"GET / HTTP/1.1\r\nHost: " + host)
    assert head is not None
    assert head.host == expected


@pytest.mark.parametrize("raw", [b"", b"GET / HTTP/2.0", b"get / HTTP/1.1", b"HTTP/1.1 99", b"GET  / HTTP/1.1"])
def test_what_is_no_head(raw: bytes) -> None:
    assert parse_head(raw) is None


def test_a_small_body_cannot_unpack_to_endless_messages(rows: Rows) -> None:
    bomb = response(gzip.compress(b'{"a":1}\n' * 100_000), b"Content-Encoding: gzip\r\n")
    found = rows(Dialogue(dport=80).open().say(0, request()).say(1, bomb).say(0, request()).say(1, response()))
    assert len(said(found)) <= 300
    assert found["http"][-1]["status"] == 200


@given(st.binary(max_size=600), st.lists(st.integers(1, 40), max_size=30))
def test_whatever_comes_is_taken_in_any_pieces_and_bounded(noise: bytes, cuts: list[int]) -> None:
    heads, texts = list[Head](), list[Text]()
    stream = HttpStream(lambda head: bool(heads.append(head)) or True, texts.append)
    for piece in pieces(noise, cuts):
        stream.feed(piece)
    assert stream.weight <= len(noise) + KEPT_BYTES
    assert parse_head(noise) is None or noise.split(b"\r\n")[0].count(b" ") >= 1


BODIES = st.lists(st.sampled_from([WORK, b'{"a":1}', b"[1]", b""]), max_size=5)


@given(BODIES, st.lists(st.integers(1, 60), max_size=40))
def test_requests_are_the_same_in_any_pieces(bodies: list[bytes], cuts: list[int]) -> None:
    def told(parts: list[bytes]) -> tuple[list[Head], list[Text]]:
        heads, texts = list[Head](), list[Text]()
        stream = HttpStream(lambda head: bool(heads.append(head)) or True, texts.append)
        for part in parts:
            stream.feed(part)
        return heads, texts

    whole = b"".join(request(body) for body in bodies)
    assert told(pieces(whole, cuts)) == told([whole])
    assert len(told([whole])[0]) == len(bodies)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    out = []
    for cut in cuts:
        out.append(data[:cut])
        data = data[cut:]
    return [part for part in (*out, data) if part]
