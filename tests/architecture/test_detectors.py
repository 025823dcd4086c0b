"""Each detector is one file that names its source, has dated settings, a test at its place, and a folder of logs."""

import tomllib
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from minewarden.plugins import DETECTORS

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("name", list(DETECTORS))
def test_it_names_its_source_and_its_settings_are_dated(name: str) -> None:
    kind = DETECTORS.load(name)
    module = import_module(kind.__module__)
    assert kind.__module__ == f"minewarden.detect.detectors.{name}"
    assert kind().name == name
    assert "Source: " in (module.__doc__ or "")
    assert isinstance(module.Settings.AS_OF, date)
    assert isinstance(kind().settings, module.Settings)


@pytest.mark.parametrize("name", list(DETECTORS))
def test_it_has_its_test_and_finds_what_its_scenario_expects(name: str) -> None:
    assert (TESTS / f"detect/detectors/test_{name}.py").is_file()
    folder = TESTS / "scenarios" / name
    assert tomllib.loads((folder / "expect.toml").read_text(encoding="utf-8"))["finding"]
    assert any((folder / "logs").iterdir())
