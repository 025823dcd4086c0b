"""Whatever a text is, it is tables or a ValueError that says why."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab.toml import parse_toml


def test_tables() -> None:
    assert parse_toml("a = 1\n[b]\nc = ['d']\n") == {"a": 1, "b": {"c": ["d"]}}


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "{b=" * 100_000, "a = " + "9" * 5000, "a = 1\na = 2", "\0"]
)
def test_what_cannot_be_read_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_toml(text)


@given(st.text(alphabet="ab=[]{}\"'\\.,#-:T0123456789\n ", max_size=80))
def test_any_text_is_tables_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_toml(text), dict)
