"""An SMS gateway on loopback, in the two forms that gateways have."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from minewarden.channels.channel import DeliveryError
from minewarden.channels.sms import Sms
from minewarden.vocab.errors import ConfigError
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW

TO = replace(LETTER, to="13800001234")


def test_a_form_with_the_fields_that_were_named():
    with gateway((200, {"code": 0, "msgid": "A-17"})) as there:
        fields = "mobile={to}\ncontent=【云川教育】{text}\nextend={key}\nuid=bureau"
        receipt = Sms({"url": there.url, "fields": fields}).send(TO, now=NOW)
    assert parse_qs(there.bodies[0].decode()) == {
        "mobile": ["13800001234"], "content": [f"【云川教育】{TO.text}"], "extend": [TO.key], "uid": ["bureau"],
    }  # fmt: skip
    assert receipt.number == "A-17"


def test_json_signed_and_the_secret_goes_over_no_wire():
    fields = "phone={to}\ntext={text}\nts={time}\nsign={sign}\nleak={secret}"
    given = {"form": "json", "secret": "s3cret", "signed": "{to}|{time}", "fields": fields}
    with gateway((200, {"code": 0})) as there:
        Sms(given | {"url": there.url}).send(TO, now=NOW)
    body = there.json()
    assert body["sign"] == hmac.new(b"s3cret", f"{TO.to}|{body['ts']}".encode(), hashlib.sha256).hexdigest()
    assert b"s3cret" not in there.bodies[0]
    with gateway((200, {"code": 0})) as there:
        Sms(given | {"url": there.url, "digest": "md5", "signed": "{secret}{to}"}).send(TO, now=NOW)
    assert there.json()["sign"] == hashlib.md5(b"s3cret13800001234").hexdigest()


def test_no_link_goes_into_an_sms_and_a_text_is_no_template():
    with gateway((200, {"code": 0})) as there:
        Sms({"url": there.url}).send(replace(TO, text="编号{secret}{to}"), now=NOW)
    sent = parse_qs(there.bodies[0].decode())
    assert sent["content"] == ["编号{secret}{to}"]
    assert "desk.example.net" not in there.bodies[0].decode()


@pytest.mark.parametrize("answer", [{"code": 108}, {"status": 0}, {}])
def test_an_answer_that_is_not_the_named_one_is_a_refusal(answer):
    with gateway((200, answer)) as there, pytest.raises(DeliveryError):
        Sms({"url": there.url}).send(TO, now=NOW)


def test_only_a_gateway_that_is_told_our_number_is_asked_twice():
    assert Sms({"url": "https://sms.example/"}).keyed
    assert not Sms({"url": "https://sms.example/", "fields": "m={to}\nc={text}"}).keyed


@pytest.mark.parametrize("wrong", [{"fields": "m={to}"}, {"form": "xml"}, {"digest": "rot13"}, {"fields": "={text}"}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ConfigError):
        Sms({"url": "https://sms.example/"} | wrong)
