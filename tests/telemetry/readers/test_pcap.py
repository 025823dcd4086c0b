"""Captures: containers, link layers, connections, and what is said when a file cannot be read whole."""

import io
import random
import struct
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from minewarden.telemetry.packets import blocks as blocks_module
from minewarden.telemetry.packets import classic
from minewarden.telemetry.packets.flows import FlowTable
from minewarden.telemetry.reader import Head, Reject, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.vocab.clock import SourceClock
from minewarden.vocab.errors import InputError
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import CLIENT, CLIENT6, SERVER, SERVER6, START_US, Dialogue

LOGIN = b'{"id":1,"method":"login","params":{"login":"wallet","pass":"x","agent":"XMRig/6.21"}}\n'
JOB = b'{"jsonrpc":"2.0","method":"job","params":{"blob":"00","job_id":"a"}}\n'

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def rows(read: Callable[..., tuple[Rows, list[Reject]]]) -> Callable[[bytes], Rows]:
    def of(data: bytes) -> Rows:
        assert PcapReader().recognises(Head(data[:65_536]))
        found, rejects = read(PcapReader(), data)
        assert rejects == []
        return found

    return of


def talk(**ends: Any) -> Dialogue:
    return Dialogue(**ends).open().say(0, LOGIN).say(1, JOB).close()


def bodies(rows: Rows) -> list[bytes]:
    return [row["body"] for row in rows.get("message", [])]


FORMS = [
    {"order": order, "nano": nano, "link": link, "tags": tags}
    for order, nano, link, tags in [
        ("<", False, 1, ()),
        (">", False, 1, ()),
        ("<", True, 1, ()),
        (">", True, 1, ()),
        ("<", False, 1, (0x8100,)),
        ("<", False, 1, (0x88A8, 0x8100)),
        ("<", False, 1, (0x8100, 0x8864)),
        ("<", False, 12, ()),
        ("<", False, 14, ()),
        ("<", False, 101, ()),
        ("<", False, 113, ()),
        ("<", False, 113, (0x8100,)),
        ("<", False, 276, ()),
        ("<", False, 0, ()),
        (">", False, 0, ()),
        ("<", False, 108, ()),
    ]
]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("ends", [{}, {"client": CLIENT6, "server": SERVER6}], ids=["ipv4", "ipv6"])
def test_every_form_gives_the_same_messages(rows: Callable[[bytes], Rows], form: Any, ends: Any) -> None:
    found = rows(wire.pcap(talk(**ends).packets, **form))
    assert bodies(found) == [LOGIN.strip(), JOB.strip()]
    first, second = found["message"]
    assert (first["sender"], first["sender_port"]) == (ends.get("client", CLIENT), 40_000)
    assert (second["sender"], second["receiver_port"]) == (ends.get("server", SERVER), 40_000)
    assert (first["opener"], second["opener"]) == (True, False)
    assert (first["row"], second["row"]) == (4, 5)
    assert first["ts"] == START_US + 4000
    assert first["stream"] == second["stream"] == 1


@pytest.mark.parametrize(("link", "ends"), [(228, {}), (229, {"client": CLIENT6, "server": SERVER6})])
def test_raw_links_of_one_version(rows: Callable[[bytes], Rows], link: int, ends: Any) -> None:
    assert bodies(rows(wire.pcap(talk(**ends).packets, link=link))) == [LOGIN.strip(), JOB.strip()]


def test_a_connection_row(rows: Callable[[bytes], Rows]) -> None:
    (row,) = rows(wire.pcap(talk().packets))["conn"]
    assert (row["src"], row["src_port"], row["dst"], row["dst_port"]) == (CLIENT, 40_000, SERVER, 3333)
    assert (row["packets_up"], row["packets_down"]) == (4, 3)
    assert (row["bytes_up"], row["bytes_down"]) == (4 * 40 + len(LOGIN), 3 * 40 + len(JOB))
    assert (row["ts"], row["until"]) == (START_US + 1000, START_US + 7000)
    assert (row["established"], row["proto"], row["service"], row["row"]) == (True, "tcp", "json", 1)


def test_a_syn_without_answer_is_not_established(rows: Callable[[bytes], Rows]) -> None:
    (row,) = rows(wire.pcap(Dialogue().open().packets[:1]))["conn"]
    assert (row["established"], row["src"], row["packets_down"]) == (False, CLIENT, 0)


def test_mid_stream_the_words_tell_the_client(rows: Callable[[bytes], Rows]) -> None:
    """The miner's port is the smaller one, and the pool speaks first."""
    found = rows(wire.pcap(Dialogue(sport=2000, dport=60_000).say(1, JOB).say(0, LOGIN).packets))
    assert (found["conn"][0]["src"], found["conn"][0]["dst_port"]) == (CLIENT, 60_000)
    assert [row["opener"] for row in found["message"]] == [None, None]


def test_the_same_ports_opened_again_are_another_connection(rows: Callable[[bytes], Rows]) -> None:
    first = talk()
    second = Dialogue(now=first.now, seq=[777_000, 888_000]).open().say(0, LOGIN)
    third = Dialogue(now=second.now, seq=[1_777_000, 1_888_000]).open().say(1, JOB)
    found = rows(wire.pcap(first.packets + second.packets + third.packets))
    assert [row["row"] for row in found["conn"]] == [1, 8, 12]
    assert [row["packets_up"] for row in found["conn"]] == [4, 3, 2]
    assert [row["stream"] for row in found["message"]] == [1, 1, 8, 12]


def test_a_syn_sent_twice_is_one_connection(rows: Callable[[bytes], Rows]) -> None:
    dialogue = Dialogue()
    dialogue.packets.append(dialogue._packet(0, 1000, wire.SYN))
    found = rows(wire.pcap(dialogue.open().say(0, LOGIN).packets))
    assert len(found["conn"]) == 1
    assert bodies(found) == [LOGIN.strip()]


def test_ipv4_options_and_ipv6_extensions(rows: Callable[[bytes], Rows]) -> None:
    four, six = talk().packets[3][1], talk(client=CLIENT6, server=SERVER6).packets[3][1]
    with_options = wire.ip_packet(CLIENT, SERVER, 6, four[20:], options=b"\x94\x04\0\0")
    extended = wire.ip_packet(CLIENT6, SERVER6, 6, six[40:], options=b"\x06\0\1\4\0\0\0\0")
    found = rows(wire.pcap([(START_US, with_options), (START_US + 1, extended)]))
    assert bodies(found) == [LOGIN.strip(), LOGIN.strip()]


def test_fragments_are_counted_and_the_first_is_used() -> None:
    packet = talk().packets[3][1]
    first = wire.ip_packet(CLIENT, SERVER, 6, packet[20:60], fragment=0x2000)
    later = wire.ip_packet(CLIENT, SERVER, 6, packet[60:], fragment=5)
    six = wire.ip_packet(CLIENT6, SERVER6, 44, struct.pack(">BBHI", 6, 0, 5 << 3, 1) + packet[60:])
    reader = PcapReader()
    run(reader, wire.pcap([(START_US, first), (START_US, later), (START_US, six)]))
    assert (reader.tally.segments, reader.tally.later_fragments, reader.tally.malformed) == (1, 2, 0)


def test_what_is_not_read_is_counted() -> None:
    arp = b"\xff" * 6 + b"\2\0\0\0\0\1\x08\x06" + bytes(28)
    icmp = wire.frame(wire.ip_packet(CLIENT, SERVER, 1, bytes(8)))
    torn = wire.frame(talk().packets[0][1])[:40]
    data = wire.pcap([])
    for number, raw in enumerate((arp, icmp, torn, b"", b"\0")):
        data += struct.pack("<IIII", 1_700_000_000, number, len(raw), 60) + raw
    reader = PcapReader()
    run(reader, data)
    tally = reader.tally
    assert (tally.packets, tally.segments, tally.other_transport, tally.malformed) == (5, 0, 1, 1)
    assert tally.not_ip == 2


def run(reader: PcapReader, data: bytes, clock: SourceClock | None = None) -> list[Any]:
    head = Head(data[:65_536])
    source = Source(1, "capture", Path("capture"), head, io.BytesIO(data), clock or SourceClock())
    return list(reader.read(source))


def test_the_declared_offset_is_taken_away() -> None:
    items = run(PcapReader(), wire.pcap(talk().packets), SourceClock(offset=timedelta(seconds=192)))
    shifted = {item.table: item.rows.column("ts")[0].as_py() for item in items}
    assert shifted == {"message": START_US + 4000 - 192_000_000, "conn": START_US + 1000 - 192_000_000}


def block_file(*blocks: bytes) -> bytes:
    return b"".join(blocks)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_kinds_of_packet_blocks(rows: Callable[[bytes], Rows], order: str) -> None:
    packets = [(ts, wire.frame(packet)) for ts, packet in talk().packets]
    data = block_file(
        wire.section(order),
        wire.interface(order=order),
        wire.block(0x0BAD, b"unknown!", order),
        *(wire.enhanced(raw, ts, order) for ts, raw in packets[:4]),
        wire.old_packet(packets[4][1], packets[4][0], order),
        wire.simple(packets[5][1], order),
    )
    found = rows(data)
    assert bodies(found) == [LOGIN.strip(), JOB.strip()]
    assert [row["row"] for row in found["message"]] == [4, 5]
    # The simple block has no time of its own; it is given the one before.
    assert found["conn"][0]["until"] == packets[4][0]


@pytest.mark.parametrize(
    ("resolution", "offset", "ticks"),
    [
        (None, None, START_US),
        (9, None, START_US * 1000 + 999),
        (3, None, START_US // 1000),
        (0x80 | 20, None, (START_US // 1_000_000 << 20) + (START_US % 1_000_000 << 20) // 1_000_000),
        (6, 3600, START_US - 3_600_000_000),
        (7, None, START_US * 10 + 9),
    ],
)
def test_pcapng_clocks(rows: Callable[[bytes], Rows], resolution: int | None, offset: int | None, ticks: int) -> None:
    raw = wire.frame(talk().packets[3][1])
    data = block_file(wire.section(), wire.interface(resolution=resolution, offset=offset), wire.enhanced(raw, ticks))
    assert rows(data)["message"][0]["ts"] == START_US


def test_pcapng_interfaces_and_sections(rows: Callable[[bytes], Rows]) -> None:
    packets = talk().packets
    data = block_file(
        wire.section(),
        wire.interface(1),
        wire.interface(101, resolution=9),
        *(wire.enhanced(wire.frame(packet), ts) for ts, packet in packets[:3]),
        wire.enhanced(packets[3][1], packets[3][0] * 1000, number=1),
        wire.section(">"),
        wire.interface(113, ">"),
        *(wire.enhanced(wire.frame(packet, 113), ts, ">") for ts, packet in packets[4:]),
    )
    found = rows(data)
    assert bodies(found) == [LOGIN.strip(), JOB.strip()]
    assert [row["ts"] for row in found["message"]] == [packets[3][0], packets[4][0]]
    assert len(found["conn"]) == 1


def reasons(items: list[Any]) -> list[str]:
    return [item.reason.id for item in items if isinstance(item, Reject)]


def messages(items: list[Any]) -> list[bytes]:
    return [body.as_py() for item in items if not isinstance(item, Reject) and item.table == "message"
            for body in item.rows.column("body")]  # fmt: skip


@pytest.mark.parametrize("keep", [0, 4, 23])
def test_a_header_cut_off(keep: int) -> None:
    with pytest.raises(InputError) as caught:
        run(PcapReader(), wire.pcap(talk().packets)[:keep])
    assert caught.value.message.id == "pcap.header_cut"


def test_every_way_to_cut_a_capture_keeps_what_is_whole() -> None:
    packets = talk().packets
    for data in (wire.pcap(packets), block_file(wire.section(), wire.interface(),
                 *(wire.enhanced(wire.frame(packet), ts) for ts, packet in packets))):  # fmt: skip
        for size in range(48, len(data), 7):
            reader = PcapReader()
            items = run(reader, data[:size])
            assert len(reasons(items)) <= 1
            if reasons(items):
                (reject,) = [item for item in items if isinstance(item, Reject)]
                assert reject.reason.id == "pcap.last_cut"
                assert reject.line == reader.tally.packets + 1


@pytest.mark.parametrize("length", [0xFFFFFFFF, 300_000])
def test_a_corrupt_length_is_said_and_reading_goes_on(length: int) -> None:
    packets = talk().packets + Dialogue(sport=40_001, now=START_US + 10_000_000).open().say(0, LOGIN).packets
    data = bytearray(wire.pcap(packets))
    at = 24 + 16 + 54  # the second record's header
    data[at + 8 : at + 12] = struct.pack("<I", length)
    items = run(PcapReader(), bytes(data))
    assert reasons(items) == ["pcap.corrupt"]
    assert next(item for item in items if isinstance(item, Reject)).line == 2
    assert messages(items)[-1] == LOGIN.strip()


def test_a_length_that_is_a_little_wrong_is_found_by_the_next_time() -> None:
    data = bytearray(wire.pcap(talk().packets + talk(sport=41_000).packets))
    data[24 + 8 : 24 + 12] = struct.pack("<I", 59)
    items = run(PcapReader(), bytes(data))
    assert reasons(items) == ["pcap.corrupt"]
    assert LOGIN.strip() in messages(items)


def test_a_corrupt_block_is_said_and_reading_goes_on() -> None:
    packets = talk().packets
    blocks = [wire.enhanced(wire.frame(packet), ts) for ts, packet in packets]
    blocks[1] = blocks[1][:4] + struct.pack("<I", 0x7FFFFFF1) + blocks[1][8:]
    items = run(PcapReader(), block_file(wire.section(), wire.interface(), *blocks))
    assert reasons(items) == ["pcap.corrupt"]
    assert messages(items) == [LOGIN.strip(), JOB.strip()]


def test_a_file_full_of_damage_is_given_up_in_time() -> None:
    good = wire.frame(talk().packets[3][1])
    data = wire.pcap([])
    for number in range(6000):
        data += struct.pack("<IIII", 1_700_000_000, number, len(good), len(good)) + good
        data += b"" if number % 5 else b"\xff" * 40
    begun = time.process_time()
    with pytest.raises(InputError):
        run(PcapReader(), data)
    assert time.process_time() - begun < 20


def test_a_capture_over_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the file is divided for reading, and however few bytes the stream gives, the rows are the same."""
    packets = [packet for number in range(30) for packet in talk(sport=50_000 + number).packets]
    blocks = block_file(wire.section(), wire.interface(), *(wire.enhanced(wire.frame(p), ts) for ts, p in packets))
    for data in (wire.pcap(packets), blocks):
        whole = messages(run(PcapReader(), data))
        for size in (1000, 77):
            monkeypatch.setattr(classic, "CHUNK_BYTES", size)
            monkeypatch.setattr(blocks_module, "CHUNK_BYTES", size)
            reader = PcapReader()
            items = run(reader, data)
            assert (messages(items), reader.tally.packets) == (whole, len(packets))
            assert sum(item.rows.num_rows for item in items if item.table == "conn") == 30


def test_an_unsupported_link_type_is_named() -> None:
    with pytest.raises(InputError) as caught:
        run(PcapReader(), wire.pcap(talk().packets, link=127))
    assert "127" in caught.value.said("en")
    assert caught.value.file == "capture"


def test_an_unsupported_interface_is_named_and_the_others_are_read() -> None:
    raw = wire.frame(talk().packets[3][1])
    data = block_file(wire.section(), wire.interface(127), wire.interface(1), wire.enhanced(b"radio" * 20, START_US),
                      wire.enhanced(raw, START_US, number=1), wire.enhanced(raw, START_US, number=9))  # fmt: skip
    reader = PcapReader()
    items = run(reader, data)
    assert reasons(items) == ["pcap.interface_link", "pcap.interface_unknown"]
    assert messages(items) == [LOGIN.strip()]
    assert (reader.tally.packets, reader.tally.other_link) == (3, 2)


def test_times_that_cannot_be_are_said() -> None:
    raw = wire.frame(talk().packets[3][1])
    data = block_file(wire.section(), wire.interface(), wire.enhanced(raw, START_US), wire.enhanced(raw, 2**64 - 1))
    assert reasons(run(PcapReader(), data)) == ["pcap.odd"]


def test_packets_cut_short_are_said() -> None:
    items = run(PcapReader(), wire.pcap(talk().packets, snap=80))
    assert reasons(items) == ["pcap.snapped"]
    assert messages(items) == []


def test_a_clock_that_jumps_loses_nothing(rows: Callable[[bytes], Rows]) -> None:
    dialogue = Dialogue().open().say(0, LOGIN).wait(86_400 * 400).say(1, JOB).wait(-86_400 * 800).say(1, JOB)
    found = rows(wire.pcap(dialogue.packets))
    assert bodies(found) == [LOGIN.strip(), JOB.strip(), JOB.strip()]
    assert len(found["conn"]) == 1
    assert found["conn"][0]["ts"] < found["conn"][0]["until"]


def test_noise_never_ends_in_a_traceback() -> None:
    dice = random.Random(7)
    whole = wire.pcap(talk().packets)
    blocks = block_file(
        wire.section(), wire.interface(), *(wire.enhanced(wire.frame(p), ts) for ts, p in talk().packets)
    )
    for _ in range(300):
        data = bytearray(dice.choice((whole, blocks)))
        for _ in range(dice.randrange(1, 12)):
            data[dice.randrange(28, len(data))] = dice.randrange(256)
        reader = PcapReader()
        try:
            run(reader, bytes(data))
        except InputError:
            continue


def test_a_full_table_gives_up_the_oldest() -> None:
    packets = [packet for number in range(300) for packet in Dialogue(sport=10_000 + number).open().packets]
    items = run(PcapReader(most_flows=64), wire.pcap(packets))
    ports = [port.as_py() for item in items if item.table == "conn" for port in item.rows.column("src_port")]
    assert sorted(ports) == list(range(10_000, 10_300))


def test_flows_that_are_over_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A packet that comes when a flow is over begins another; one that is only silent goes on."""
    monkeypatch.setattr(FlowTable, "crowded", True)
    monkeypatch.setattr(classic, "CHUNK_BYTES", 60)
    closed = talk(sport=50_001).wait(255).again()
    late = Dialogue(sport=50_005).open().close().wait(225).again()
    half = Dialogue(sport=50_006).open()
    half.packets.append((half.now, wire.tcp(CLIENT, 50_006, SERVER, 3333, 1001, 9001, wire.FIN | wire.ACK)))
    half.wait(255).again()
    silent = Dialogue(sport=50_002).open().say(0, LOGIN).wait(7_000).say(1, JOB)
    reset = Dialogue(sport=50_003).open()
    reset.packets.append((reset.now, wire.tcp(SERVER, 3333, CLIENT, 50_003, 9001, 1001, wire.RST)))
    reset.wait(255).again()
    asked = [(START_US + at * 1_000_000, wire.udp(CLIENT, 50_004, SERVER, 9999, b"x")) for at in (0, 290, 605)]
    others = [(START_US + at * 10_000_000, wire.udp(CLIENT, 40_000, SERVER, 9999, b"x")) for at in range(710)]
    talks = (closed, late, half, silent, reset)
    packets = sorted([*asked, *others, *(p for one in talks for p in one.packets)], key=lambda packet: packet[0])
    for compile_after in (-1, 1 << 60):
        items = run(PcapReader(compile_after=compile_after), wire.pcap(packets))
        ports = Counter(port for item in items if item.table == "conn" for port in item.rows["src_port"].to_pylist())
        assert ports == {50_001: 2, 50_002: 1, 50_003: 2, 50_004: 2, 50_005: 1, 50_006: 1, 40_000: 1}
        assert sorted(messages(items)) == sorted([LOGIN[:-1], JOB[:-1]] * 2)


def test_empty_records_do_not_multiply_the_memory() -> None:
    data = wire.pcap([]) + struct.pack("<IIII", 1_700_000_000, 0, 0, 60) * 150_000
    tracemalloc.start()
    try:
        reader = PcapReader()
        run(reader, data)
        assert reader.tally.packets == 150_000
        assert tracemalloc.get_traced_memory()[1] < 48 * 1024 * 1024
    finally:
        tracemalloc.stop()
