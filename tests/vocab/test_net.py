"""One spelling for addresses, names, MAC addresses and endpoints."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab.net import (
    Endpoint,
    canonical_ip,
    canonical_mac,
    canonical_name,
    is_inside,
    parents,
    parse_endpoint,
)

ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)
LABELS = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,20}[a-z0-9_])?", fullmatch=True)


@given(ADDRESSES)
def test_every_spelling_of_an_address_is_one(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    one = canonical_ip(str(address))
    assert canonical_ip(one) == one
    assert {canonical_ip(text) for text in (address.exploded, address.exploded.upper(), f" {address} ")} == {one}
    if isinstance(address, ipaddress.IPv4Address):
        assert canonical_ip(f"::ffff:{address}") == one == str(address)
    else:
        assert canonical_ip(f"{address}%eth0") == one


@pytest.mark.parametrize(
    "text", ["", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/8", "1:2", "pool.example", "١.0.0.1"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        canonical_ip(text)


@given(st.binary(min_size=6, max_size=6))
def test_every_spelling_of_a_mac_address_is_one(raw: bytes) -> None:
    digits = raw.hex()
    one = raw.hex(":")
    spellings = [
        *(digits, digits.upper(), raw.hex("-"), raw.hex(":").upper()),
        ".".join(digits[i : i + 4] for i in (0, 4, 8)),
        "-".join(digits[i : i + 4] for i in (0, 4, 8)),
    ]
    assert {canonical_mac(text) for text in spellings} == {one}


@pytest.mark.parametrize("text", ["", "02:12:09:00:00", "02:12:09:00:00:1g", "02:12:09:00:00:14:15", "0x0212090000"])
def test_what_is_no_mac_address(text: str) -> None:
    with pytest.raises(ValueError, match="MAC"):
        canonical_mac(text)


@given(st.lists(LABELS, min_size=1, max_size=6))
def test_a_name_in_any_case_and_with_its_final_dot_is_one(labels: list[str]) -> None:
    name = ".".join(labels)
    assert canonical_name(name) == canonical_name(f" {name.upper()}. ") == name


@given(st.text(max_size=40))
def test_whatever_is_taken_as_a_name_stays_itself(text: str) -> None:
    try:
        name = canonical_name(text)
    except ValueError:
        return
    assert canonical_name(name) == name
    assert name.isascii()
    assert name == name.lower().strip(".")


def test_a_chinese_name_becomes_its_a_labels() -> None:
    assert canonical_name("矿池.example") == "xn--btwv1w.example"


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "-a.example", "a-.example", "a b", "a" * 64, ("a" * 60 + ".") * 5, "a\n.b"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        canonical_name(text)


def test_parents_longest_first() -> None:
    assert parents("a.b.example") == ["a.b.example", "b.example", "example"]


@given(ADDRESSES, st.integers(1, 65535))
def test_an_endpoint_reads_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> None:
    endpoint = Endpoint(canonical_ip(str(address)), port)
    assert parse_endpoint(str(endpoint)) == endpoint
    assert parse_endpoint(f" {endpoint} ") == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.1",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:+80",
        "192.0.2.1:８０",
        "2001:db8::1:80",
    ],
)
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(ValueError):
        parse_endpoint(text)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("10.0.0.1", True), ("172.31.255.255", True), ("172.32.0.0", False), ("192.168.1.1", True),
        ("100.64.0.1", True), ("100.128.0.1", False), ("fd00::1", True), ("fe80::1", True), ("169.254.1.1", True),
        ("203.0.113.1", False), ("198.51.100.1", False), ("192.0.2.1", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_which_addresses_many_networks_use_at_once(text: str, inside: bool) -> None:
    assert is_inside(ipaddress.ip_address(text)) is inside


def test_a_range_is_inside_only_as_a_whole() -> None:
    assert is_inside(ipaddress.ip_network("192.168.4.0/22"))
    assert not is_inside(ipaddress.ip_network("192.0.0.0/8"))
