"""Every other service, by the address that the library Apprise gives it (its documentation lists over a hundred).

Apprise says only whether it worked, so its letters carry neither receipts nor reasons; the robots and gateways that the
house relies on have channels of their own.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting, refused
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message


class Other:
    """One Apprise address, such as `json://server/path`. It holds secrets."""

    kind: ClassVar[str] = "other"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("url", secret=True),)
    limits: ClassVar[tuple[Limit, ...]] = (Limit(20, timedelta(minutes=1)),)
    personal: ClassVar[str] = ""
    keyed: ClassVar[bool] = False

    def __init__(self, given: Mapping[str, str]) -> None:
        from apprise import Apprise

        # Its log lines repeat addresses, which are secrets here.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        self._service = Apprise()
        if not self._service.add(Given.read(self.kind, self.settings, given)["url"]):
            raise ConfigError(message("channels.bad_address"))

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Have Apprise send it."""
        body = "\n".join(part for part in (letter.text, letter.link) if part)
        if not self._service.notify(body=body, title=letter.subject):
            raise refused("apprise")
        return Receipt()
