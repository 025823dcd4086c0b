"""Apprise's own way of posting JSON, against a server on loopback."""

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.other import Other
from minewarden.vocab.errors import ConfigError
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW

# The library imports it itself, on the Python that still has it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_a_letter_arrives():
    with gateway((200, {})) as there:
        Other({"url": there.url.replace("http://", "json://")}).send(LETTER, now=NOW)
    assert LETTER.text in there.json()["message"]


def test_a_refusal_is_one():
    with gateway((500, {})) as there, pytest.raises(DeliveryError):
        Other({"url": there.url.replace("http://", "json://")}).send(LETTER, now=NOW)


def test_an_address_that_apprise_does_not_know_is_refused():
    with pytest.raises(ConfigError):
        Other({"url": "nonsense"})
