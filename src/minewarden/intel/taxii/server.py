"""A read-only TAXII 2.1 server over a library: discovery, one API root, one collection, objects and their manifest.

Source: OASIS TAXII 2.1, sections 3 to 5. Only what may be handed on is served (free licences, TLP up to a mark). Pages
are in the order of change; `next` is the instant of the last object given, so that a page never skips or repeats one,
however much changes between two requests.
"""

import base64
import hmac
import json
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from minewarden.intel.exports.exported import Occasion
from minewarden.intel.exports.stix import identity, indicator
from minewarden.intel.library import Library
from minewarden.intel.record import NAMESPACE, Record, Tlp
from minewarden.vocab.clock import from_us, to_us

MEDIA = "application/taxii+json;version=2.1"
ROOT = "minewarden"
COLLECTION = str(uuid.uuid5(NAMESPACE, "taxii collection"))
LARGEST_PAGE = 1000
_ACCEPTED = ("application/taxii+json", "application/*", "*/*")


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, JSON and headers of its own."""

    body: dict[str, Any]
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Collection:
    """Answers requests out of a library; knows nothing of sockets."""

    def __init__(
        self, library: Library, producer: str, most: Tlp = Tlp.GREEN, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.library, self.producer, self.most = library, producer, most
        self.clock = clock or (lambda: datetime.now(UTC))

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """The answer to a GET. Raises Refused."""
        parts = [part for part in path.split("/") if part]
        if parts == ["taxii2"]:
            return Answer({"title": self.producer, "default": f"/{ROOT}/", "api_roots": [f"/{ROOT}/"]})
        if not parts or parts[0] != ROOT:
            raise Refused(404, "not here")
        if len(parts) == 1:
            return Answer({"title": self.producer, "versions": [MEDIA], "max_content_length": 1_048_576})
        if parts[1] != "collections" or (len(parts) > 2 and parts[2] != COLLECTION):
            raise Refused(404, "not here")
        match parts[3:]:
            case []:
                return Answer(self._collection() if len(parts) == 3 else {"collections": [self._collection()]})
            case ["objects"]:
                return self._objects(query, self._given)
            case ["manifest"]:
                return self._objects(query, _entry)
            case ["objects", key]:
                return self._one(key, self._given)
            case ["objects", key, "versions"]:
                return self._one(key, lambda changed, one: one["modified"], "versions")
            case _:
                raise Refused(404, "not here")

    def _collection(self) -> dict[str, Any]:
        return {
            "id": COLLECTION, "title": self.producer, "can_read": True, "can_write": False,
            "media_types": ["application/stix+json;version=2.1"],
        }  # fmt: skip

    def _objects(self, query: dict[str, list[str]], make: Callable[[int, dict[str, Any]], Any]) -> Answer:
        known = {"added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"}
        if set(query) - known:
            raise Refused(400, "unknown parameter")
        limit = _number(query, "limit", LARGEST_PAGE)
        after = max(_moment(query), _number(query, "next", -1))
        wanted = _words(query, "match[id]")
        nothing = (_words(query, "match[type]") or {"indicator"}).isdisjoint({"indicator"}) or (
            _words(query, "match[spec_version]") or {"2.1"}
        ).isdisjoint({"2.1"})
        page: list[tuple[int, dict[str, Any]]] = []
        more = False
        while not nothing and not more:
            changes = self.library.changes(after, LARGEST_PAGE)
            for changed, record in changes:
                one = self._made(record)
                if one is not None and (not wanted or one["id"] in wanted):
                    if len(page) == limit:
                        more = True
                        break
                    page.append((changed, one))
                after = changed
            if len(changes) < LARGEST_PAGE:
                break
        body: dict[str, Any] = {"more": more}
        if more:
            body["next"] = str(page[-1][0])
        body["objects"] = [make(changed, one) for changed, one in page]
        return Answer(body, headers=_dates(page))

    def _one(self, key: str, make: Callable[[int, dict[str, Any]], Any], name: str = "objects") -> Answer:
        if key == self._identity()["id"]:
            return Answer({"more": False, name: [make(0, self._identity())]})
        record = self.library.get(key.removeprefix("indicator--")) if key.startswith("indicator--") else None
        one = None if record is None else self._made(record)
        if one is None:
            raise Refused(404, "no such object")
        return Answer({"more": False, name: [make(0, one)]})

    def _identity(self) -> dict[str, Any]:
        return identity(self.producer)

    def _made(self, record: Record) -> dict[str, Any] | None:
        shared = record.shared(self.most)
        return None if shared is None else indicator(shared, Occasion(self.clock(), self.producer, ""))

    def _given(self, changed: int, one: dict[str, Any]) -> dict[str, Any]:
        return one


def _entry(changed: int, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"], "date_added": _stamp(changed), "version": one["modified"],
        "media_type": "application/stix+json;version=2.1",
    }  # fmt: skip


def _stamp(changed: int) -> str:
    return from_us(changed).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _dates(page: list[tuple[int, dict[str, Any]]]) -> tuple[tuple[str, str], ...]:
    if not page:
        return ()
    return (("X-TAXII-Date-Added-First", _stamp(page[0][0])), ("X-TAXII-Date-Added-Last", _stamp(page[-1][0])))


def _number(query: dict[str, list[str]], name: str, most: int) -> int:
    text = query.get(name, [""])[0]
    if not text:
        return most
    if not (text.isascii() and text.isdigit() and len(text) < 19) or (name == "limit" and int(text) == 0):
        raise Refused(400, f"wrong {name}")
    return min(int(text), most) if most > 0 else int(text)


def _moment(query: dict[str, list[str]]) -> int:
    text = query.get("added_after", [""])[0]
    if not text:
        return -1
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
        return to_us(at)
    except (ValueError, OverflowError) as error:
        raise Refused(400, "wrong added_after") from error


def _words(query: dict[str, list[str]], name: str) -> set[str]:
    return {word for text in query.get(name, []) for word in text.split(",") if word}


def serve(
    collection: Collection, host: str, port: int, *, login: str = "", tls: tuple[str, str] | None = None
) -> ThreadingHTTPServer:
    """A server that is bound and not yet running. `login` is `user:password`, asked of everybody where it is given;
    `tls` are the files of the certificate and its key. Port 0 takes a free one."""
    expected = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30
        server_version, sys_version = "minewarden", ""
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(self._answered())

        def do_POST(self) -> None:
            self.close_connection = True
            self._reply(_error(Refused(403, "read-only")))

        do_DELETE = do_PUT = do_POST

        def _answered(self) -> Answer:
            try:
                if expected and not hmac.compare_digest(
                    self.headers.get("Authorization", "").encode(), expected.encode()
                ):
                    raise Refused(401, "login needed")
                offered = self.headers.get("Accept", "*/*").replace(" ", "")
                if not any(kind.split(";")[0] in _ACCEPTED for kind in offered.split(",")) or "version=2.0" in offered:
                    raise Refused(406, "only TAXII 2.1")
                parts = urlsplit(self.path)
                return collection.answer(parts.path, parse_qs(parts.query, max_num_fields=20))
            except Refused as refused:
                return _error(refused)
            except ValueError:
                return _error(Refused(400, "wrong request"))

        def _reply(self, answer: Answer) -> None:
            body = json.dumps(answer.body, ensure_ascii=False).encode()
            self.send_response(answer.status)
            if answer.status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="minewarden"')
            for name, value in (*answer.headers, ("Content-Type", MEDIA), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing: who asked stands in the log of the proxy, and not on the terminal."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def _error(refused: Refused) -> Answer:
    return Answer({"title": refused.title, "http_status": str(refused.status)}, refused.status)
