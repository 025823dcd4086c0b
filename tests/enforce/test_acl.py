"""Access lists for hand entry: made anew each time, and nothing that a command line would take for a call."""

import ipaddress

import pytest

from minewarden.enforce.acl import wildcard
from minewarden.enforce.compilers.h3c import H3cCompiler
from minewarden.enforce.compilers.huawei import HuaweiCompiler
from minewarden.enforce.compilers.ruijie import RuijieCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import NOW, SAMPLE, SOON

COMPILERS = [HuaweiCompiler, H3cCompiler, RuijieCompiler]


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda one: one.form)
def test_no_remark_calls_for_help_or_grows_too_long(compiler) -> None:
    rule = BlockRule(Target.IP, "203.0.113.9", SOON, "why? \"so\" 'and' " + "long " * 90)
    for line in compiler(now=NOW).compile([rule])[f"minewarden-{compiler.form}.txt"].decode().splitlines():
        assert not set(line) & set("?\"'")
        assert len(line) <= 127


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda one: one.form)
def test_the_list_is_made_anew_and_can_be_taken_away(compiler) -> None:
    files = compiler(now=NOW).compile(SAMPLE)
    lines = files[f"minewarden-{compiler.form}.txt"].decode().splitlines()
    undo = files[f"minewarden-{compiler.form}-undo.txt"].decode().splitlines()
    assert set(compiler.dialect.undo) <= set(undo)
    assert lines.index(compiler.dialect.undo[0]) < lines.index(compiler.dialect.head[4])
    assert sum(" deny " in line for line in lines) == sum(rule.target in ("ip", "cidr", "ip-port") for rule in SAMPLE)
    assert sum(" permit " in line for line in lines) == 2


def test_an_inverted_mask() -> None:
    assert wildcard(ipaddress.ip_network("198.51.100.0/26")) == "0.0.0.63"
