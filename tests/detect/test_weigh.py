"""What weights add up to, and what they may never add up to."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.config.settings import numbers
from minewarden.detect.weigh import DEFAULT, FAMILIES, PRIOR, RANKING, Fusion, log_odds, state_of, weigh
from minewarden.vocab.finding import Evidence, Grade, State
from minewarden.vocab.message import message

T = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)
ANY = st.tuples(
    st.sampled_from([*FAMILIES, "visitors", "confounder", "follower", "of a plugin"]),
    st.sampled_from([Grade.LOOKED_UP, Grade.CONNECTED, Grade.BEHAVED]),
    st.floats(-100, 1e6),
    st.none() | st.floats(0, 1),
)
SETTLED = st.builds(
    Fusion, **{one.name: st.floats(one.metadata["least"], one.metadata["most"]) for one in numbers(DEFAULT)}
)


def evidence(family: str, weight: float, grade: Grade = Grade.BEHAVED, p_value: float | None = None) -> Evidence:
    text = message("patrol.skipped", detector="d", tables="t")
    return Evidence("d", family, grade, weight, text, T, T, p_value=p_value)


FOLLOWS = evidence("block-clock", 18, p_value=1e-9)


def test_parsed_protocol_confirms_and_a_list_does_not() -> None:
    assert state_of([evidence("protocol", 20, Grade.HANDSHAKE)]) is State.CONFIRMED
    assert state_of([evidence("protocol", 20, Grade.BEHAVED)]) is State.PROBABLE
    assert state_of([evidence("intel-flow", 1000, Grade.CONNECTED)]) is State.PROBABLE


def test_doubts_do_not_touch_what_was_parsed() -> None:
    doubts = [evidence("visitors", -100), evidence("confounder", -100)]
    assert state_of([evidence("protocol", 20, Grade.WORK), *doubts]) is State.CONFIRMED
    assert state_of([evidence("intel-flow", 11), *doubts]) is State.PROBABLE


@given(st.lists(ANY, min_size=1))
def test_without_an_exact_test_no_amount_of_evidence_confirms(items: list[tuple[str, Grade, float, float]]) -> None:
    said = [evidence(family, weight, grade) for family, grade, weight, _ in items]
    assert state_of(said) is not State.CONFIRMED


@given(st.lists(ANY.filter(lambda item: item[0] not in ("intel-flow", "shape", "behaviour")), min_size=1))
def test_an_exact_test_confirms_nothing_without_a_companion(items: list[tuple[str, Grade, float, float]]) -> None:
    said = [evidence(family, weight, grade, p_value) for family, grade, weight, p_value in items]
    assert state_of([FOLLOWS, *said]) is not State.CONFIRMED


@pytest.mark.parametrize(("family", "enough"), [("intel-flow", 5.0), ("shape", 5.5), ("behaviour", 4.0)])
def test_an_exact_test_and_a_second_reason_confirm(family: str, enough: float) -> None:
    assert state_of([FOLLOWS, evidence(family, enough)]) is State.CONFIRMED
    assert state_of([FOLLOWS, evidence(family, enough - 0.1)]) is not State.CONFIRMED
    assert state_of([replace(FOLLOWS, p_value=1.1e-8), evidence(family, enough)]) is State.PROBABLE
    assert state_of([replace(FOLLOWS, p_value=None), evidence(family, enough)]) is State.PROBABLE


@pytest.mark.parametrize("doubt", ["visitors", "confounder", "follower"])
def test_whatever_speaks_for_a_harmless_follower_of_blocks_stops_the_confirmation(doubt: str) -> None:
    said = [FOLLOWS, evidence("behaviour", 5), evidence(doubt, 0.0)]
    assert state_of(said) is not State.CONFIRMED


@pytest.mark.parametrize("family", ["same-clock", "shape", "flow", "of a plugin"])
def test_only_the_family_with_an_exact_null_may_claim_one(family: str) -> None:
    claimed = evidence(family, 1000, p_value=0.0)
    assert state_of([claimed, evidence("intel-flow", 11)]) is State.PROBABLE


@pytest.mark.parametrize("family", ["shape", "behaviour", "flow", "proxy", "upstream", "block-clock", "intel-dns"])
def test_these_families_are_never_probable_alone(family: str) -> None:
    assert state_of([evidence(family, 1000, p_value=0.0)]) is State.SUSPECTED


def test_two_that_follow_one_chain_keep_one_clock_which_counts_once() -> None:
    alone = weigh([FOLLOWS]).log_odds
    assert weigh([FOLLOWS, evidence("same-clock", 1)]).log_odds == alone
    assert weigh([FOLLOWS, evidence("same-clock", 10)]).log_odds == pytest.approx(
        log_odds([evidence("same-clock", 10)])
    )
    only_notices = [FOLLOWS, evidence("shape", 6), evidence("behaviour", 3), evidence("confounder", -6)]
    assert state_of([*only_notices, evidence("same-clock", 1)]) is State.SUSPECTED


def test_a_confirmed_neighbour_of_the_same_clock_makes_probable_and_no_more() -> None:
    assert state_of([evidence("same-clock", 1000)]) is State.PROBABLE


def test_shape_and_behaviour_together_are_probable_and_no_more() -> None:
    assert state_of([evidence("shape", 1000), evidence("behaviour", 1000)]) is State.PROBABLE


@given(st.floats(0, 8), st.floats(0, 6), st.floats(0, 6))
def test_flow_counts_only_beyond_what_is_seen_closer_up(flow: float, shape: float, behaviour: float) -> None:
    closer = [evidence("shape", shape), evidence("behaviour", behaviour)]
    assert log_odds([evidence("flow", flow), *closer]) == pytest.approx(max(log_odds(closer), PRIOR + flow))


def test_flow_with_a_list_is_probable() -> None:
    assert state_of([evidence("flow", 6), evidence("intel-flow", 3.6, Grade.CONNECTED)]) is State.PROBABLE


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_name_alone_is_never_more_than_suspected(weights: list[float]) -> None:
    looked_up = [evidence("intel-dns", weight, Grade.LOOKED_UP) for weight in weights]
    assert state_of(looked_up) is State.SUSPECTED
    assert state_of([*looked_up, evidence("visitors", -1, Grade.CONNECTED)]) is State.SUSPECTED


def test_a_family_is_capped() -> None:
    one = evidence("intel-dns", 5, Grade.LOOKED_UP)
    assert log_odds([one]) == log_odds([one] * 10)


@given(st.lists(ANY, min_size=1), st.floats(-1e6, 1e6))
def test_doubt_never_speaks_for_mining(items: list[tuple[str, Grade, float, float]], doubt: float) -> None:
    said = [evidence(family, weight, grade, p_value) for family, grade, weight, p_value in items]
    more = [*said, evidence("visitors", doubt)]
    assert log_odds(more) <= log_odds(said) + 1e-9
    assert state_of(more).rank <= state_of(said).rank


@given(st.lists(ANY, min_size=1), st.sampled_from([*FAMILIES, "of a plugin"]), st.floats(0, 100))
def test_a_further_reason_never_weakens(
    items: list[tuple[str, Grade, float, float]], family: str, weight: float
) -> None:
    said = [evidence(family, abs(weight), grade, p_value) for family, grade, weight, p_value in items]
    more = [*said, evidence(family, weight)]
    assert log_odds(more) >= log_odds(said) - 1e-9
    assert state_of(more).rank >= state_of(said).rank


def test_doubt_takes_no_more_than_the_ranking_families_have() -> None:
    said = [evidence("shape", 2), evidence("intel-flow", 6), evidence("visitors", -5)]
    assert weigh(said).doubt == 2
    assert log_odds(said) == pytest.approx(PRIOR + 6)


def test_where_a_follower_of_blocks_is_not_told_from_a_miner_yet_only_what_both_show_is_taken() -> None:
    follower = evidence("follower", -6)
    assert log_odds([FOLLOWS, follower]) == log_odds([FOLLOWS, evidence("follower", 0)])
    notices = [FOLLOWS, evidence("shape", 6), evidence("behaviour", 3), follower]
    assert weigh(notices).doubt == 6
    assert state_of(notices) is State.SUSPECTED
    assert state_of([*notices, evidence("intel-flow", 3)]) is State.PROBABLE


@given(st.permutations(range(6)))
def test_the_order_does_not_matter(order: list[int]) -> None:
    said = [evidence(family, 0.1 * n) for n, family in enumerate(("shape", "flow", "shape", "visitors", "x", "flow"))]
    assert weigh(said[i] for i in order) == weigh(said)


@given(st.lists(ANY, min_size=1))
def test_a_probability_is_never_said_to_be_certain(items: list[tuple[str, Grade, float, float]]) -> None:
    weighed = weigh(evidence(family, weight, grade) for family, grade, weight, _ in items)
    assert 0 <= weighed.probability <= 0.999


@given(st.lists(ANY, min_size=1), SETTLED)
def test_no_setting_lets_ranks_confirm(items: list[tuple[str, Grade, float, float]], own: Fusion) -> None:
    said = [evidence(family, weight, grade) for family, grade, weight, _ in items]
    assert weigh(said, own).state is not State.CONFIRMED


@pytest.mark.parametrize("family", [*sorted(RANKING - {"same-clock"}), "upstream", "of a plugin", "intel-dns"])
@given(own=SETTLED)
def test_no_setting_makes_them_probable_alone(family: str, own: Fusion) -> None:
    grade = Grade.LOOKED_UP if family == "intel-dns" else Grade.BEHAVED
    assert weigh([evidence(family, 1000, grade, p_value=0.0)], own).state is State.SUSPECTED


@given(SETTLED)
def test_no_setting_takes_what_confirms_away(own: Fusion) -> None:
    assert weigh([evidence("protocol", 20, Grade.HANDSHAKE)], own).state is State.CONFIRMED
    assert weigh([FOLLOWS, evidence("intel-flow", 5.0)], own).state is State.CONFIRMED


def test_a_lower_base_rate_asks_for_more() -> None:
    listed = [evidence("intel-flow", 10)]
    assert weigh(listed).state is State.PROBABLE
    assert weigh(listed, Fusion(base_rate=1e-5)).state is State.SUSPECTED
    assert weigh(listed, Fusion(cap_intel_flow=9.0)).state is State.SUSPECTED
