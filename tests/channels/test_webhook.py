"""A webhook against a server on loopback that checks the signature itself."""

import hashlib
import hmac

from minewarden.channels.webhook import Webhook
from tests.channels.gateway import gateway
from tests.channels.letters import LETTER, NOW


def test_a_letter_carries_its_key_and_the_signature_of_its_body():
    with gateway((201, {"id": 4711})) as there:
        receipt = Webhook({"url": there.url + "/in", "secret": "s3"}).send(LETTER, now=NOW)
    headers, body = there.headers[0], there.bodies[0]
    assert headers["Idempotency-Key"] == LETTER.key
    assert headers["X-Minewarden-Signature"] == "sha256=" + hmac.new(b"s3", body, hashlib.sha256).hexdigest()
    assert there.json() == {"key": LETTER.key, "subject": LETTER.subject, "text": LETTER.text, "link": LETTER.link}
    assert receipt.number == "4711"


def test_without_a_secret_nothing_is_signed_and_any_answer_will_do():
    with gateway((204, b"")) as there:
        assert Webhook({"url": there.url}).send(LETTER, now=NOW).number == ""
    assert "X-Minewarden-Signature" not in there.headers[0]
