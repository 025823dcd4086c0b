"""A table knows its columns by key, and its headings in both languages."""

import pytest

from tests.documents.devices_table import TABLE


def test_a_column_is_found_by_its_key() -> None:
    assert TABLE.column("mac").key == "mac"
    with pytest.raises(KeyError):
        TABLE.column("nothing")


def test_headings_stand_in_both_languages() -> None:
    assert TABLE.titles("zh")[0] == "资产编号"
    assert TABLE.titles("en")[0] == "Number"


def test_the_mark_names_table_and_version() -> None:
    assert TABLE.mark == "minewarden devices 1"
