"""Rules that the tests of this room share."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from minewarden.vocab.blockrule import BlockRule, Target

NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=90)

SAMPLE = (
    BlockRule(Target.NAME, "pool.example.net", SOON, "finding 0190-a", basis="《云川市教育系统“挖矿”治理办法》第三条"),
    BlockRule(Target.NAME, "pool.example.net", LATER, "notice 2026-7"),
    BlockRule(Target.NAME, "eu1.bad.example.net", LATER, "notice 2026-7"),
    BlockRule(Target.SUBTREE, "bad.example.net", SOON, "case 419901-2026-3"),
    BlockRule(Target.NAME, "xn--fiqs8s.example.net", SOON, "finding 0190-b"),
    BlockRule(Target.IP, "203.0.113.9", SOON, "finding 0190-a"),
    BlockRule(Target.IP, "2001:db8::9", SOON, "finding 0190-c"),
    BlockRule(Target.CIDR, "198.51.100.0/24", SOON, "notice 2026-7"),
    BlockRule(Target.CIDR, "198.51.100.64/26", LATER, "notice 2026-8"),
    BlockRule(Target.CIDR, "198.51.100.128/26", SOON - timedelta(days=1), "notice 2026-9"),
    BlockRule(Target.CIDR, "2001:db8:1::/48", SOON, "notice 2026-7"),
    BlockRule(Target.IP_PORT, "203.0.113.10", SOON, "finding 0190-d", 3333),
    BlockRule(Target.IP_PORT, "203.0.113.10", SOON + timedelta(milliseconds=1), "finding 0190-d", 14444),
    BlockRule(Target.IP_PORT, "2001:db8::10", SOON, 'hostile";\nend\\ {x} ; sid:1;', 3333),
    BlockRule(Target.ACCOUNT, "zhangz", SOON, "case 419901-2026-3"),
    BlockRule(Target.STATION, "02:00:00:00:00:0a", LATER, "case 419901-2026-3"),
)


_ENDS = st.integers(1, 200 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))


def any_block() -> st.SearchStrategy[BlockRule]:
    """Rules for ranges that nest in one another."""
    blocks = st.tuples(st.integers(0, 255), st.integers(24, 31)).map(
        lambda pair: f"198.51.100.{pair[0] >> (32 - pair[1]) << (32 - pair[1])}/{pair[1]}"
    )
    return st.builds(BlockRule, st.just(Target.CIDR), blocks, _ENDS, st.text(max_size=30))


def any_rule() -> st.SearchStrategy[BlockRule]:
    """Rules of every target that may be compiled, close enough together to repeat, nest and touch."""
    reason = st.text(max_size=30)
    names = st.lists(st.sampled_from(["a", "b", "pool", "eu1"]), min_size=1, max_size=3).map(
        lambda labels: ".".join([*labels, "example.net"])
    )
    v4 = st.integers(0, 255).map(lambda last: f"203.0.113.{last}")
    v6 = st.integers(0, 255).map(lambda last: f"2001:db8::{last:x}")
    return st.one_of(
        st.builds(BlockRule, st.sampled_from([Target.NAME, Target.SUBTREE]), names, _ENDS, reason),
        st.builds(BlockRule, st.just(Target.IP), v4 | v6, _ENDS, reason),
        any_block(),
        st.builds(BlockRule, st.just(Target.IP_PORT), v4 | v6, _ENDS, reason, st.integers(1, 65535)),
        st.builds(BlockRule, st.just(Target.ACCOUNT), st.sampled_from(["zhangz", "lisi", "a\\b"]), _ENDS, reason),
        st.builds(BlockRule, st.just(Target.STATION), st.just("02:00:00:00:00:0a"), _ENDS, reason),
    )
