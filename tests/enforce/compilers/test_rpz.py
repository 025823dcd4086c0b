"""The response policy zone, line by line."""

from datetime import timedelta

import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.compilers.rpz import ZONE, RpzCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import parents
from tests.enforce.rules import NOW, SAMPLE, SOON, any_rule


def zone(rules: list[BlockRule] | tuple[BlockRule, ...], **options: int) -> dns.zone.Zone:
    """The zone as a name server's parser reads it."""
    text = RpzCompiler(now=NOW, **options).compile(rules)[ZONE].decode()
    return dns.zone.from_text(text, origin=ZONE, relativize=True)


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ("203.0.113.9", "32.9.113.0.203.rpz-ip"),
        ("198.51.100.0/24", "24.0.100.51.198.rpz-ip"),
        ("2001:db8::9", "128.9.zz.db8.2001.rpz-ip"),
        ("2001:db8:1::/48", "48.zz.1.db8.2001.rpz-ip"),
        ("2001:db8:0:1:2:3:4:5", "128.5.4.3.2.1.0.db8.2001.rpz-ip"),
        ("2001:db8:0:0:2:0:0:5", "128.5.0.0.2.zz.db8.2001.rpz-ip"),
        ("::1:2", "128.2.1.zz.rpz-ip"),
        ("::/0", "0.zz.rpz-ip"),
    ],
)
def test_addresses_are_written_backwards(value: str, owner: str) -> None:
    target = Target.CIDR if "/" in value else Target.IP
    names = {str(name) for name in zone([BlockRule(target, value, SOON, "r")])} - {"@"}
    assert names == {owner}


@given(st.lists(any_rule(), max_size=12))
def test_a_parser_reads_exactly_the_rules(rules: list[BlockRule]) -> None:
    read = {str(name) for name in zone(rules)} - {"@"}
    trees = {rule.value for rule in rules if rule.target is Target.SUBTREE}

    def outside(rule: BlockRule) -> bool:
        return not trees.intersection(parents(rule.value)[1:])

    names = {rule.value for rule in rules if rule.target in (Target.NAME, Target.SUBTREE) and outside(rule)}
    stars = {f"*.{rule.value}" for rule in rules if rule.target is Target.SUBTREE and outside(rule)}
    addresses = {rule.value for rule in rules if rule.target in (Target.IP, Target.CIDR)}
    assert {name for name in read if not name.endswith("rpz-ip")} == names | stars
    assert len({name for name in read if name.endswith("rpz-ip")}) == len(addresses)


def test_a_name_inside_a_subtree_opens_no_hole_in_it() -> None:
    tree = BlockRule(Target.SUBTREE, "bad.example.net", SOON, "r")
    inside = BlockRule(Target.NAME, "eu1.bad.example.net", SOON + timedelta(days=9), "r")
    assert {str(name) for name in zone([tree, inside])} == {"@", "bad.example.net", "*.bad.example.net"}
    assert b"; eu1.bad.example.net lies within *.bad.example.net" in RpzCompiler(now=NOW).compile([tree, inside])[ZONE]


def test_every_record_says_that_the_name_does_not_exist() -> None:
    read = zone(SAMPLE)
    targets = {str(data.target) for _, _, data in read.iterate_rdatas(dns.rdatatype.CNAME)}
    assert targets == {"."}
    assert {ttl for _, ttl, _ in read.iterate_rdatas()} == {60}


def test_the_serial_grows_with_the_time_and_can_be_given() -> None:
    def serial(compiler: RpzCompiler) -> int:
        text = compiler.compile(SAMPLE)[ZONE].decode()
        return int(next(line for line in text.splitlines() if " SOA " in line).split()[5])

    assert serial(RpzCompiler(now=NOW)) < serial(RpzCompiler(now=NOW + timedelta(seconds=1)))
    assert serial(RpzCompiler(now=NOW, serial=2026112401)) == 2026112401
    assert serial(RpzCompiler(now=NOW, serial=2**32 + 7)) == 7


def test_what_has_no_form_in_dns_is_counted() -> None:
    assert (
        b"; 10 rules; 3 more, for an address with a port, have no form in DNS"
        in RpzCompiler(now=NOW).compile(SAMPLE)[ZONE]
    )
