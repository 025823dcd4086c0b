"""钉钉 group robot, signed: at most 20 letters a minute; one that hurries is blocked for ten minutes.

Source: the open platform's pages on custom robots: `timestamp` (milliseconds) and `sign` in the address, where sign is
Base64(HMAC-SHA256(key = secret, message = timestamp + "\\n" + secret)); `errcode` 0 is success, 130101 too fast,
310000 a wrong signature, keyword or address.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting, refused, short
from minewarden.channels.post import checked, post_json

LONGEST = 18_000
_TOO_FAST = (130101, 410100)
_BUSY = -1


class DingTalk:
    """One robot of one group. The address carries its token."""

    kind: ClassVar[str] = "dingtalk"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", secret=True),
        Setting("secret", required=False, secret=True),
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit(20, timedelta(minutes=1)),)
    personal: ClassVar[str] = ""
    keyed: ClassVar[bool] = False

    def __init__(self, given: Mapping[str, str]) -> None:
        read = Given.read(self.kind, self.settings, given)
        self._url, self._secret = checked(read["url"]), read["secret"]

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Post it to the group."""
        text = "\n".join(part for part in (letter.text, letter.link) if part)
        url = self._url
        if self._secret:
            stamp = str(int(now.timestamp() * 1000))
            signed = urlencode({"timestamp": stamp, "sign": signature(self._secret, stamp)})
            url += ("&" if "?" in url else "?") + signed
        answer = post_json(url, {"msgtype": "text", "text": {"content": short(text, LONGEST)}}).json()
        code = answer.get("errcode")
        if code == 0:
            return Receipt()
        if code in _TOO_FAST:
            raise refused("too_fast", after=timedelta(minutes=10), code=code)
        raise refused("code", final=code != _BUSY, code=str(code))


def signature(secret: str, stamp: str) -> str:
    """Base64 of the HMAC whose key is the secret; `stamp` in milliseconds."""
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
