"""What many people share: the facts are there, and names under which strangers register are known."""

import ipaddress

import pytest

from minewarden.enforce.shared import holds_public_suffix, is_public_suffix, shared


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "127.0.0.1", "169.254.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1"],
)
def test_addresses_of_no_host_on_the_internet(address: str) -> None:
    network = ipaddress.ip_network(address)
    assert shared().special.touching(network) is not None


def test_documentation_ranges_may_be_used_by_demonstrations() -> None:
    for address in ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"):
        assert shared().special.touching(ipaddress.ip_network(address)) is None


@pytest.mark.parametrize("name", ["com", "cn", "edu.cn", "com.cn", "github.io", "co.uk"])
def test_public_suffixes(name: str) -> None:
    assert is_public_suffix(name)


@pytest.mark.parametrize("name", ["example.com", "pool.supportxmr.com", "school.edu.cn", "someone.github.io"])
def test_names_of_one_owner(name: str) -> None:
    assert not is_public_suffix(name)
    assert not holds_public_suffix(name)


def test_a_name_above_a_public_suffix_belongs_to_many() -> None:
    assert holds_public_suffix("amazonaws.com")
    assert not is_public_suffix("amazonaws.com")


def test_every_group_of_facts_is_there_and_says_why() -> None:
    facts = shared()
    assert set(facts.names.values()) >= {"cdn", "cloud"}
    assert all(name == name.lower().strip(".") for name in facts.names)
