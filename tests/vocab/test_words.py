"""Sentences: put into a language, with times of the offices that read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from minewarden.vocab.message import message
from minewarden.vocab.words import both, placeholders, render, table


def test_both_languages_carry_the_parameters() -> None:
    said = both(message("scan.no_such_path", path="日志/a.log"))
    assert said == {"zh": "没有这个文件或文件夹：日志/a.log", "en": "no such file or folder: 日志/a.log"}


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_times_are_shown_in_beijing(zone: timezone) -> None:
    instant = datetime(2026, 3, 12, 16, 0, 5, tzinfo=UTC).astimezone(zone)
    assert "2026-03-13 00:00:05" in render(message("tracelog.year_taken", latest=instant), "en")


def test_what_stands_in_a_parameter_is_not_read_as_a_sentence() -> None:
    hostile = "{path.__class__} {0} {{"
    assert render(message("scan.no_such_path", path=hostile), "en").endswith(hostile)


@pytest.mark.parametrize("said", [message("nowhere.key"), message("scan.no_such_key"), message("scan.no_such_path")])
def test_what_does_not_exist_is_a_key_error(said: object) -> None:
    with pytest.raises(KeyError):
        render(said)  # type: ignore[arg-type]


def test_a_table_has_both_languages_in_every_entry() -> None:
    assert all(set(entry) == {"zh", "en"} for entry in table("ingest").values())


def test_placeholders() -> None:
    assert placeholders("{a} und {b:>3} und {{c}} {a}") == {"a", "b"}
