"""A POST of JSON to an address of one's own choice, signed; for a platform that a school or bureau has already."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting
from minewarden.channels.post import checked, post


class Webhook:
    """The body is signed as X-Minewarden-Signature: sha256=HMAC-SHA256(secret, body) in hexadecimal digits.

    `Idempotency-Key` is the same at every attempt; a receiver has to take a key once.
    """

    kind: ClassVar[str] = "webhook"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", secret=True),
        Setting("secret", required=False, secret=True),
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit(60, timedelta(minutes=1)),)
    personal: ClassVar[str] = ""
    keyed: ClassVar[bool] = True

    def __init__(self, given: Mapping[str, str]) -> None:
        read = Given.read(self.kind, self.settings, given)
        self._url, self._secret = checked(read["url"]), read["secret"]

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Post it. Any 2xx is success; a JSON answer's `id` becomes the receipt's number."""
        given = {"key": letter.key, "subject": letter.subject, "text": letter.text, "link": letter.link}
        body = json.dumps(given, ensure_ascii=False).encode()
        headers = {"Idempotency-Key": letter.key}
        if self._secret:
            headers["X-Minewarden-Signature"] = f"sha256={signature(self._secret, body)}"
        answer = post(self._url, body, kind="application/json; charset=utf-8", headers=headers)
        return Receipt(str(answer.json().get("id", ""))[:64])


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
