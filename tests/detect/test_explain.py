"""What a teacher is told: a number in words, the ground of the state, what else could explain each kind of reason."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.explain import explained, percent
from minewarden.detect.weigh import FAMILIES, Fusion, weigh
from minewarden.vocab.finding import Grade, State
from minewarden.vocab.words import both, render, table
from tests.detect.test_weigh import FOLLOWS, evidence


@pytest.mark.parametrize("family", [*FAMILIES, "of a plugin"])
def test_each_kind_of_reason_says_what_else_could_explain_it(family: str) -> None:
    said = explained(weigh([evidence(family, 5)]))[-1]
    assert "其他可能" in render(said, "zh")
    assert re.search("[Ww]hat else", render(said, "en"))
    assert "5.0" in render(said, "zh")


WEIGHED = (
    *(("stratum", key) for key in ("shares", "jobs", "fetched", "handshake", "alive", "refused", "handover")),
    *(("known_pool", key) for key in table("known_pool")),
    *(("tls_shape", key) for key in table("tls_shape")),
    *(("push_flow", key) for key in ("timer", "push", "shares", "polled")),
    *(("internal_proxy", key) for key in table("internal_proxy")),
    *(("ids_alert", key) for key in table("ids_alert")),
    *(("sv2", "handshake"), ("flow_only", "pace"), ("clock", "follows"), ("clock", "same")),
)
ELSE = {
    "zh": "可能|也会|也常|如为经批准|多半|易主|其他程序",
    "en": r"\bmay\b|\bwould\b|possible|often (do|like)|blocks too|together too|change hands|most likely|cause",
}


@pytest.mark.parametrize(("name", "key"), WEIGHED)
def test_each_sentence_of_a_detector_says_what_else_could_explain_it(name: str, key: str) -> None:
    for language, words in ELSE.items():
        assert re.search(words, table(name)[key][language]), (language, table(name)[key][language])


def test_a_number_is_said_with_its_base_rate() -> None:
    first = render(explained(weigh([evidence("intel-flow", 10)]))[0], "zh")
    assert "1 类" in first
    assert "约 69%" in first
    assert "约 10000 条中有 1 条" in first
    rarer = Fusion(base_rate=2e-5)
    assert "约 50000 条中有 1 条" in render(explained(weigh([evidence("intel-flow", 10)], rarer))[0], "zh")


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ([evidence("protocol", 20, Grade.WORK)], "ground_protocol"),
        ([FOLLOWS, evidence("behaviour", 5)], "ground_exact"),
        ([evidence("intel-flow", 10)], "ground_sum"),
        ([evidence("intel-dns", 5, Grade.LOOKED_UP)], "ground_look_up"),
        ([evidence("shape", 6)], "ground_weak"),
    ],
)
def test_the_ground_of_the_state_is_said(said: list[object], key: str) -> None:
    weighed = weigh(said)  # type: ignore[arg-type]
    ground = explained(weighed)[1]
    assert ground.id == f"explain.{key}"
    word = {State.CONFIRMED: "确认", State.PROBABLE: "很可能", State.SUSPECTED: "疑似"}[weighed.state]
    assert f"“{word}”" in render(ground, "zh")


def test_doubt_is_said_and_what_does_not_count_is_not() -> None:
    told = [said.id for said in explained(weigh([evidence("flow", 6), evidence("shape", 6), evidence("visitors", -2)]))]
    assert told[2:] == ["explain.family_shape", "explain.doubt"]


@given(st.floats(0, 0.999), st.floats(0, 0.999))
def test_percent_keeps_the_order_and_says_neither_nought_nor_a_hundred(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 < float(percent(low)) <= float(percent(high)) <= 99


@pytest.mark.parametrize("weight", [0, 1, 4.7, 6, 8, 9, 9.3, 11])
def test_every_band_speaks_both_languages(weight: float) -> None:
    for said in explained(weigh([evidence("intel-flow", weight)])):
        assert all(not re.search(r"[{}]", sentence) for sentence in both(said).values())
