"""企业微信 group robot: text only (markdown does not show in ordinary WeChat), at most 20 letters a minute.

Source: the open platform's page on group robots: POST {"msgtype": "text", "text": {"content": …}}, content at most
2 048 bytes; the answer's `errcode` 0 is success, 45009 too fast, 93000 an address that is not valid any more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting, refused, short
from minewarden.channels.post import checked, post_json

LONGEST = 2048
_TOO_FAST = 45009
_BUSY = -1


class WeCom:
    """One robot of one group. `url` holds its key and is a secret."""

    kind: ClassVar[str] = "wecom"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("url", secret=True),)
    limits: ClassVar[tuple[Limit, ...]] = (Limit(20, timedelta(minutes=1)),)
    personal: ClassVar[str] = ""
    keyed: ClassVar[bool] = False

    def __init__(self, given: Mapping[str, str]) -> None:
        self._url = checked(Given.read(self.kind, self.settings, given)["url"])

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Post it to the group."""
        text = "\n".join(part for part in (letter.text, letter.link) if part)
        answer = post_json(self._url, {"msgtype": "text", "text": {"content": short(text, LONGEST)}}).json()
        code = answer.get("errcode")
        if code == 0:
            return Receipt()
        if code == _TOO_FAST:
            raise refused("too_fast", after=timedelta(minutes=1), code=code)
        raise refused("code", final=code != _BUSY, code=str(code))
