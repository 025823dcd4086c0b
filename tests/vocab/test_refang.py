"""Harmless spellings become what they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab.refang import LONGEST, refang


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203[.]0[.]113[.]5", "203.0.113.5"),
        ("203(.)0{.}113[点]5", "203.0.113.5"),
        ("pool[dot]example", "pool.example"),
        ("hxxps://pool.example", "https://pool.example"),
        ("见 hxxp[://]pool.example[:]8080", "见 http://pool.example:8080"),
        ("２０３．０．１１３．５：３３３３", "203.0.113.5:3333"),
        ("203。0。113。5", "203.0.113.5"),
        ("\ufeff203.0.113\u200b.5 \u200e", "203.0.113.5"),
    ],
)
def test_it_is_undone(written: str, meant: str) -> None:
    assert refang(written) == meant


def test_more_than_an_indicator_is_refused_before_any_pattern_sees_it() -> None:
    with pytest.raises(ValueError, match="2049"):
        refang("a" * (LONGEST + 1))
    assert refang("a" * 3000, 3000)


@given(st.text(max_size=80))
def test_any_text_passes_without_harm(text: str) -> None:
    refang(text)
