"""Text from outside on a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from minewarden.cli.terminal import harmless


@given(st.text(max_size=80))
def test_nothing_that_a_terminal_obeys_gets_through(text: str) -> None:
    out = io.StringIO()
    Console(file=out, width=10_000, highlight=False, force_terminal=True).print(harmless(text), soft_wrap=True)
    line = out.getvalue().removesuffix("\n")
    assert all(char.isprintable() or char in " \u3000" for char in line)
    line.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["矿机 7号，GE1/0/7", "全角\u3000空格", "xmrig/6.22.2 [bold]x[/]", "[/]", "\\[x]", ":smile:"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    out = io.StringIO()
    Console(file=out, width=1000, highlight=False, emoji=False).print(harmless(text))
    assert out.getvalue() == text + "\n"


def test_control_characters_are_shown() -> None:
    assert harmless("a\x1b[2Jb\nc\udcff") == "a\\x1b[2Jb\\nc\\udcff"
