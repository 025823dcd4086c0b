"""The rules for Suricata: sids that stay, and options that nobody's text can end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.compilers import suricata
from minewarden.enforce.compilers.suricata import SuricataCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.rules import NOW, SAMPLE, SOON, any_rule

RULE = re.compile(r'^(alert|drop) \S+ any any -> \S+ \S+ \(msg:"[^";\\]*"; [^"]*("[^"]*"[^"]*)*;\)$')


def rules_of(rules: list[BlockRule] | tuple[BlockRule, ...], **options: str) -> list[str]:
    """The rule lines of minewarden.rules."""
    text = SuricataCompiler(now=NOW, **options).compile(rules)["minewarden.rules"].decode()  # type: ignore[arg-type]
    return [line for line in text.splitlines() if not line.startswith("#")]


def sid(line: str) -> int:
    """The sid of a rule line."""
    return int(re.findall(r" sid:(\d+);", line)[0])


@given(st.lists(any_rule(), max_size=12))
def test_sids_are_unique_local_and_kept(rules: list[BlockRule]) -> None:
    lines = rules_of(rules)
    sids = [sid(line) for line in lines]
    assert len(sids) == len(set(sids))
    assert all(1_001_000 <= number < 2_000_000 for number in sids)
    alone = {sid(line) for rule in rules for line in rules_of([rule])}
    assert set(sids) == alone


def test_a_sid_that_is_taken_gives_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suricata, "_PAST_SIDS", suricata._FIRST_SID + 3)
    lines = rules_of([BlockRule(Target.NAME, "pool.example.net", SOON, "r")])
    assert sorted(map(sid, lines)) == [1_001_000, 1_001_001, 1_001_002]


@given(st.text(max_size=100), st.text(max_size=100))
def test_text_ends_no_option(reason: str, basis: str) -> None:
    for line in rules_of([BlockRule(Target.NAME, "pool.example.net", SOON, reason, basis=basis)]):
        assert RULE.match(line), line
        assert line.count("sid:1") == 1 or "sid:1" in reason + basis
        metadata = line.split("metadata:")[1] if "metadata:" not in reason + basis else ""
        assert metadata.count(";") <= 1


def test_drop_is_asked_for() -> None:
    assert all(line.startswith("alert ") for line in rules_of(SAMPLE))
    assert all(line.startswith("drop ") for line in rules_of(SAMPLE, action="drop"))
    stratum = SuricataCompiler(now=NOW, stratum_action="drop").compile([])["minewarden-stratum.rules"].decode()
    lines = [line for line in stratum.splitlines() if not line.startswith("#")]
    assert len(lines) >= 10
    assert all(line.startswith("drop tcp ") for line in lines)
    assert all("expires 2027-05-23T01:02:03Z" in line for line in lines)
    assert not {"{action}", "{until}", "{limit}"}.intersection(re.findall(r"\{\w+\}", stratum))


def test_protocol_sids_are_apart_from_the_others() -> None:
    stratum = SuricataCompiler(now=NOW).compile([])["minewarden-stratum.rules"].decode()
    sids = [sid(line) for line in stratum.splitlines() if not line.startswith("#")]
    assert len(sids) == len(set(sids))
    assert all(1_000_001 <= number <= 1_000_099 for number in sids)
