"""The guard lets through what a pool uses, and nothing that others need."""

import ipaddress
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.guard import Limits, Override, guard, spelling
from minewarden.vocab.blockrule import BlockRule, Site, Target
from minewarden.vocab.net import parents
from minewarden.vocab.words import both, placeholders, table
from tests.enforce.rules import NOW, SAMPLE, SOON, any_rule
from tests.real.needs import shared

SITE = Site(
    own=(ipaddress.ip_network("203.0.113.0/28"), ipaddress.ip_network("2001:db8:aa::/48")),
    protected=(ipaddress.ip_network("198.51.100.77/32"),),
    protected_names=frozenset({"edu.yunchuan.example.net", "exam.example.org"}),
    resolvers=frozenset({"192.0.2.53", "2001:db8::53"}),
    accounts=frozenset({"monitor"}),
    stations=frozenset({"02:00:00:00:00:01"}),
)


def refused(rule: BlockRule, site: Site = SITE, **options: Limits) -> str:
    """The identifier of the reason, or "" where the rule is accepted."""
    result = guard([rule], site, now=NOW, **options)
    assert len(result.accepted) + len(result.refused) == 1
    if result.refused:
        said = both(result.refused[0].reason)
        assert said["zh"] != said["en"]
        assert result.refused[0].rule == rule
    return result.refused[0].reason.id.removeprefix("enforce.") if result.refused else ""


@pytest.mark.parametrize(
    ("target", "value", "port", "reason"),
    [
        (Target.NAME, "pool.example.net", 0, ""),
        (Target.NAME, "Pool.Example.NET.", 0, ""),
        (Target.SUBTREE, "pool.example.net", 0, ""),
        (Target.NAME, "d111111abcdef8.cloudfront.net", 0, ""),
        (Target.NAME, "miner.github.io", 0, ""),
        (Target.NAME, "s3.dualstack.example.amazonaws.com", 0, ""),
        (Target.NAME, "com", 0, "top_level"),
        (Target.NAME, "localhost", 0, "top_level"),
        (Target.SUBTREE, "cn", 0, "top_level"),
        (Target.SUBTREE, "edu.cn", 0, "public_suffix"),
        (Target.NAME, "github.io", 0, "public_suffix"),
        (Target.SUBTREE, "cloudfront.net", 0, "public_suffix"),
        (Target.SUBTREE, "公司.cn", 0, "public_suffix"),
        (Target.SUBTREE, "anything.ck", 0, "public_suffix"),
        (Target.SUBTREE, "kawasaki.jp", 0, "public_suffix"),
        (Target.SUBTREE, "amazonaws.com", 0, "shared_cloud"),
        (Target.NAME, "raw.githubusercontent.com", 0, "shared_public_site"),
        (Target.SUBTREE, "compute.amazonaws.com", 0, "public_suffix"),
        (Target.SUBTREE, "dualstack.us-east-1.amazonaws.com", 0, "above_suffix"),
        (Target.NAME, "cdngslb.com", 0, "shared_cdn"),
        (Target.SUBTREE, "f3322.net", 0, "shared_dynamic_dns"),
        (Target.NAME, "pool.f3322.net", 0, ""),
        (Target.SUBTREE, "*.example.net", 0, "wildcard"),
        (Target.NAME, "pool..example.net", 0, "invalid_name"),
        (Target.NAME, "pool.example.net\nevil A 192.0.2.1", 0, "invalid_name"),
        (Target.NAME, "32.1.113.0.203.rpz-ip", 0, "invalid_name"),
        (Target.NAME, "other.rpz-passthru", 0, "invalid_name"),
        (Target.NAME, ".".join(["a" * 59] * 4), 0, "name_too_long"),
        (Target.NAME, "203.0.113.200", 0, "address_as_name"),
        (Target.NAME, "pool.example.net", 3333, "port_on_name"),
        (Target.NAME, "edu.yunchuan.example.net", 0, "protected_name"),
        (Target.NAME, "mail.edu.yunchuan.example.net", 0, "protected_name"),
        (Target.SUBTREE, "yunchuan.example.net", 0, "protected_name"),
        (Target.SUBTREE, "example.org", 0, "protected_name"),
        (Target.NAME, "example.org", 0, ""),
        (Target.IP, "203.0.113.200", 0, ""),
        (Target.IP, "203.0.113.15", 0, "own"),
        (Target.IP, "::ffff:203.0.113.15", 0, "own"),
        (Target.IP_PORT, "203.0.113.15", 3333, "own"),
        (Target.IP, "2001:db8:aa:5::1", 0, "own"),
        (Target.CIDR, "203.0.113.0/24", 0, "own"),
        (Target.CIDR, "198.51.100.64/26", 0, "protected"),
        (Target.IP, "198.51.100.78", 0, ""),
        (Target.IP_PORT, "192.0.2.53", 53, "resolver"),
        (Target.CIDR, "192.0.2.0/24", 0, "resolver"),
        (Target.IP, "2001:db8::53", 0, "resolver"),
        (Target.IP, "8.8.8.8", 0, "public_resolver"),
        (Target.CIDR, "223.5.5.0/24", 0, "public_resolver"),
        (Target.IP, "114.114.114.114", 0, "public_resolver"),
        (Target.IP, "2001:4860:4860::8888", 0, "public_resolver"),
        (Target.IP, "104.16.1.1", 0, "content_network"),
        (Target.IP_PORT, "151.101.1.1", 443, "content_network"),
        (Target.IP_PORT, "104.16.1.1", 3333, "content_network_port"),
        (Target.IP, "2606:4700::1", 0, "content_network"),
        (Target.CIDR, "23.192.5.0/24", 0, "content_network"),
        (Target.CIDR, "203.0.0.0/16", 0, "own"),
        (Target.CIDR, "45.0.0.0/16", 0, "too_wide"),
        (Target.CIDR, "2a03:1234::/47", 0, "too_wide"),
        (Target.CIDR, "2a03:1234::/48", 0, ""),
        (Target.CIDR, "203.0.113.200/29", 0, ""),
        (Target.CIDR, "203.0.113.201/29", 0, "invalid_cidr"),
        (Target.CIDR, "0.0.0.0/0", 0, "own"),
        (Target.IP, "203.0.113.256", 0, "invalid_ip"),
        (Target.IP_PORT, "pool.example.net", 3333, "invalid_ip_port"),
        (Target.IP, "203.0.113.200", 3333, "port_on_address"),
        (Target.IP_PORT, "203.0.113.200", 0, "invalid_port"),
        (Target.IP_PORT, "203.0.113.200", 65536, "invalid_port"),
        (Target.IP_PORT, "203.0.113.200", 65535, ""),
        (Target.ACCOUNT, "zhangz", 0, ""),
        (Target.ACCOUNT, "school\\zhang.z@example.org", 0, ""),
        (Target.ACCOUNT, "张 三", 0, ""),
        (Target.ACCOUNT, "zhangz", 3333, "port_on_terminal"),
        (Target.ACCOUNT, "monitor", 0, "protected_account"),
        (Target.ACCOUNT, "", 0, "invalid_account"),
        (Target.ACCOUNT, "*", 0, "invalid_account"),
        (Target.ACCOUNT, "a' Auth-Type := Accept", 0, "invalid_account"),
        (Target.ACCOUNT, "%{User-Name}", 0, "invalid_account"),
        (Target.ACCOUNT, "a\nb", 0, "invalid_account"),
        (Target.ACCOUNT, "师" * 85, 0, "invalid_account"),
        (Target.STATION, "02-00-00-00-00-0A", 0, ""),
        (Target.STATION, "0200.0000.0001", 0, "protected_station"),
        (Target.STATION, "01:00:5e:00:00:01", 0, "invalid_station"),
        (Target.STATION, "00:00:00:00:00:00", 0, "invalid_station"),
        (Target.STATION, "ff:ff:ff:ff:ff:ff", 0, "invalid_station"),
        (Target.STATION, "02:00:00:00:00", 0, "invalid_station"),
    ],
)
def test_one_rule(target: Target, value: str, port: int, reason: str) -> None:
    assert refused(BlockRule(target, value, SOON, "r", port)) == reason


@pytest.mark.parametrize(
    "block",
    [
        "0.0.0.0/0",
        "10.0.0.0/24",
        "172.31.255.0/24",
        "192.168.1.1/32",
        "127.0.0.1/32",
        "169.254.1.0/24",
        "100.64.0.0/24",
        "224.0.0.1/32",
        "255.255.255.255/32",
        "0.0.0.0/32",
        "::/0",
        "::/128",
        "::1/128",
        "fe80::1/128",
        "ff02::1/128",
        "fd00::/64",
        "64:ff9b::808:808/128",
        "2002:808:808::/48",
        "2001:0:1::/48",
    ],
)
def test_special_ranges_are_no_pools(block: str) -> None:
    assert refused(BlockRule(Target.CIDR, block, SOON, "r"), Site()) == "special"


@pytest.mark.parametrize("block", ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/48"])
def test_documentation_ranges_serve_demonstrations(block: str) -> None:
    assert refused(BlockRule(Target.CIDR, block, SOON, "r"), Site()) == ""


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (NOW, "expired"),
        (NOW - timedelta(days=1), "expired"),
        (NOW + timedelta(microseconds=1), ""),
        (NOW + timedelta(days=180), ""),
        (NOW + timedelta(days=180, microseconds=1), "too_long"),
        (datetime.max.replace(tzinfo=UTC), "too_long"),
        (datetime(2026, 12, 1), "no_zone"),
    ],
)
def test_every_rule_ends(end: datetime, reason: str) -> None:
    assert refused(BlockRule(Target.NAME, "pool.example.net", end, "r")) == reason


def test_limits_are_the_caller_s() -> None:
    wide = Limits(widest_v4=16, widest_v6=32, longest=timedelta(days=1))
    assert refused(BlockRule(Target.CIDR, "45.0.0.0/16", NOW + timedelta(hours=1), "r"), limits=wide) == ""
    assert refused(BlockRule(Target.CIDR, "2a03:1234::/32", NOW + timedelta(hours=1), "r"), limits=wide) == ""
    assert refused(BlockRule(Target.CIDR, "45.0.0.0/24", NOW + timedelta(days=2), "r"), limits=wide) == "too_long"


@given(any_rule())
def test_a_spelling_is_what_is_compiled(rule: BlockRule) -> None:
    accepted = guard([rule], Site(), now=NOW).accepted
    assert accepted in ((), (spelling(rule),))
    assert spelling(spelling(rule)) == spelling(rule)


@pytest.mark.parametrize(
    ("target", "value", "spelled"),
    [
        (Target.NAME, "POOL.example.net.", "pool.example.net"), (Target.IP, "::ffff:192.0.2.1", "192.0.2.1"),
        (Target.STATION, "0200-0000-000A", "02:00:00:00:00:0a"), (Target.ACCOUNT, " zhang ", "zhang"),
        (Target.NAME, "no name", "no name"), (Target.IP, "nothing", "nothing"),
    ],
)  # fmt: skip
def test_spellings(target: Target, value: str, spelled: str) -> None:
    assert spelling(BlockRule(target, value, SOON, "r")).value == spelled


def test_spellings_become_one_rule_and_no_order_is_forgotten() -> None:
    rules = [
        BlockRule(Target.NAME, "POOL.example.net.", SOON, "b"),
        BlockRule(Target.NAME, "pool.example.net", SOON + timedelta(days=1), "a"),
        BlockRule(Target.CIDR, "203.0.113.200/32", SOON, "c"),
        BlockRule(Target.IP, "::ffff:203.0.113.200", SOON, "c"),
    ]
    assert guard(rules, Site(), now=NOW).accepted == (
        BlockRule(Target.IP, "203.0.113.200", SOON, "c"),
        BlockRule(Target.NAME, "pool.example.net", SOON + timedelta(days=1), "a; b"),
    )


def test_now_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        guard([], Site(), now=datetime(2026, 11, 24))


_BLOCKS = st.builds(
    lambda base, length: ipaddress.ip_network((base, length), strict=False),
    st.integers(0xCB007100, 0xCB0071FF) | st.integers(0, 2**32 - 1),
    st.integers(8, 32),
)


@given(st.lists(_BLOCKS, max_size=4), st.lists(_BLOCKS, max_size=4), st.lists(_BLOCKS, min_size=1, max_size=30))
def test_nothing_that_touches_own_or_protected_is_accepted(
    own: list[ipaddress.IPv4Network], protected: list[ipaddress.IPv4Network], wanted: list[ipaddress.IPv4Network]
) -> None:
    site = Site(own=tuple(own), protected=tuple(protected))
    limits = Limits(widest_v4=8)
    rules = [BlockRule(Target.CIDR, str(block), SOON, "r") for block in wanted]
    rules += [BlockRule(Target.IP_PORT, str(block.network_address), SOON, "r", 3333) for block in wanted]
    accepted = guard(rules, site, now=NOW, limits=limits).accepted
    for rule in accepted:
        network = ipaddress.ip_network(rule.value)
        assert not any(network.overlaps(other) for other in own + protected)
    # And the other way round: what is refused as own or protected touches it indeed.
    for refusal in guard(rules, site, now=NOW, limits=limits).refused:
        if refusal.reason.id in ("enforce.own", "enforce.protected"):
            network = ipaddress.ip_network(refusal.rule.value)
            assert any(network.overlaps(other) for other in own + protected)


_NAMES = st.lists(st.sampled_from(["a", "b", "c", "example", "net"]), min_size=2, max_size=5).map(".".join)


@given(st.frozensets(_NAMES, max_size=4), st.lists(st.tuples(_NAMES, st.booleans()), max_size=20))
def test_no_protected_name_is_covered(protected: frozenset[str], wanted: list[tuple[str, bool]]) -> None:
    rules = [BlockRule(Target.SUBTREE if tree else Target.NAME, name, SOON, "r") for name, tree in wanted]
    for rule in guard(rules, Site(protected_names=protected), now=NOW).accepted:
        assert rule.value not in protected
        assert not protected.intersection(parents(rule.value))
        if rule.target is Target.SUBTREE:
            assert not any(rule.value in parents(name) for name in protected)


@given(st.lists(any_rule(), max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_rules_does_not_matter(rules: list[BlockRule], random: object) -> None:
    shuffled = list(rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    result = guard(rules, SITE, now=NOW)
    assert guard(shuffled, SITE, now=NOW) == result
    again = guard(result.accepted, SITE, now=NOW)
    assert again.accepted == result.accepted
    assert not again.refused


@given(
    st.text(max_size=60),
    st.sampled_from(Target),
    st.integers(-5, 70_000),
    st.datetimes(timezones=st.none() | st.just(UTC)),
)
def test_whatever_is_ordered_is_answered(value: str, target: Target, port: int, end: datetime) -> None:
    result = guard([BlockRule(target, value, end, "r", port)], SITE, now=NOW)
    for refusal in result.refused:
        for text in both(refusal.reason).values():
            assert text.isprintable()


def test_the_sample_passes() -> None:
    assert not guard(SAMPLE, Site(), now=NOW).refused


def test_sentences_ask_for_the_same_in_both_languages() -> None:
    for name in ("enforce", "block"):
        for key, said in table(name).items():
            assert placeholders(said["zh"]) == placeholders(said["en"]), key


def test_content_networks_as_published_are_refused() -> None:
    for file in ("cloudflare.json", "fastly.json"):
        published = json.loads(shared("intel", "allow", file).read_text())["list"]
        assert published
        for block in published:
            first = ipaddress.ip_network(block).network_address
            assert refused(BlockRule(Target.IP, str(first), SOON, "r"), Site()) == "content_network"


def test_refusals_that_differ_in_their_end_only_keep_one_order() -> None:
    first, second = (BlockRule(Target.CIDR, "10.0.0.0/8", NOW + timedelta(days=n), "") for n in (1, 2))
    assert guard([first, second], Site(), now=NOW) == guard([second, first], Site(), now=NOW)


SIGNED = Override((("乙", "已核实只有矿池"), ("丙", "同意")))


@pytest.mark.parametrize(
    "signed",
    [
        Override(()),
        Override((("乙", "x"),)),
        Override((("乙", "x"), ("乙", "y"))),
        Override((("乙", "x"), ("丙", " "))),
    ],
)
def test_fewer_than_two_people_with_reasons_override_nothing(signed: Override) -> None:
    rule = BlockRule(Target.IP_PORT, "104.16.0.1", SOON, "r", 3333)
    assert not guard([rule], Site(), now=NOW, overrides={rule.key: signed}).accepted


def test_two_people_override_what_is_a_judgement_and_it_is_told() -> None:
    rule = BlockRule(Target.IP_PORT, "104.16.0.1", SOON, "r", 3333)
    met = guard([rule], Site(), now=NOW, overrides={rule.key: SIGNED})
    assert (met.accepted, met.refused) == ((rule,), ())
    assert [one.reason.id for one in met.overridden] == ["enforce.content_network_port"]


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (Target.CIDR, "0.0.0.0/0"), (Target.CIDR, "104.16.0.0/13"), (Target.NAME, "*.cn"), (Target.SUBTREE, "cn"),
        (Target.NAME, "com"), (Target.NAME, "github.io"), (Target.IP, "10.0.0.1"), (Target.IP, "224.0.0.1"),
    ],
)  # fmt: skip
def test_nobody_overrides_what_is_no_judgement(target: Target, value: str) -> None:
    rule = BlockRule(target, value, SOON, "r")
    assert not guard([rule], Site(), now=NOW, overrides={rule.key: SIGNED}).accepted
