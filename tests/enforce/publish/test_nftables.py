"""What is wanted of a gateway. What it holds in fact is asked of the kernel in tests/real/test_block_devices.py."""

from minewarden.enforce.publish.nftables import NftablesPublisher, _element
from tests.enforce.rules import NOW, SAMPLE, SOON


def test_set_and_element_without_what_is_over() -> None:
    wanted = NftablesPublisher("d").wanted(SAMPLE, now=NOW)
    assert {"service4 203.0.113.10 . 3333", "addr6 2001:db8::9", "net6 2001:db8:1::/48"} <= wanted
    late = NftablesPublisher("d").wanted(SAMPLE, now=SOON)
    assert "addr6 2001:db8::9" not in late


def test_every_way_in_which_nft_spells_an_element() -> None:
    assert _element("203.0.113.9") == "203.0.113.9"
    assert _element({"elem": {"val": {"concat": ["203.0.113.9", 3333]}, "timeout": 3}}) == "203.0.113.9 . 3333"
    assert _element({"prefix": {"addr": "198.51.100.0", "len": 28}}) == "198.51.100.0/28"
    assert _element({"range": ["198.51.100.1", "198.51.100.3"]}) == "198.51.100.1-198.51.100.3"
