"""Serves plain lists to firewalls that fetch them (external dynamic lists): ETag, 304, and nothing but the lists.

A list that is absent is 404 and never empty: a firewall keeps its last list on an error, and drops everything on an
empty one. Source: RFC 9110, sections 8.8.3 (ETag) and 13.1.2 (If-None-Match).
"""

import hashlib
import ipaddress
from collections.abc import Callable, Sequence
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from minewarden.vocab.net import Network

LISTS = {
    "/domains.txt": "text/plain; charset=utf-8",
    "/ips.txt": "text/plain; charset=utf-8",
    "/ip-ports.txt": "text/plain; charset=utf-8",
    "/index.json": "application/json",
}
_PATIENCE = 10
"""Seconds for a client to say what it wants."""


def make_server(
    folder: Path, host: str, port: int, allowed: Sequence[Network], noted: Callable[[str, str, int], None]
) -> ThreadingHTTPServer:
    """A server that listens already; call `serve_forever`. `allowed`: whose questions are answered; empty: everybody's
    who can reach it. `noted`: called with who asked, for what, and the answer's code. Raises OSError where the place
    cannot be listened on."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "minewarden", ""

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so.
            """Said by `noted` instead."""

        def _answer(self, *, body: bool) -> None:
            path = self.path.partition("?")[0]
            who = ipaddress.ip_address(self.client_address[0].partition("%")[0])
            who = getattr(who, "ipv4_mapped", None) or who
            if allowed and not any(who in network for network in allowed):
                return self._say(HTTPStatus.FORBIDDEN)
            data = _read(folder / path[1:]) if path in LISTS else None
            if data is None:
                return self._say(HTTPStatus.NOT_FOUND)
            tag = f'"{hashlib.sha256(data).hexdigest()}"'
            if _matches(self.headers.get("If-None-Match", ""), tag):
                return self._say(HTTPStatus.NOT_MODIFIED, ETag=tag)
            facts = {"ETag": tag, "Content-Type": LISTS[path], "Cache-Control": "no-cache"}
            return self._say(HTTPStatus.OK, data, body=body, **facts)

        def _say(self, code: HTTPStatus, data: bytes = b"", *, body: bool = True, **headers: str) -> None:
            noted(self.client_address[0], self.path[:200], code)
            self.send_response_only(code)
            self.send_header("Date", formatdate(usegmt=True))
            for name, value in headers.items():
                self.send_header(name, value)
            if code != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body and data:
                self.wfile.write(data)

    return ThreadingHTTPServer((host, port), Handler)


def _read(path: Path) -> bytes | None:
    """A list as it lies there; files are replaced whole, so it is never half of one."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _matches(given: str, tag: str) -> bool:
    """Whether one of the tags the client has is this one (weak comparison)."""
    return given.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in given.split(",")}
