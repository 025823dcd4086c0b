"""Every detector's numbers are dated, within their own bounds, and take what a person gives."""

from datetime import date

import pytest

from minewarden.config.settings import Config, SettingErrors
from minewarden.detect.tuning import FUSION, Tuning, defaults, listed
from minewarden.plugins import DETECTORS
from minewarden.vocab.words import table


def test_every_detector_has_dated_settings_within_their_bounds() -> None:
    assert set(defaults()) == {*DETECTORS, FUSION}
    for one in listed(Tuning()):
        assert one.least <= one.own <= one.most, one
        assert one.value == one.own
        assert date(2026, 1, 1) <= one.as_of <= date(2030, 1, 1)


def test_what_is_given_reaches_the_detector() -> None:
    tuning = Tuning.of(Config({"detect": {"push_flow": {"least_pushes": 99}}}, {}))
    assert tuning.detector("push_flow").settings.least_pushes == 99  # type: ignore[attr-defined]
    assert {one.name for one in listed(tuning) if one.value != one.own} == {"least_pushes"}


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SettingErrors, match="least_pushes"):
        Tuning.of(Config({"detect": {"push_flow": {"least_pushes": 0}}}, {}))
    with pytest.raises(KeyError):
        Tuning().detector("nobody")


def test_every_number_is_said_in_a_sentence_and_no_sentence_is_left_over() -> None:
    names = {f"{one.detector}_{one.name}" for one in listed(Tuning())}
    sentences = table("detect_settings")
    assert set(sentences) == names
    for each in sentences.values():
        assert each["zh"].endswith("。")
        assert each["en"].endswith(".")


def test_how_reasons_are_added_up_is_set_like_the_rest() -> None:
    tuning = Tuning.of(
        Config({"detect": {"fusion": {"least_stated": 6}}}, {"MINEWARDEN_DETECT_FUSION_BASE_RATE": "2e-5"})
    )
    assert (tuning.fusion.least_stated, tuning.fusion.base_rate) == (6.0, 2e-5)
    with pytest.raises(SettingErrors, match="cap_flow"):
        Tuning.of(Config({"detect": {"fusion": {"cap_flow": 8.1}}}, {}))
