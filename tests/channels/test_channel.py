"""What is filled in is checked, and a text is cut by bytes without breaking a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.channels.channel import Given, Setting, refused, short
from minewarden.plugins import CHANNELS
from minewarden.vocab.errors import ConfigError

SETTINGS = (Setting("url"), Setting("port", default="587"), Setting("note", required=False))


def test_defaults_stand_in_and_what_is_required_is_asked_for():
    read = Given.read("x", SETTINGS, {"url": " https://a.example ", "more": "is left out"})
    assert dict(read.values) == {"url": "https://a.example", "port": "587", "note": ""}
    with pytest.raises(ConfigError, match="url"):
        Given.read("x", SETTINGS, {"url": "  "})


@given(st.text(), st.integers(3, 60))
def test_a_cut_text_is_short_enough_and_whole(text, longest):
    cut = short(text, longest)
    assert len(cut.encode()) <= longest
    assert cut == text or text.startswith(cut[:-1])


def test_a_refusal_says_in_both_languages_what_happened():
    error = refused("too_fast", code=45009)
    assert "45009" in error.said("zh")
    assert "45009" in error.said("en")
    assert not (error.final)
    assert not (error.unsure)


@pytest.mark.parametrize("kind", list(CHANNELS))
def test_every_channel_names_its_kind_and_hides_its_secrets(kind):
    channel = CHANNELS.load(kind)
    assert channel.kind == kind
    assert channel.limits, "a channel without a limit could flood somebody"
    assert channel.personal in ("mail", "phone", "")
    assert all(s.secret for s in channel.settings if s.name in ("secret", "password"))
    with pytest.raises(ConfigError):
        channel({})
