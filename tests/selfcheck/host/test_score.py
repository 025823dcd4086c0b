"""From signs to a result: what may add up, and that load alone never accuses."""

from hypothesis import given
from hypothesis import strategies as st

from minewarden.selfcheck.host.report import BEHAVIOUR, FAMILIES, INTENT, NETWORK, RESULTS, Finding, Gap
from minewarden.selfcheck.host.score import result

SIGNS = st.builds(
    Finding, check=st.just("x"), family=st.sampled_from(FAMILIES), severity=st.just("low"),
    subject=st.sampled_from(["pid:1", "pid:2", "host"]), evidence=st.just({}), weak=st.booleans(),
)  # fmt: skip
ORDER = ("nothing-found", "unclear", "likely", "confirmed")


@given(st.lists(SIGNS, max_size=8), SIGNS)
def test_one_sign_more_never_makes_it_less(signs: list[Finding], more: Finding) -> None:
    assert ORDER.index(result([*signs, more], [])) >= ORDER.index(result(signs, []))


@given(st.lists(SIGNS.filter(lambda sign: sign.family == BEHAVIOUR or sign.weak), max_size=8))
def test_load_and_weak_signs_are_at_most_unclear(signs: list[Finding]) -> None:
    assert result(signs, []) in ("nothing-found", "unclear")


@given(st.lists(SIGNS, max_size=8))
def test_confirmed_needs_intent_or_a_pool(signs: list[Finding]) -> None:
    firm = {sign.family for sign in signs if not sign.weak}
    if result(signs, []) == "confirmed":
        assert firm & {INTENT, NETWORK}


def test_no_result_is_called_clean() -> None:
    assert "clean" not in RESULTS
    assert result([], [Gap("cmdline", "no-permission", 3)]) == "not-able-to-tell"
    assert result([], [Gap("gpu", "not-there")]) == "nothing-found"


def test_a_firm_sign_of_the_host_counts_beside_programs_with_weak_ones() -> None:
    firm = Finding(check="x", family=INTENT, severity="low", subject="host", evidence={})
    weak = Finding(check="x", family=INTENT, severity="low", subject="pid:1", evidence={}, weak=True)
    assert result([firm], []) == result([firm, weak], []) == "unclear"
