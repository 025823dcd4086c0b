"""The file that keeps accounts and devices from logging in."""

from minewarden.enforce.compilers.radius import FILE, RadiusCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import NOW, SAMPLE, SOON


def entries(*rules: BlockRule) -> list[str]:
    lines = RadiusCompiler(now=NOW).compile(rules)[FILE].decode().splitlines()
    return [line for line in lines if line.startswith("DEFAULT")]


def test_accounts_and_devices_only() -> None:
    assert entries(
        BlockRule(Target.ACCOUNT, "zhangz", SOON, "case 3"),
        BlockRule(Target.STATION, "02:00:00:00:00:0a", SOON, "case 3"),
        BlockRule(Target.NAME, "pool.example.net", SOON, "case 3"),
    ) == [
        "DEFAULT User-Name == 'zhangz', Auth-Type := Reject",
        f"DEFAULT Calling-Station-Id =~ '(?i)^{'[-:.]?'.join('02000000000a')}', Auth-Type := Reject",
    ]
    assert entries(*(rule for rule in SAMPLE if rule.target not in (Target.ACCOUNT, Target.STATION))) == []


def test_a_backslash_is_no_escape() -> None:
    assert entries(BlockRule(Target.ACCOUNT, "school\\zhang", SOON, "r")) == [
        "DEFAULT User-Name == 'school\\\\zhang', Auth-Type := Reject"
    ]
