"""What was given is taken, the environment before the file; everything that is wrong is said at once, with its
place."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.config.settings import Config, SettingErrors, numbers, setting


@dataclass(frozen=True, slots=True)
class Numbers:
    AS_OF: ClassVar[date] = date(2026, 1, 1)
    fixed: str = "not to be changed"
    count: int = setting(8, 2, 100)
    share: float = setting(0.5, 0, 1)


OWN = {"one": Numbers(), "two": Numbers()}


def config(folder: Path, text: str, **environment: str) -> Config:
    path = folder / "minewarden.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path, environment)


def test_nothing_given_changes_nothing() -> None:
    assert Config.load(None, {"HOME": "x"}).settled("detect", OWN) == OWN


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    given_here = config(tmp_path, "[detect.one]\ncount = 9\nshare = 1\n", MINEWARDEN_DETECT_ONE_COUNT="10")
    assert given_here.settled("detect", OWN) == {"one": Numbers(count=10, share=1.0), "two": Numbers()}


def test_other_tables_and_variables_are_others_business(tmp_path: Path) -> None:
    other = config(tmp_path, "[desk]\ncolour = 1\n", MINEWARDEN_DATA="/srv", MINEWARDEN_LANGUAGE="en")
    assert other.settled("detect", OWN) == OWN


def test_every_problem_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    text = "[detect]\nthree = 1\n[detect.one]\ncount = 2.5\nshare = true\nfixed = 'x'\ncuont = 3\n"
    text += "[detect.two]\ncount = 1\n"
    with pytest.raises(SettingErrors) as caught:
        config(tmp_path, text, MINEWARDEN_DETECT_TWO_SHARE="many", MINEWARDEN_DETECT_TWO_SHRE="1").settled(
            "detect", OWN
        )
    for language in ("zh", "en"):
        said = caught.value.said(language).split("\n")  # type: ignore[arg-type]
        assert len(said) == 8
        for word in (
            "detect.three",
            "] count",
            "share",
            "fixed",
            "cuont",
            "TWO_SHARE",
            "TWO_SHRE",
            "[detect.two] count",
        ):
            assert any(word in line for line in said), word


@pytest.mark.parametrize(
    "text",
    [
        "[detect",
        "a = \x00",
        "detect = 5\n",
        "[detect]\none = 5\n",
        "[" * 100_000,
        "[detect.one]\nshare = 1" + "0" * 900,
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingErrors) as caught:
        config(tmp_path, text).settled("detect", OWN)
    assert "minewarden.toml" in caught.value.said("zh")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingErrors, match=r"minewarden\.toml"):
        Config.load(tmp_path / "minewarden.toml", {})
    (tmp_path / "latin.toml").write_bytes(b"a = '\xe9'")
    with pytest.raises(SettingErrors, match=r"latin\.toml"):
        Config.load(tmp_path / "latin.toml", {})


@given(st.text(max_size=30))
def test_no_text_of_the_environment_gets_past_the_bounds(text: str) -> None:
    try:
        made = Config({}, {"MINEWARDEN_DETECT_ONE_COUNT": text}).settled("detect", OWN)
    except SettingErrors:
        return
    assert 2 <= made["one"].count <= 100


def test_only_numbers_with_bounds_may_be_changed() -> None:
    assert [one.name for one in numbers(Numbers())] == ["count", "share"]
