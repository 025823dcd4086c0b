"""飞书 group robot, signed: at most 100 letters a minute and 5 a second, 20 KB each.

Source: the open platform's page on custom robots: `timestamp` (seconds) and `sign` in the body, where sign is
Base64(HMAC-SHA256(key = timestamp + "\\n" + secret, message = "")), the other way round than at DingTalk; `code` 0 is
success, 11232 and 9499 too fast, 19021 a wrong signature.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting, refused, short
from minewarden.channels.post import checked, post_json

LONGEST = 18_000
_TOO_FAST = (11232, 9499)


class Feishu:
    """One robot of one group. The address carries its token."""

    kind: ClassVar[str] = "feishu"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", secret=True),
        Setting("secret", required=False, secret=True),
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit(100, timedelta(minutes=1)), Limit(5, timedelta(seconds=1)))
    personal: ClassVar[str] = ""
    keyed: ClassVar[bool] = False

    def __init__(self, given: Mapping[str, str]) -> None:
        read = Given.read(self.kind, self.settings, given)
        self._url, self._secret = checked(read["url"]), read["secret"]

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Post it to the group."""
        text = "\n".join(part for part in (letter.text, letter.link) if part)
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": short(text, LONGEST)}}
        if self._secret:
            stamp = str(int(now.timestamp()))
            body |= {"timestamp": stamp, "sign": signature(self._secret, stamp)}
        answer = post_json(self._url, body).json()
        code = answer.get("code", answer.get("StatusCode"))
        if code == 0:
            return Receipt()
        if code in _TOO_FAST:
            raise refused("too_fast", after=timedelta(minutes=1), code=code)
        raise refused("code", final=True, code=str(code))


def signature(secret: str, stamp: str) -> str:
    """Base64 of the HMAC over nothing whose key is stamp and secret; `stamp` in seconds."""
    return base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
