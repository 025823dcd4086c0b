"""Every detector's numbers are dated, within their own bounds, and take what a person gives."""

from datetime import date

import pytest

from minewarden.config.settings import Config, SettingErrors
from minewarden.detect.tuning import Tuning, defaults, listed
from minewarden.plugins import DETECTORS


def test_every_detector_has_dated_settings_within_their_bounds() -> None:
    assert set(defaults()) == set(DETECTORS)
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
