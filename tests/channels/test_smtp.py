"""Mail through a real SMTP server on loopback."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from minewarden.channels.channel import DeliveryError
from minewarden.channels.smtp import Smtp
from minewarden.vocab.errors import ConfigError
from tests.channels.letters import LETTER, NOW

TO = replace(LETTER, to="teacher@school.example")
GIVEN = {"host": "127.0.0.1", "security": "none", "sender": "desk@bureau.example", "sender_name": "云川市教育局"}


class Post:
    """Keeps what arrives; refuses the recipients and texts that it is told to."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refusal = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusal:
            return self.refusal
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@contextmanager
def relay(**given: Any) -> Iterator[tuple[Post, dict[str, str]]]:
    post = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, **given)
    controller.start()
    try:
        yield post, GIVEN | {"port": str(port)}
    finally:
        controller.stop()


def test_a_mail_arrives_in_chinese_with_the_same_number_at_every_attempt():
    with relay() as (post, given):
        channel = Smtp(given)
        receipts = [channel.send(TO, now=NOW) for _ in range(2)]
    mail = post.mails[0]
    assert mail["Subject"] == LETTER.subject
    assert "云川市教育局" in mail["From"]
    assert LETTER.text in mail.get_content()
    assert LETTER.link in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert {m["Message-ID"] for m in post.mails} == {receipts[0].number} == {f"<{LETTER.key}@bureau.example>"}


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_an_account_signs_in():
    seen = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    with relay(authenticator=check, auth_required=True, auth_require_tls=False, auth_exclude_mechanism=["LOGIN"]) as (
        post,
        given,
    ):
        Smtp(given | {"username": "desk", "password": "right"}).send(TO, now=NOW)
        with pytest.raises(DeliveryError) as caught:
            Smtp(given | {"username": "desk", "password": "wrong"}).send(TO, now=NOW)
    assert len(post.mails) == 1
    assert seen == [(b"desk", b"right"), (b"desk", b"wrong")]
    assert caught.value.final
    assert "wrong" not in caught.value.said("zh")


@pytest.mark.parametrize(("refusal", "final"), [("451 try later", False), ("554 not wanted", True)])
def test_what_the_server_says_decides_whether_it_is_tried_again(refusal, final):
    with relay() as (post, given):
        post.refusal = refusal
        with pytest.raises(DeliveryError) as caught:
            Smtp(given).send(TO, now=NOW)
    assert (caught.value.final, caught.value.unsure) == (final, False)


def test_a_mailbox_that_there_is_not_is_final():
    with relay() as (_, given), pytest.raises(DeliveryError) as caught:
        Smtp(given).send(replace(TO, to="nobody@school.example"), now=NOW)
    assert caught.value.final


def test_no_server_may_be_tried_again():
    with pytest.raises(DeliveryError) as caught:
        Smtp(GIVEN | {"port": "9"}).send(TO, now=NOW)
    assert not (caught.value.final)
    assert not (caught.value.unsure)


@pytest.mark.parametrize("to", ["", "13800001234", "a@b\r\nBcc: c@d"])
def test_a_recipient_that_is_none_is_refused_before_anything_is_sent(to):
    with relay() as (post, given), pytest.raises(DeliveryError) as caught:
        Smtp(given).send(replace(TO, to=to), now=NOW)
    assert caught.value.final
    assert not post.mails


@pytest.mark.parametrize("wrong", [{"port": "0"}, {"port": "mail"}, {"security": "ssl3"}, {"sender": "desk"}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ConfigError):
        Smtp(GIVEN | wrong)


def test_starttls_is_not_skipped_where_the_server_has_none():
    with relay() as (post, given), pytest.raises(DeliveryError) as caught:
        Smtp(given | {"security": "starttls"}).send(TO, now=NOW)
    assert not post.mails
    assert not caught.value.unsure
