"""Hellos that wait for their answers: written with what the server chose, or without, and never more than so many."""

import io
from pathlib import Path
from random import Random
from typing import Any

import pytest

from minewarden.telemetry.packets import classic, handshakes
from minewarden.telemetry.packets.conversation import Conversation
from minewarden.telemetry.reader import Batch, Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import traffic, wire
from tests.telemetry.packets.wire import Dialogue, Packet

HELLO = traffic.client_hello(Random(3))
ANSWER = traffic.record(2, b"\3\3" + bytes(32) + b"\0\x13\1\0\0\x06\0\x2b\0\2\3\4")
OLDER = traffic.record(2, b"\3\3" + bytes(32) + b"\0\xc0\x2f\0\0\0")


def tls(packets: list[Packet], compile_after: int = -1) -> list[dict[str, Any]]:
    data, found = wire.pcap(packets), []
    for item in PcapReader(compile_after=compile_after).read(Source(1, "c", Path("c"), Head(data), io.BytesIO(data))):  # type: ignore[arg-type]
        if isinstance(item, Batch) and item.table == "tls":
            found += item.rows.to_pylist()
    return found


@pytest.fixture
def no_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a plain handshake needs no conversation")

    monkeypatch.setattr(Conversation, "segment", refuse)


@pytest.mark.usefixtures("no_conversation")
def test_a_plain_handshake_needs_no_conversation() -> None:
    (row,) = tls(Dialogue().open().say(0, HELLO).say(1, ANSWER).say(0, b"\x17\x03\x03\0\1x").packets)
    assert (row["version"], row["has_hello"], row["row"], row["hello_length"]) == ("TLS 1.3", True, 4, len(HELLO))
    assert (row["src"], row["src_port"], row["dst_port"]) == (wire.CLIENT, 40_000, 3333)


@pytest.mark.usefixtures("no_conversation")
def test_a_hello_in_several_segments() -> None:
    (row,) = tls(Dialogue().open().say(0, HELLO[:50], HELLO[50:90], HELLO[90:]).say(1, ANSWER).packets)
    assert (row["version"], row["row"]) == ("TLS 1.3", 6)


@pytest.mark.usefixtures("no_conversation")
def test_without_an_answer_the_client_says_the_version() -> None:
    (row,) = tls(Dialogue().open().say(0, HELLO).packets)
    assert row["has_hello"]
    assert row["version"]


@pytest.mark.parametrize("compile_after", [-1, 1 << 60])
@pytest.mark.parametrize("size", [100, 250, 8 << 20])
def test_ports_that_are_opened_again_behind_a_hello_without_answer(
    compile_after: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second connection is told apart wherever the pieces of the file end."""
    monkeypatch.setattr(classic, "CHUNK_BYTES", size)
    first = Dialogue().open().say(0, HELLO)
    second = Dialogue(now=first.now + 1_000_000, seq=[700_000, 800_000]).open().say(0, HELLO).say(1, ANSWER)
    unanswered, answered = sorted(tls(first.packets + second.packets, compile_after), key=lambda row: row["row"])
    assert (unanswered["row"], answered["row"]) == (4, 8)
    assert unanswered["version"] == tls(first.packets)[0]["version"]
    assert answered["version"] == "TLS 1.3"


def test_a_certificate_is_read_by_a_conversation() -> None:
    talk = Dialogue().open().say(0, HELLO).say(1, OLDER + traffic.certificate(b"c.example"))
    (row,) = tls(talk.packets)
    assert (row["version"], row["subject"], row["hello_length"]) == ("TLS 1.2", "CN=c.example", len(HELLO))


def test_what_waits_is_bounded_and_written(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    original = handshakes.Handshakes._keep

    def keep(self: handshakes.Handshakes, greetings: Any) -> None:
        original(self, greetings)
        kept.append(len(self._waiting))

    monkeypatch.setattr(handshakes.Handshakes, "_keep", keep)
    monkeypatch.setattr(handshakes.Handshakes.__init__, "__defaults__", (16,))
    talks = [Dialogue(sport=1024 + number).open().say(0, HELLO) for number in range(100)]
    found = tls([packet for talk in talks for packet in talk.packets])
    assert sorted(row["src_port"] for row in found) == [1024 + number for number in range(100)]
    assert max(kept) <= 16


def test_prints_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "MOST_PRINTS", 4)
    talks = [Dialogue(sport=1024 + n).open().say(0, traffic.client_hello(Random(n))) for n in range(60)]
    found = tls([packet for talk in talks for packet in talk.packets])
    assert len(found) == 60
    assert len({row["ja3"] for row in found}) > 20
