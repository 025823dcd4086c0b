"""Errors: each says itself in both languages, those of a file with the place in front."""

import pytest

from minewarden.vocab.errors import (
    ConfigError,
    GuardRefusal,
    InputError,
    MinewardenError,
    TransitionError,
    UsageError,
    ZoneNeeded,
)
from minewarden.vocab.message import message

SENTENCE = message("ingest.empty")


def test_a_line_is_named_and_the_whole_file_is_not_called_line_zero() -> None:
    assert InputError("a.log", 7, SENTENCE).said("en").startswith("a.log:7: is empty")
    assert InputError("a.log", 0, SENTENCE).said("en").startswith("a.log: is empty")
    assert InputError("a.log", 0, SENTENCE).said("zh").startswith("a.log: 文件为空")


def test_the_missing_zone_says_how_to_declare_one() -> None:
    error = ZoneNeeded("b.log", 3)
    assert isinstance(error, InputError)
    assert "b.log:3" in error.said("en")
    assert "--zone" in error.said("en")
    assert "--zone" in error.said("zh")


@pytest.mark.parametrize("kind", [UsageError, ConfigError, GuardRefusal, TransitionError])
def test_every_error_is_one_of_ours_and_prints_in_english(kind: type[MinewardenError]) -> None:
    error = kind(SENTENCE)
    assert isinstance(error, MinewardenError)
    assert not isinstance(error, InputError)
    assert str(error) == error.said("en") != error.said("zh")
