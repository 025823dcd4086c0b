"""Fetches a list from where an operator said it is: within bounds, over TLS, and from nowhere else.

Only addresses that a person declared are ever opened; what stands in a list is never looked up.
"""

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message as Headers
from time import monotonic
from typing import IO
from urllib.parse import urlsplit

from minewarden.intel.feeds.entry import one_line
from minewarden.intel.source import Bounds
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PIECE = 64 * 1024
_PATIENCE = 20.0
"""Seconds without a byte after which a server is given up."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer: the bytes, and its headers in lower case."""

    data: bytes
    headers: Mapping[str, str]


class _SameHost(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Headers, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (old.scheme, old.hostname, old.port) != (new.scheme, new.hostname, new.port):
            fp.close()
            raise InputError(req.full_url, 0, message("fetch.redirected", place=one_line(newurl, 100)))
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def fetch(url: str, bounds: Bounds, headers: Mapping[str, str] | None = None) -> Fetched:
    """The whole of what stands at `url`. Raises InputError where it is not HTTPS (loopback excepted), redirects to
    another host, is too large or too slow, breaks off half-way, or is refused; then nothing of it is used."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InputError(url, 0, message("fetch.not_tls"))
    end = monotonic() + bounds.seconds
    request = urllib.request.Request(url, headers={"User-Agent": "minewarden", **(headers or {})})  # noqa: S310
    try:
        with urllib.request.build_opener(_SameHost()).open(request, timeout=_PATIENCE) as answer:
            pieces, size = [], 0
            while piece := answer.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > bounds.size:
                    raise InputError(url, 0, message("feed.too_large", most=bounds.megabytes))
                if monotonic() > end:
                    raise InputError(url, 0, message("feed.too_slow", most=bounds.seconds))
            promised = answer.headers.get("Content-Length")
            if promised is not None and promised.isdigit() and int(promised) != size:
                raise InputError(url, 0, message("fetch.half", size=promised, found=size))
            return Fetched(b"".join(pieces), {key.lower(): value for key, value in answer.headers.items()})
    except urllib.error.HTTPError as error:
        with error:
            raise InputError(url, 0, message("fetch.refused", status=error.code)) from error
    except (OSError, http.client.HTTPException) as error:
        raise InputError(url, 0, _why_not(error)) from error


def _why_not(error: Exception) -> Message:
    """Why a server could not be asked, for whoever has to mend it."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return message("fetch.certificate", detail=one_line(cause.verify_message, 120))
    if isinstance(cause, socket.gaierror):
        return message("fetch.no_name")
    if isinstance(cause, ConnectionRefusedError):
        return message("fetch.closed")
    if isinstance(cause, TimeoutError):
        return message("fetch.no_answer")
    return message("fetch.failed", detail=one_line(cause, 120))
