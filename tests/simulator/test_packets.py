"""Frames as they stand in a capture, taken apart by other eyes than those that made them."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.simulator.packets import ACK, PSH, SYN, Way, tcp_frame, udp_frame, ways_between
from minewarden.simulator.session import Wire
from minewarden.vocab.net import Endpoint

CLIENT, SERVER = Endpoint("10.12.9.14", 51022), Endpoint("203.0.113.20", 3333)
CLIENT6, SERVER6 = Endpoint("2001:db8::14", 51022), Endpoint("2001:db8::20", 3333)


def ones(data: bytes) -> int:
    """The sum in ones' complement: 0xFFFF over what carries its own right checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def segment(frame: bytes, protocol: int) -> tuple[bytes, bytes]:
    """The segment and its pseudo header, the lengths and kinds of the frame checked on the way."""
    kind, rest = frame[12:14], frame[14:]
    if kind == b"\x81\x00":
        kind, rest = rest[2:4], rest[4:]
    if kind == b"\x08\x00":
        assert ones(rest[:20]) == 0xFFFF
        assert struct.unpack("!H", rest[2:4])[0] == len(rest)
        assert rest[9] == protocol
        return rest[20:], rest[12:20] + struct.pack("!BBH", 0, protocol, len(rest) - 20)
    assert kind == b"\x86\xdd"
    assert struct.unpack("!H", rest[4:6])[0] == len(rest) - 40
    assert rest[6] == protocol
    return rest[40:], rest[8:40] + struct.pack("!IHBB", len(rest) - 40, 0, 0, protocol)


@given(
    st.binary(max_size=1400),
    st.integers(0, 2**40),
    st.sampled_from([(CLIENT, SERVER), (CLIENT6, SERVER6)]),
    st.sampled_from([None, 9, 4094]),
)
def test_checksums_and_lengths_are_right(
    payload: bytes, sequence: int, ends: tuple[Endpoint, Endpoint], vlan: int | None
) -> None:
    for way in ways_between(*ends, Wire(vlan=vlan)):
        found, pseudo = segment(tcp_frame(way, sequence, sequence + 1, ACK | PSH, payload), 6)
        assert ones(pseudo + found) == 0xFFFF
        assert struct.unpack("!HHI", found[:8]) == (way.source.port, way.target.port, sequence % 2**32)
        assert found[20:] == payload
        datagram, pseudo = segment(udp_frame(way, payload), 17)
        assert ones(pseudo + datagram) == 0xFFFF
        assert datagram[8:] == payload


def test_the_way_down_is_the_way_up_turned_round() -> None:
    up, down = ways_between(CLIENT, SERVER, Wire(vlan=9))
    assert (down.source, down.target, down.source_mac, down.target_mac) == (
        *(up.target, up.source),
        *(up.target_mac, up.source_mac),
    )
    assert tcp_frame(up, 1, 1, ACK)[:6] == bytes.fromhex(up.target_mac.replace(":", ""))


def test_an_opening_carries_its_segment_size() -> None:
    up, _ = ways_between(CLIENT, SERVER, Wire())
    found, _ = segment(tcp_frame(up, 0, 0, SYN, mss=1448), 6)
    assert found[20:24] == struct.pack("!BBH", 2, 4, 1448)
    assert found[12] >> 4 == 6


def test_two_families_do_not_talk() -> None:
    with pytest.raises(ValueError, match="do not talk"):
        udp_frame(Way(CLIENT, SERVER6, "02:00:00:00:00:01", "02:00:00:00:00:02"), b"")


def test_addresses_stand_where_they_belong() -> None:
    up, _ = ways_between(CLIENT, SERVER, Wire())
    frame = udp_frame(up, b"")
    assert ipaddress.ip_address(frame[26:30]) == ipaddress.ip_address(CLIENT.ip)
    assert ipaddress.ip_address(frame[30:34]) == ipaddress.ip_address(SERVER.ip)
