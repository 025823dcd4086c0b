"""飞书 against a robot on loopback that checks the signature itself."""

import base64
import hashlib
import hmac

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.feishu import Feishu
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW

SECRET = "secret-of-the-test"


def test_a_letter_is_signed_with_stamp_and_secret_as_the_key():
    with gateway((200, {"code": 0, "msg": "success"})) as there:
        Feishu({"url": there.url, "secret": SECRET}).send(LETTER, now=NOW)
    body = there.json()
    assert body["timestamp"] == str(int(NOW.timestamp()))
    wanted = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert base64.b64decode(body["sign"]) == wanted
    assert body["content"]["text"].startswith(LETTER.text)


def test_the_older_form_of_the_answer_is_understood():
    with gateway((200, {"StatusCode": 0, "StatusMessage": "success"})) as there:
        Feishu({"url": there.url}).send(LETTER, now=NOW)
    assert "sign" not in there.json()


@pytest.mark.parametrize(("code", "final", "wait"), [(11232, False, 60), (19021, True, None)])
def test_what_the_codes_mean(code, final, wait):
    with gateway((200, {"code": code})) as there, pytest.raises(DeliveryError) as caught:
        Feishu({"url": there.url}).send(LETTER, now=NOW)
    assert caught.value.final is final
    assert (caught.value.after.total_seconds() if caught.value.after else None) == wait
