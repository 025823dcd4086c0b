"""Matching: the most specific valid entry decides, an allow entry beats it, the tables say what the calls say."""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.watchset import END_US, START_US, AllowEntry, Match, WatchSet
from minewarden.vocab.clock import from_us, to_us
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Indicator, Kind, Role

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


def made(kind: Kind, value: str, role: Role = Role.POOL_ENDPOINT, **more: Any) -> Indicator:
    return Indicator(kind, value, role, more.pop("operator", "op"), **more)


def role_of(watchset: WatchSet, name: str, at: datetime = NOW) -> Role | None:
    match = watchset.match_name(name, at)
    return match.indicator.role if match else None


def test_a_host_is_exactly_itself() -> None:
    watchset = WatchSet([made(Kind.HOST, "xmr.pool.example")])
    assert role_of(watchset, "xmr.pool.example") is Role.POOL_ENDPOINT
    for name in ("a.xmr.pool.example", "pool.example", "xxmr.pool.example", "xmr.pool.example.net", "example", ""):
        assert role_of(watchset, name) is None


def test_a_domain_is_itself_and_all_below_but_no_neighbour() -> None:
    watchset = WatchSet([made(Kind.DOMAIN, "mine.pool.example")])
    for name in ("mine.pool.example", "x.mine.pool.example", "a.b.mine.pool.example"):
        assert role_of(watchset, name) is Role.POOL_ENDPOINT
    for name in ("undermine.pool.example", "pool.example", "mine.pool.example.net"):
        assert role_of(watchset, name) is None


def test_the_most_specific_entry_decides() -> None:
    watchset = WatchSet(
        [
            made(Kind.DOMAIN, "pool.example"),
            made(Kind.HOST, "pool.example", Role.POOL_WEBSITE),
            made(Kind.DOMAIN, "www.pool.example", Role.POOL_WEBSITE),
            made(Kind.HOST, "miner.www.pool.example"),
        ]
    )
    assert role_of(watchset, "pool.example") is Role.POOL_WEBSITE
    assert role_of(watchset, "www.pool.example") is Role.POOL_WEBSITE
    assert role_of(watchset, "eu.www.pool.example") is Role.POOL_WEBSITE
    assert role_of(watchset, "miner.www.pool.example") is Role.POOL_ENDPOINT
    assert role_of(watchset, "eu.pool.example") is Role.POOL_ENDPOINT


def test_between_equals_the_one_that_alerts_decides_whatever_the_order() -> None:
    both = [made(Kind.HOST, "a.pool.example", Role.EXCHANGE, confidence=99), made(Kind.HOST, "a.pool.example")]
    assert role_of(WatchSet(both), "a.pool.example") is Role.POOL_ENDPOINT
    assert role_of(WatchSet(both[::-1]), "a.pool.example") is Role.POOL_ENDPOINT


def test_an_entry_counts_from_its_first_day_until_before_its_last_instant() -> None:
    entry = made(Kind.HOST, "a.pool.example", valid_from=NOW, valid_until=NOW + timedelta(days=1))
    watchset = WatchSet([entry])
    assert watchset.match_name("a.pool.example", NOW - timedelta(microseconds=1)) is None
    assert watchset.match_name("a.pool.example", NOW) == Match(entry, Kind.HOST)
    assert watchset.match_name("a.pool.example", NOW + timedelta(days=1)) is None


def test_an_expired_entry_does_not_hide_the_wider_one() -> None:
    watchset = WatchSet(
        [made(Kind.DOMAIN, "pool.example"), made(Kind.HOST, "www.pool.example", Role.POOL_WEBSITE, valid_until=NOW)]
    )
    assert role_of(watchset, "www.pool.example") is Role.POOL_ENDPOINT


def test_addresses_match_with_port_before_address_before_network() -> None:
    watchset = WatchSet(
        [
            made(Kind.CIDR, "203.0.113.0/24", Role.NODE),
            made(Kind.CIDR, "203.0.113.0/28", Role.P2P_SEED),
            made(Kind.IP, "203.0.113.5", Role.PROXY),
            made(Kind.IP_PORT, "203.0.113.5:3333"),
            made(Kind.IP_PORT, "[2001:db8::1]:3333"),
        ]
    )

    def role(ip: str, port: int | None) -> Role | None:
        match = watchset.match_address(ip, port, NOW)
        return match.indicator.role if match else None

    assert role("203.0.113.5", 3333) is Role.POOL_ENDPOINT
    assert role("203.0.113.5", 3334) is Role.PROXY
    assert role("203.0.113.5", None) is Role.PROXY
    assert role("203.0.113.6", 3333) is Role.P2P_SEED
    assert role("203.0.113.200", 3333) is Role.NODE
    assert role("203.0.114.1", 3333) is None
    assert role("2001:db8::1", 3333) is Role.POOL_ENDPOINT
    assert role("2001:db8::1", 3334) is None


def test_an_allow_entry_beats_the_indicator_and_is_named() -> None:
    excuse = AllowEntry("pool.example", Kind.DOMAIN, "信息中心", NOW + timedelta(days=1), "课程")
    watchset = WatchSet([made(Kind.HOST, "xmr.pool.example"), made(Kind.IP_PORT, "203.0.113.5:3333")], [excuse])
    match = watchset.match_name("xmr.pool.example", NOW)
    assert match is not None
    assert match.allowed == excuse
    assert not match.alerts
    assert not match.alerts_on(3333)
    later = watchset.match_name("xmr.pool.example", NOW + timedelta(days=1))
    assert later is not None
    assert later.allowed is None
    assert later.alerts


def test_only_alerting_roles_alert_and_two_uses_only_on_their_ports() -> None:
    watchset = WatchSet([made(Kind.HOST, "p.example", Role.POOL_WEBSITE, ports=(443, 3333))])
    match = watchset.match_name("p.example", NOW)
    assert match is not None
    assert not match.alerts
    assert match.alerts_on(3333)
    assert not match.alerts_on(443)
    assert not match.alerts_on(None)


@pytest.mark.parametrize(
    "name", ["com", "cn", "edu.cn", "co.uk", "github.io", "us.to", "mooo.com", "rf.gd", "webhop.net"]
)
def test_nobody_may_watch_or_excuse_a_suffix_of_strangers(name: str) -> None:
    with pytest.raises(ConfigError):
        WatchSet([made(Kind.DOMAIN, name)])
    with pytest.raises(ConfigError):
        WatchSet([], [AllowEntry(name, Kind.DOMAIN, "x", NOW, "y")])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.CIDR, "0.0.0.0/0"), (Kind.CIDR, "203.0.0.0/15"), (Kind.CIDR, "2001::/16"),
        (Kind.IP, "127.0.0.1"), (Kind.IP, "::"), (Kind.IP_PORT, "224.0.0.1:3333"), (Kind.IP, "169.254.1.1"),
    ],
)  # fmt: skip
def test_wide_and_odd_addresses_are_refused(kind: Kind, value: str) -> None:
    with pytest.raises(ConfigError):
        WatchSet([made(kind, value)])


def test_tables_list_every_entry_once() -> None:
    watchset = WatchSet(
        [
            made(Kind.HOST, "a.pool.example", valid_from=NOW),
            made(Kind.IP_PORT, "[2001:db8::1]:3333"),
            made(Kind.CIDR, "203.0.113.0/24"),
        ]
    )
    [name] = watchset.names_table().to_pylist()
    assert (name["number"], name["kind"], name["from_us"], name["until_us"]) == (0, "host", to_us(NOW), END_US)
    endpoint, network = watchset.addresses_table().to_pylist()
    assert (endpoint["ip"], endpoint["port"]) == ("2001:db8::1", 3333)
    assert (network["value"], network["ip"]) == ("203.0.113.0/24", None)
    assert watchset.has_networks
    assert WatchSet([]).names_table().num_rows == 0
    assert WatchSet([]).name_spans(["a.b"]).num_rows == 0


# --- Properties ---

LABELS = st.sampled_from(["a", "b", "pool", "mine", "x1"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "pool-test", "com"]))
INSTANTS = st.integers(0, 6).map(lambda days: NOW + timedelta(days=days))
ENTRIES = st.builds(
    lambda kind, value, role, start, end: made(kind, value, role, valid_from=start, valid_until=end),
    st.sampled_from([Kind.HOST, Kind.DOMAIN]),
    NAMES,
    st.sampled_from([Role.POOL_ENDPOINT, Role.POOL_WEBSITE]),
    st.none() | INSTANTS,
    st.none() | INSTANTS,
)
EXCUSES = st.builds(
    lambda kind, value, until: AllowEntry(value, kind, "o", until, "r"),
    st.sampled_from([Kind.HOST, Kind.DOMAIN]),
    NAMES,
    INSTANTS,
)


def holds(kind: Kind, value: str, name: str) -> bool:
    return name == value or (kind is Kind.DOMAIN and name.endswith("." + value))


@given(st.lists(ENTRIES, max_size=8), st.lists(EXCUSES, max_size=2), NAMES, INSTANTS)
def test_a_match_is_what_reading_every_entry_would_give(
    entries: list[Indicator], excuses: list[AllowEntry], name: str, at: datetime
) -> None:
    match = WatchSet(entries, excuses).match_name(name, at)
    fitting = [
        i
        for i in entries
        if holds(i.kind, i.value, name)
        and (i.valid_from is None or i.valid_from <= at)
        and (i.valid_until is None or at < i.valid_until)
    ]
    if not fitting:
        assert match is None
        return
    assert match is not None
    closest = max((i.kind is Kind.HOST, len(i.value)) for i in fitting)
    assert (match.indicator.kind is Kind.HOST, len(match.indicator.value)) == closest
    assert match.scope is match.indicator.kind
    assert match.indicator in fitting
    excused = any(holds(e.kind, e.value, name) and at < e.until for e in excuses)
    assert (match.allowed is not None) == excused


@given(st.lists(ENTRIES, max_size=8), st.lists(EXCUSES, max_size=2), st.lists(NAMES, max_size=4, unique=True), INSTANTS)
def test_spans_say_what_matching_one_by_one_says(
    entries: list[Indicator], excuses: list[AllowEntry], names: list[str], at: datetime
) -> None:
    watchset = WatchSet(entries, excuses)
    rows = watchset.name_spans(names).to_pylist()
    for name in names:
        inside = [r for r in rows if r["name"] == name and r["from_us"] <= to_us(at) < r["until_us"]]
        match = watchset.match_name(name, at)
        if match is None:
            assert inside == []
            continue
        [row] = inside
        assert watchset.indicators[row["number"]] == match.indicator
        assert (None if row["allowed"] is None else watchset.allow[row["allowed"]]) == match.allowed


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(20, 32)), max_size=6),
    st.integers(0, 255),
    st.none() | st.integers(1, 65535),
)
def test_a_network_holds_exactly_its_addresses(networks: list[tuple[int, int]], last: int, port: int | None) -> None:
    ip = f"203.0.113.{last}"
    written = [str(ipaddress.ip_network(f"203.0.113.{n}/{bits}", strict=False)) for n, bits in networks]
    match = WatchSet([made(Kind.CIDR, value) for value in written]).match_address(ip, port, NOW)
    holding = [v for v in written if ipaddress.ip_address(ip) in ipaddress.ip_network(v)]
    narrowest = max((int(v.rpartition("/")[2]) for v in holding), default=None)
    assert (int(match.indicator.value.rpartition("/")[2]) if match else None) == narrowest
    spans = WatchSet([made(Kind.CIDR, value) for value in written]).address_spans([(ip, port)]).to_pylist()
    assert len(spans) == (1 if holding else 0)
    assert all((row["from_us"], row["until_us"]) == (START_US, END_US) for row in spans)


@given(st.text(max_size=40))
def test_no_text_makes_matching_fail(text: str) -> None:
    WatchSet([made(Kind.DOMAIN, "pool.example")]).match_name(text, from_us(0))
