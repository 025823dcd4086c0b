"""One POST to a gateway: bounded, without redirects, and honest about what is not known when a connection breaks."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from minewarden.channels.channel import DeliveryError, refused
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

PATIENCE = 10.0
"""Seconds for connecting, and again for each read."""
LARGEST = 65_536
"""Bytes of an answer that are read; a gateway's answer is a few hundred."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Mapping[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def checked(url: str) -> str:
    """The address, if a POST can go there. Raises ConfigError."""
    parts = urlsplit(url)
    try:
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(c.isspace() or ord(c) < 32 for c in url):
        raise ConfigError(message("channels.bad_address"))
    return url


def post(url: str, body: bytes, *, kind: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Send the body and read the answer.

    Raises DeliveryError: for a connection that was never made and for 5xx and 429 one that may be tried again, `unsure`
    where the request had gone out, final for any other refusal. The address is in no message: it carries a secret.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        if secure
        else http.client.HTTPConnection(host, port, timeout=PATIENCE)
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            raise refused("no_connection", reason=_why(error)) from error
        try:
            connection.request("POST", target, body, {"Content-Type": kind, **(headers or {})})
            answer = connection.getresponse()
            found = Answer(answer.status, answer.read(LARGEST))
            wait = answer.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError(message("channels.broken_off", reason=_why(error)), unsure=True) from error
    finally:
        connection.close()
    if found.status == 429 or found.status >= 500:
        after = timedelta(seconds=min(int(wait), 3600)) if wait.isdecimal() else None
        raise refused("status", after=after, status=found.status)
    if not 200 <= found.status < 300:
        raise refused("status", final=True, status=found.status)
    return found


def post_json(url: str, given: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Answer:
    """The same with a JSON body."""
    data = json.dumps(given, ensure_ascii=False).encode()
    return post(url, data, kind="application/json; charset=utf-8", headers=headers)


def _why(error: Exception) -> str:
    """The kind of failure; the text of some errors repeats the address."""
    return reason_of(error)
