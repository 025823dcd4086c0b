"""企业微信 against a robot on loopback."""

from dataclasses import replace

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.wecom import LONGEST, WeCom
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW


def test_a_letter_arrives_as_text_with_its_link():
    with gateway((200, {"errcode": 0, "errmsg": "ok"})) as there:
        WeCom({"url": there.url + "/cgi-bin/webhook/send?key=k"}).send(LETTER, now=NOW)
    assert there.paths == ["/cgi-bin/webhook/send?key=k"]
    assert there.json() == {"msgtype": "text", "text": {"content": f"{LETTER.text}\n{LETTER.link}"}}


def test_a_long_text_is_cut_to_what_the_robot_takes():
    with gateway() as there:
        WeCom({"url": there.url}).send(replace(LETTER, text="挖矿" * 2000), now=NOW)
    assert len(there.json()["text"]["content"].encode()) <= LONGEST


@pytest.mark.parametrize(("code", "final", "wait"), [(45009, False, 60), (93000, True, None), (-1, False, None)])
def test_what_the_codes_mean(code, final, wait):
    with gateway((200, {"errcode": code})) as there, pytest.raises(DeliveryError) as caught:
        WeCom({"url": there.url}).send(LETTER, now=NOW)
    assert caught.value.final is final
    assert (caught.value.after.total_seconds() if caught.value.after else None) == wait
