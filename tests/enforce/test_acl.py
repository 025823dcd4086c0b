"""Access lists for hand entry: made anew each time, and nothing that a command line would take for a call."""

import ipaddress

import pytest

from minewarden.enforce.acl import command_files, wildcard
from minewarden.enforce.compilers import h3c, huawei, ruijie
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import SAMPLE, SOON

DIALECTS = [huawei.DIALECT, h3c.DIALECT, ruijie.DIALECT]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.form)
def test_no_remark_calls_for_help_or_grows_too_long(dialect) -> None:
    rule = BlockRule(Target.IP, "203.0.113.9", SOON, "why? \"so\" 'and' " + "long " * 90)
    for line in command_files(dialect, [rule])[f"minewarden-{dialect.form}.txt"].decode().splitlines():
        assert not set(line) & set("?\"'")
        assert len(line) <= 127


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.form)
def test_the_list_is_made_anew_and_can_be_taken_away(dialect) -> None:
    files = command_files(dialect, SAMPLE)
    lines = files[f"minewarden-{dialect.form}.txt"].decode().splitlines()
    undo = files[f"minewarden-{dialect.form}-undo.txt"].decode().splitlines()
    assert set(dialect.undo) <= set(undo)
    assert lines.index(dialect.undo[0]) < lines.index(dialect.head[4])
    assert sum(" deny " in line for line in lines) == sum(rule.target in ("ip", "cidr", "ip-port") for rule in SAMPLE)
    assert sum(" permit " in line for line in lines) == 2


def test_an_inverted_mask() -> None:
    assert wildcard(ipaddress.ip_network("198.51.100.0/26")) == "0.0.0.63"
