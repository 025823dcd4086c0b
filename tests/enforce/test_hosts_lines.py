"""Lines of a hosts file."""

from minewarden.enforce.hosts_lines import hosts_lines
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import LATER, SOON


def test_a_name_stands_once_with_the_rule_that_lasts_longest() -> None:
    rules = [BlockRule(t, "a.example.net", end, "r") for t, end in ((Target.NAME, SOON), (Target.SUBTREE, LATER))]
    lines = hosts_lines(rules)
    assert [line for line in lines if line[0] != "#"] == ["0.0.0.0 a.example.net", ":: a.example.net"]
    assert LATER.strftime("%Y-%m-%d") in lines[0]
