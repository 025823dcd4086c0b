"""What holds for every compiler: the same bytes from the same rules, in any order, and an end on every rule."""

import ast
import inspect
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.plugins import COMPILERS
from minewarden.vocab.blockrule import TERMINALS, BlockRule, Target
from tests.enforce.golden import hold_against_golden
from tests.enforce.rules import NOW, SAMPLE, any_rule

pytestmark = pytest.mark.parametrize("form", list(COMPILERS))


NAMES, ADDRESSES = {Target.NAME, Target.SUBTREE}, {Target.IP, Target.CIDR, Target.IP_PORT}
FORMLESS: dict[str, set[Target]] = {
    "rpz": {Target.IP_PORT},
    "nftables": NAMES,
    "suricata-datasets": {Target.SUBTREE, Target.CIDR, Target.IP_PORT},
    "dnsmasq": ADDRESSES,
    "hosts": ADDRESSES,
    "huawei": NAMES,
    "h3c": NAMES,
    "ruijie": NAMES,
}
"""What a device cannot say."""


def compiled(form: str, rules: list[BlockRule] | tuple[BlockRule, ...]) -> dict[str, bytes]:
    """What a compiler makes of rules."""
    return dict(COMPILERS.load(form)(now=NOW).compile(rules))


def test_the_form_is_the_word_of_the_table(form: str) -> None:
    assert COMPILERS.load(form).form == form


def test_golden(form: str) -> None:
    hold_against_golden(form, compiled(form, SAMPLE))


@given(rules=st.lists(any_rule(), max_size=12), random=st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(form: str, rules: list[BlockRule], random: object) -> None:
    shuffled = rules + rules
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compiled(form, shuffled) == compiled(form, rules)


@given(text=st.text(max_size=300))
def test_a_reason_can_end_no_line(form: str, text: str) -> None:
    def shape(reason: str) -> dict[str, int]:
        rules = [BlockRule(rule.target, rule.value, rule.expires_at, reason, rule.port) for rule in SAMPLE]
        return {name: len(data.decode().splitlines()) for name, data in compiled(form, rules).items()}

    assert shape(text) == shape("plain")


def test_every_end_stands_in_the_output(form: str) -> None:
    everything = b"".join(compiled(form, SAMPLE).values()).decode()
    # Folded away or covered by what lasts longer: the name's earlier order, and in the kernel the range within a range.
    covered = {SAMPLE[0], *(SAMPLE[9:10] if form == "nftables" else ())}
    for rule in covered.symmetric_difference(SAMPLE):
        if rule.target in FORMLESS.get(form, ()) or (rule.target in TERMINALS) is not (form == "radius"):
            continue
        assert rule.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in everything


def test_who_somebody_is_stands_in_no_file_but_that_of_the_access_server(form: str) -> None:
    everything = b"".join(compiled(form, SAMPLE).values())
    assert ((b"zhangz" in everything) and (b"(?i)^0" in everything)) is (form == "radius")
    network = [rule for rule in SAMPLE if rule.target not in TERMINALS]
    assert compiled(form, SAMPLE) == compiled(form, network) or form == "radius"


def test_no_rules_give_every_file_all_the_same(form: str) -> None:
    # So that a list that became empty replaces the one before it.
    assert compiled(form, []).keys() == compiled(form, SAMPLE).keys()


def test_no_compiler_looks_at_a_clock_or_the_network(form: str) -> None:
    source = inspect.getsource(inspect.getmodule(COMPILERS.load(form)))  # type: ignore[arg-type]
    used = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    assert not used & {"now_utc", "today", "utcnow", "time", "connect", "getaddrinfo", "write_bytes", "write_text"}
