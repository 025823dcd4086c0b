"""What is kept of connections that are not read as text, and what is not."""

from collections.abc import Callable
from typing import Any

import pytest

from minewarden.telemetry.packets import shapes
from minewarden.telemetry.reader import Reject
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import CLIENT, PSH, SERVER, START_US, Dialogue

Rows = dict[str, list[dict[str, Any]]]
SECOND = 1_000_000


@pytest.fixture
def records(read: Callable[..., tuple[Rows, list[Reject]]]) -> Callable[..., list[dict[str, Any]]]:
    def of(*talks: Dialogue) -> list[dict[str, Any]]:
        packets = sorted(packet for talk in talks for packet in talk.packets)
        found, rejects = read(PcapReader(), wire.pcap(packets))
        assert rejects == []
        return found.get("record", [])

    return of


def opaque(length: int, first: int = 0x99) -> bytes:
    return bytes([first]) + b"\x80" * (length - 1)


def lasting(seconds: int = 30, **ends: Any) -> Dialogue:
    """A connection in which the server says 200 bytes every second."""
    talk = Dialogue(**ends).open().say(0, opaque(100))
    for _ in range(seconds):
        talk.now += SECOND
        talk.say(1, opaque(200))
    return talk


def test_sizes_directions_and_places(records: Callable[..., Any]) -> None:
    found = records(lasting())
    first, second = found[:2]
    assert (first["src"], first["dst"], first["dst_port"]) == (CLIENT, SERVER, 3333)
    assert (first["from_client"], first["number"], first["length"], first["kind"]) == (True, 0, 100, "raw")
    assert (second["from_client"], second["number"], second["length"]) == (False, 0, 200)
    assert [row["number"] for row in found[1:]] == list(range(30))
    assert {row["stream"] for row in found} == {1}
    assert first["row"] == 4
    assert first["ts"] == START_US + 4000


def test_short_connections_and_text_are_left_out(records: Callable[..., Any]) -> None:
    text = Dialogue(sport=40_001).open()
    for _ in range(30):
        text.now += SECOND
        text.say(1, b'{"jsonrpc":"2.0","method":"x"}\n')
    assert records(lasting(seconds=5), text) == []


def test_what_is_sent_again_counts_once(records: Callable[..., Any]) -> None:
    talk = lasting()
    again = talk.packets[10]
    talk.packets.append((again[0] + 300_000, again[1]))
    probe = wire.tcp(SERVER, 3333, CLIENT, 40_000, talk.seq[1] - 1, talk.seq[0], PSH, b"\0")
    talk.packets.append((talk.now + SECOND, probe))
    assert len(records(talk)) == 31


def test_after_the_first_segments_only_messages_are_kept(records: Callable[..., Any]) -> None:
    talk = lasting()
    talk.now += SECOND
    talk.say(1, opaque(300), opaque(300), opaque(50))
    found = records(talk)
    assert [row["length"] for row in found[-2:]] == [200, 650]


def test_the_first_segments_are_kept_one_by_one(records: Callable[..., Any]) -> None:
    talk = Dialogue().open().say(0, opaque(100)).say(1, opaque(1400), opaque(400))
    talk.now += 30 * SECOND
    found = records(talk.say(1, opaque(90)))
    assert [row["length"] for row in found] == [100, 1400, 400, 90]


def test_records_of_tls_are_named(records: Callable[..., Any]) -> None:
    talk = Dialogue().open()
    for first in (20, 21, 22, 23, 24):
        talk.now += 10 * SECOND
        talk.say(0, bytes([first, 3, 3, 0, 1, 99]))
    assert [row["kind"] for row in records(talk)] == ["ccs", "alert", "handshake", "appdata", "raw"]


def test_bytes_are_kept_of_a_first_segment_of_64_only(records: Callable[..., Any]) -> None:
    key = bytes(range(128, 192))
    talk = Dialogue().open().say(0, key).say(1, opaque(64, 0x98), key)
    talk.now += 30 * SECOND
    heads = [row["head"] for row in records(talk.say(0, key))]
    assert heads == [key, opaque(64, 0x98), None, None]


def test_bulk_is_given_up(records: Callable[..., Any]) -> None:
    talk = Dialogue(step=100).open()
    for _ in range(40):
        talk.now += SECOND
        talk.say(1, *[opaque(1400)] * 100)
    assert len(records(talk)) < 100


def test_no_direction_gives_endless_rows(records: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_PER_SIDE", 10)
    found = records(lasting(seconds=60))
    assert sum(not row["from_client"] for row in found) == 10


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any]) -> None:
    monkeypatch.setattr(shapes, "ROWS_AT_ONCE", 1)
    talks = [Dialogue(sport=1024 + n, step=1).open().say(0, opaque(100)) for n in range(200)]
    small = shapes.Shapes(1, 0, most_held=20)
    monkeypatch.setattr("minewarden.telemetry.readers.pcap.Shapes", lambda origin, shift: small)
    read(PcapReader(), wire.pcap(sorted(packet for talk in talks for packet in talk.packets)))
    assert sum(len(part) for part in small._held) <= 20


def test_ports_opened_again_are_another_connection(records: Callable[..., Any]) -> None:
    first = lasting()
    later = lasting(now=first.now + SECOND, seq=[50_000_000, 90_000_000])
    found = records(first, later)
    assert {row["number"] for row in found if row["from_client"]} == {0}
    assert len({row["stream"] for row in found}) == 1
