"""What makes two block rules the same rule."""

from datetime import UTC, datetime, timedelta

from minewarden.vocab.blockrule import BlockRule, Target

END = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_later_end_or_another_reason_is_the_same_rule() -> None:
    one = BlockRule(Target.IP_PORT, "192.0.2.7", END, "case 1", port=3333)
    longer = BlockRule(Target.IP_PORT, "192.0.2.7", END + timedelta(days=30), "case 2", port=3333, basis="4.3")
    assert one.key == longer.key
    assert one != longer


def test_another_port_or_target_is_another_rule() -> None:
    keys = {
        BlockRule(Target.IP_PORT, "192.0.2.7", END, "x", port=3333).key,
        BlockRule(Target.IP_PORT, "192.0.2.7", END, "x", port=4444).key,
        BlockRule(Target.IP, "192.0.2.7", END, "x").key,
        BlockRule(Target.NAME, "pool.example", END, "x").key,
        BlockRule(Target.SUBTREE, "pool.example", END, "x").key,
    }
    assert len(keys) == 5
