"""The table of nftables: sets that do not overlap, and an end on every element."""

import ipaddress
import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.compilers.nftables import FILE, NftablesCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import NOW, any_block

ELEMENT = re.compile(r"^ {12}(\S+)(?: \. (\d+))? timeout (\d+)s comment \"[^\"]*\",$")


def elements(rules: list[BlockRule]) -> dict[tuple[str, str], int]:
    """(value, port or "") -> seconds, as the file says."""
    found: dict[tuple[str, str], int] = {}
    for line in NftablesCompiler(now=NOW).compile(rules)[FILE].decode().splitlines():
        if " timeout " in line:
            match = ELEMENT.match(line)
            assert match, line
            assert (match[1], match[2] or "") not in found
            found[match[1], match[2] or ""] = int(match[3])
    return found


def test_a_range_inside_another_keeps_its_own_end() -> None:
    rules = [
        BlockRule(Target.CIDR, "198.51.100.0/24", NOW + timedelta(seconds=10), "a"),
        BlockRule(Target.CIDR, "198.51.100.128/25", NOW + timedelta(seconds=90), "b"),
        BlockRule(Target.CIDR, "198.51.100.0/26", NOW + timedelta(seconds=5), "c"),
    ]
    assert elements(rules) == {("198.51.100.0/25", ""): 10, ("198.51.100.128/25", ""): 90}


def test_a_second_begun_counts_and_what_is_over_is_left_out() -> None:
    rules = [
        BlockRule(Target.IP, "203.0.113.1", NOW + timedelta(microseconds=1), "a"),
        BlockRule(Target.IP, "203.0.113.2", NOW + timedelta(seconds=2, microseconds=1), "a"),
        BlockRule(Target.IP, "203.0.113.3", NOW, "a"),
        BlockRule(Target.NAME, "pool.example.net", NOW + timedelta(days=1), "a"),
    ]
    assert elements(rules) == {("203.0.113.1", ""): 1, ("203.0.113.2", ""): 3}


@given(st.lists(any_block(), min_size=1, max_size=8))
def test_ranges_cover_each_address_until_its_last_end_and_never_overlap(rules: list[BlockRule]) -> None:
    ranges = [(ipaddress.ip_network(value), seconds) for (value, _), seconds in elements(rules).items()]
    for last in range(256):
        address = ipaddress.ip_address(f"198.51.100.{last}")
        ends = [rule.expires_at for rule in rules if address in ipaddress.ip_network(rule.value)]
        found = [seconds for network, seconds in ranges if address in network]
        assert found == ([(max(ends) - NOW).total_seconds()] if ends else [])


@given(st.text(max_size=300))
def test_a_comment_fits_what_nft_takes(reason: str) -> None:
    text = NftablesCompiler(now=NOW).compile([BlockRule(Target.IP, "203.0.113.1", NOW + timedelta(1), reason)])[FILE]
    comment = re.search(rb'comment "(.*)",\n', text)
    assert comment
    assert len(comment[1]) <= 127
    assert b'"' not in comment[1]
    assert b"\\" not in comment[1]
