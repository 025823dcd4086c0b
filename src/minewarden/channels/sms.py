"""SMS through the bureau's gateway: an HTTP POST whose fields the administrator names, since each gateway has its own.

`fields` is one `name=value` a line; {to}, {text}, {key} and the stamp {time} (seconds) stand for what is sent:

    mobile={to}
    content=【云川教育】{text}
    extend={key}

With `secret`, {sign} is the MD5 or HMAC-SHA256 (`digest`) of `signed`, a text with the same names and {secret}. No link
goes into an SMS, and at most 500 a day: a gateway is paid for by the piece.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from minewarden.channels.channel import Given, Letter, Limit, Receipt, Setting, refused, short
from minewarden.channels.post import Answer, checked, post, post_json
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message

LONGEST = 1_000
"""Bytes; about 330 characters, five parts of an SMS."""
_NAME = re.compile(r"\{(to|text|key|time|sign|secret)\}")
_FORMS = ("form", "json")
_DIGESTS = ("md5", "hmac-sha256")


class Sms:
    """A gateway. `ok` is `field=value` of its answer, such as `code=0`; without it any 2xx counts as taken."""

    kind: ClassVar[str] = "sms"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url"),
        Setting("form", default="form"),
        Setting("fields", default="mobile={to}\ncontent={text}\nmsgid={key}"),
        Setting("secret", required=False, secret=True),
        Setting("signed", required=False, default="{secret}{to}{text}{time}"),
        Setting("digest", required=False, default="hmac-sha256"),
        Setting("ok", required=False, default="code=0"),
        Setting("number", required=False, default="msgid"),
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit(60, timedelta(minutes=1)), Limit(500, timedelta(days=1)))
    personal: ClassVar[str] = "phone"

    def __init__(self, given: Mapping[str, str]) -> None:
        read = Given.read(self.kind, self.settings, given)
        self._url = checked(read["url"])
        self._json = read["form"] == "json"
        self._fields = [line.partition("=")[::2] for line in read["fields"].splitlines() if line.strip()]
        self._secret, self._signed, self._digest = read["secret"], read["signed"], read["digest"]
        self._ok, self._number = read["ok"].partition("=")[::2], read["number"]
        wrong = read["form"] not in _FORMS or self._digest not in _DIGESTS
        if wrong or not all(name.strip() for name, _ in self._fields) or "{text}" not in read["fields"]:
            raise ConfigError(message("channels.sms_fields"))

    @property
    def keyed(self) -> bool:
        """Whether the gateway is told our own number, by which it knows a repetition."""
        return any("{key}" in value for _, value in self._fields)

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Hand it to the gateway."""
        known = {"to": letter.to, "text": short(letter.text, LONGEST), "key": letter.key}
        known |= {"time": str(int(now.timestamp())), "secret": self._secret, "sign": ""}
        if self._secret:
            known["sign"] = self._sign(_filled(self._signed, known))
        # The secret itself is for the signature only and goes over no wire, whatever a field asks for.
        known["secret"] = ""
        body = {name.strip(): _filled(value.strip(), known) for name, value in self._fields}
        return self._receipt(post_json(self._url, body) if self._json else _post_form(self._url, body))

    def _sign(self, text: str) -> str:
        if self._digest == "md5":
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # what such gateways ask for
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _receipt(self, answer: Answer) -> Receipt:
        said: Mapping[str, Any] = answer.json()
        name, wanted = self._ok
        if name and str(said.get(name)) != wanted:
            raise refused("code", final=False, code=short(json.dumps(said.get(name)), 40))
        return Receipt(str(said.get(self._number, ""))[:64])


def _filled(text: str, known: Mapping[str, str]) -> str:
    """The names replaced, in one pass: what was put in is not looked at again."""
    return _NAME.sub(lambda match: known[match[1]], text)


def _post_form(url: str, body: Mapping[str, str]) -> Answer:
    return post(url, urlencode(body).encode(), kind="application/x-www-form-urlencoded; charset=utf-8")
