"""钉钉 against a robot on loopback that checks the signature itself."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.dingtalk import DingTalk
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW

SECRET = "SEC-of-the-test"


def test_a_letter_is_signed_with_the_secret_as_the_key():
    with gateway((200, {"errcode": 0})) as there:
        DingTalk({"url": there.url + "/robot/send?access_token=t", "secret": SECRET}).send(LETTER, now=NOW)
    given = parse_qs(urlsplit(there.paths[0]).query)
    stamp = given["timestamp"][0]
    assert stamp == str(int(NOW.timestamp()) * 1000)
    wanted = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(given["sign"][0]) == wanted
    assert given["access_token"] == ["t"]
    assert LETTER.text in there.json()["text"]["content"]


def test_without_a_secret_nothing_is_signed():
    with gateway((200, {"errcode": 0})) as there:
        DingTalk({"url": there.url + "/robot/send?access_token=t"}).send(LETTER, now=NOW)
    assert there.paths == ["/robot/send?access_token=t"]


@pytest.mark.parametrize(("code", "final", "wait"), [(130101, False, 600), (310000, True, None), (-1, False, None)])
def test_what_the_codes_mean(code, final, wait):
    with gateway((200, {"errcode": code})) as there, pytest.raises(DeliveryError) as caught:
        DingTalk({"url": there.url}).send(LETTER, now=NOW)
    assert caught.value.final is final
    assert (caught.value.after.total_seconds() if caught.value.after else None) == wait
