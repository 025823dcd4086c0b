"""One rule per key, in one order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.fold import fold, fold_for_access, fold_for_network
from minewarden.vocab.blockrule import TERMINALS, BlockRule, Target
from tests.enforce.rules import NOW, any_rule


def test_the_latest_end_holds_and_all_reasons_stand() -> None:
    rules = [
        BlockRule(Target.NAME, "a.example.net", NOW + timedelta(days=2), "case 2", basis="第二条"),
        BlockRule(Target.NAME, "a.example.net", NOW + timedelta(days=1), "case 1", basis=""),
    ]
    assert fold(rules) == (
        BlockRule(Target.NAME, "a.example.net", NOW + timedelta(days=2), "case 1; case 2", basis="第二条"),
    )


@given(st.lists(any_rule(), max_size=30))
def test_keys_are_unique_sorted_and_none_is_lost(rules: list[BlockRule]) -> None:
    folded = fold(rules)
    keys = [rule.key for rule in folded]
    assert keys == sorted({rule.key for rule in rules})
    assert fold(folded) == folded
    assert fold(rules[::-1]) == folded
    for rule in folded:
        assert rule.expires_at == max(other.expires_at for other in rules if other.key == rule.key)


@given(st.lists(any_rule(), max_size=30))
def test_people_and_pools_part(rules: list[BlockRule]) -> None:
    network, access = fold_for_network(rules), fold_for_access(rules)
    assert {rule.target for rule in access} <= TERMINALS
    assert sorted((*network, *access), key=lambda rule: rule.key) == list(fold(rules))
    assert not TERMINALS & {rule.target for rule in network}
