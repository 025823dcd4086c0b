"""Addresses, names and ports in all the ways in which people write them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intake.cells import WIDEST, addresses_in, has_address, name_in, port_in
from minewarden.vocab.noticeline import Reported


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("203.0.113.5、203.0.113.6，203.0.113.7；203.0.113.8;203.0.113.9,203.0.113.10\n203.0.113.11", [*range(5, 12)]),
        ("203.0.113.5/203.0.113.6", [5, 6]),
        ("203.0.113.5-9", [*range(5, 10)]),
        ("203.0.113.5 ～ 203.0.113.7", [5, 6, 7]),
        ("203.0.113.5至203.0.113.6", [5, 6]),
        ("203.0.113.4/30", [4, 5, 6, 7]),
        ("203.0.113.4/255.255.255.252", [4, 5, 6, 7]),
        ("203.0.113.4 255.255.255.252", [4, 5, 6, 7]),
        ("203.0.113.5/24", [5]),
        ("２０３．０．１１３．５", [5]),
        ("203[.]0[.]113[.]5", [5]),
        ("203。0。113。5 \u200b", [5]),
        ("203.000.113.005", [5]),
        ("IP203.0.113.5(出口)", [5]),
        ("203.0.113.5 203.0.113.5", [5]),
    ],
)
def test_every_spelling_of_several_addresses(cell: str, addresses: list[int]) -> None:
    found = addresses_in(cell)
    assert [one.ip for one in found.addresses] == [f"203.0.113.{last}" for last in addresses]
    assert not found.wrong


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("２０３．０．１１３．５：３３３３", Reported("203.0.113.5", 3333)),
        ("[2001:DB8::5]:3333", Reported("2001:db8::5", 3333)),
        ("2001:DB8:0:0:0:0:0:5", Reported("2001:db8::5")),
        ("fe80::1%eth0", Reported("fe80::1")),
        ("2001:db8::5%3/64", Reported("2001:db8::5")),
        ("::ffff:203.0.113.5", Reported("203.0.113.5")),
    ],
)
def test_ports_and_the_forms_of_ipv6(cell: str, address: Reported) -> None:
    assert addresses_in(cell).addresses == [address]


@pytest.mark.parametrize("cell", ["3405803781", "3405803781.0"])
def test_an_address_that_became_a_number_is_read_and_doubted(cell: str) -> None:
    found = addresses_in(cell)
    assert [one.ip for one in found.addresses] == ["203.0.113.5"]
    assert [doubt.id for doubt in found.doubts] == ["intake.address_from_number"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("203.0.113.300", "intake.not_an_address"),
        ("203.0.113", "intake.not_an_address"),
        ("aa:bb:cc:dd:ee:ff", "intake.not_an_address"),
        ("203.0.113.9-5", "intake.not_an_address"),
        ("10.0.0.0/8", "intake.range_too_wide"),
        ("2001:db8::/32", "intake.range_too_wide"),
        ("10.0.0.1-10.0.9.9", "intake.range_too_wide"),
    ],
)
def test_what_is_no_address_is_named(cell: str, reason: str) -> None:
    found = addresses_in(cell)
    assert (found.addresses, [wrong.id for wrong in found.wrong]) == ([], [reason])


@pytest.mark.parametrize("cell", ["", "无", "见附件", "21:14:37", "2026.3.5 21:14", "v1.2.3.4", "38"])
def test_a_cell_without_address(cell: str) -> None:
    found = addresses_in(cell)
    assert not found.addresses
    assert not found.wrong
    assert not has_address(cell)


@given(
    st.lists(st.ip_addresses(v=4).filter(lambda ip: int(ip) > 1 << 24), min_size=1, max_size=9),
    st.sampled_from("、，；,;\n "),
)
def test_no_address_is_lost_between_separators(addresses: list[ipaddress.IPv4Address], separator: str) -> None:
    cell = separator.join(map(str, addresses))
    if any(str(address).startswith("255.") for address in addresses):
        return  # Behind a blank that is a mask.
    assert [one.ip for one in addresses_in(cell).addresses] == list(dict.fromkeys(map(str, addresses)))


@given(st.ip_addresses(v=6))
def test_every_address_of_six_is_read(address: ipaddress.IPv6Address) -> None:
    expected = str(address.ipv4_mapped or address)
    for text in (str(address), address.exploded.upper(), f"[{address}]:443"):
        assert [one.ip for one in addresses_in(text).addresses] == [expected]


@given(st.text(max_size=120))
def test_any_cell_is_read_and_never_opens_more_than_a_few_ranges(cell: str) -> None:
    assert len(addresses_in(cell).addresses) <= WIDEST * 12
    name_in(cell)
    port_in(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("POOL.Example.NET.", ("pool.example.net", None, "")),
        ("pool(.)example", ("pool.example", None, "")),
        ("xn--btwv1w.example", ("xn--btwv1w.example", None, "")),
        ("矿池.example", ("xn--btwv1w.example", None, "")),
        ("pool.example.net:3333", ("pool.example.net", 3333, "")),
        ("hxxp://pool[.]example[.]net:8080/x", ("pool.example.net", 8080, "http://pool.example.net:8080/x")),
        ("stratum+tcp://203.0.113.9:3333", ("203.0.113.9", 3333, "stratum+tcp://203.0.113.9:3333")),
        ("见附件", ("", None, "")),
        ("someone@mail.example", ("", None, "")),
        ("http://[bad", ("", None, "")),
    ],
)
def test_names_in_one_spelling(cell: str, found: tuple[str, int | None, str]) -> None:
    assert name_in(cell) == found


@pytest.mark.parametrize(
    ("cell", "port"), [("3333", 3333), ("TCP/3333", 3333), ("3333.0", 3333), ("70000", None), ("无", None)]
)
def test_ports(cell: str, port: int | None) -> None:
    assert port_in(cell) == port
