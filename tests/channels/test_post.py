"""One POST: what may be tried again, what not, and what is not known."""

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.post import LARGEST, checked, post
from minewarden.vocab.errors import ConfigError
from tests.channels.gateway import gateway


def sent(url: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post(url, b"x", kind="text/plain")
    return caught.value


def test_a_refused_connection_may_be_tried_again_and_names_no_address():
    error = sent("http://127.0.0.1:9/robot?token=secret")
    assert not (error.final)
    assert not (error.unsure)
    assert "secret" not in error.said("zh") + error.said("en") + repr(error.__cause__)


def test_an_answer_that_never_came_leaves_it_unsure():
    with gateway("hang up") as there:
        assert sent(there.url).unsure


@pytest.mark.parametrize(("status", "final"), [(500, False), (503, False), (429, False), (404, True), (302, True)])
def test_what_the_status_means(status, final):
    with gateway((status, b"", {"Location": "http://127.0.0.1:9/", "Retry-After": "120"})) as there:
        error = sent(there.url)
    assert (error.final, error.unsure) == (final, False)
    assert (error.after is not None and error.after.total_seconds() == 120) is not final


def test_a_huge_answer_is_not_read_whole():
    with gateway((200, b"x" * (LARGEST * 4))) as there:
        assert len(post(there.url, b"x", kind="text/plain").body) == LARGEST


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"[" * 50_000, b"\xff"])
def test_an_answer_that_is_no_object_is_an_empty_one(body):
    with gateway((200, body)) as there:
        assert post(there.url, b"x", kind="text/plain").json() == {}


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "https://", "http://a.example:99999/", "http://a b/", "x\r\ny", ""]
)
def test_an_address_that_cannot_be_used_is_refused(url):
    with pytest.raises(ConfigError):
        checked(url)
