"""One TCP connection that says something worth reading: each direction is put together and read by its own grammar."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from minewarden.telemetry.packets import starts
from minewarden.telemetry.packets.dns_wire import DnsTcp
from minewarden.telemetry.packets.domain_log import DomainLog
from minewarden.telemetry.packets.http_wire import Head, HttpStream
from minewarden.telemetry.packets.jsonstream import JsonStream, Text, is_json
from minewarden.telemetry.packets.reassembly import Piece, Reassembler
from minewarden.telemetry.packets.rows import CLIENT_A, CLIENT_B, UNKNOWN, Rows
from minewarden.telemetry.packets.tls_hello import TlsSession
from minewarden.telemetry.packets.websocket_wire import WebSocketStream

_UNTOLD, _QUIET, _DEAD = 16, 17, 18
"""Besides the kinds of `starts`: nothing told yet; silent until the next start; not looked at any more."""

_MOST_REVIVALS = 8
_NEAR = 16 * 1024 * 1024
_PENDING_REQUESTS = 64
_BODYLESS = (204, 304)
_CLIENT_WORDS = re.compile(
    rb'"(?:login|submit|keepalived|getjob|eth_\w+|mining\.(?:subscribe|authorize|submit|configure|hello|get_transactions))"'
)
_SERVER_WORDS = re.compile(rb'"(?:job|mining\.(?:notify|set\w*))"')


class End(NamedTuple):
    """An address with a port, as rows spell it."""

    ip: str
    port: int


@dataclass(slots=True)
class _Request:
    head: Head
    ts: int
    row: int


class _Side:
    """One direction."""

    __slots__ = ("http", "index", "json", "mode", "order", "revivals", "synced", "websocket")

    def __init__(self, index: int) -> None:
        self.index = index
        self.order = Reassembler()
        self.mode = _UNTOLD
        self.synced = False
        self.revivals = 0
        self.json: JsonStream | None = None
        self.http: HttpStream | None = None
        self.websocket: WebSocketStream | None = None

    def weight(self) -> int:
        weight = self.order.held_bytes
        if self.json is not None:
            weight += len(self.json.held)
        if self.http is not None:
            weight += self.http.weight
        return weight if self.websocket is None else weight + self.websocket.weight


class Conversation:
    """Both directions of a connection. `client`: which end opened it, as far as the packets or the words tell.

    Many thousands of them wait for more at the same time: what one of them does not need yet it does not have.
    """

    __slots__ = (
        *("_agent", "_dns", "_domains", "_host", "_isn", "_requests", "_row", "_rows", "_sides", "_tls", "_ts"),
        *("client", "ends", "opener", "service", "stream"),
    )

    def __init__(self, a: End, b: End, stream: int, rows: Rows, domains: DomainLog) -> None:
        self.ends = (a, b)
        self.stream = stream
        self.opener = UNKNOWN
        self.client = UNKNOWN
        self.service = starts.NOTHING
        self._rows, self._domains = rows, domains
        self._sides = (_Side(0), _Side(1))
        self._isn: list[int | None] = [None, None]
        self._requests: list[_Request] | None = None
        self._host: str | None = None
        self._agent: str | None = None
        self._tls: TlsSession | None = None
        self._dns: tuple[DnsTcp, DnsTcp] | None = None
        self._ts = self._row = 0

    def greeted(
        self, session: TlsSession, client: int, opener: int, isns: tuple[int, int], following: int, quiet: bool
    ) -> None:
        """Begin where a client hello has been read. `isns`, `following` (the server's next number): -1 for unknown;
        `quiet`: the server has said something of no known form."""
        self._tls, self.opener, self.service = session, opener, starts.TLS
        self.client = CLIENT_B if client else CLIENT_A
        for side, isn in enumerate(isns):
            self._isn[side] = None if isn < 0 else isn
        self._sides[client].mode = _DEAD
        server = self._sides[1 - client]
        server.order.next = None if following < 0 else following
        server.synced = isns[1 - client] >= 0
        server.mode = _QUIET if quiet else _UNTOLD

    def weight(self) -> int:
        """How many bytes it keeps."""
        weight = self._sides[0].weight() + self._sides[1].weight()
        return weight if self._tls is None else weight + self._tls.weight

    @property
    def dead(self) -> bool:
        """Whether nothing more is expected of it."""
        return self._sides[0].mode == _DEAD and self._sides[1].mode == _DEAD

    def opens(self, side: int, seq: int, *, answers: bool = False) -> bool:
        """A SYN was seen from a side; False where it belongs to another, later connection of the same ports."""
        if self._isn[side] not in (None, seq):
            return False
        if self._isn[side] is None and self._sides[side].order.next is None:
            self._sides[side].order.next = (seq + 1) & 0xFFFFFFFF
            self._sides[side].synced = True
        self._isn[side] = seq
        self.opener = CLIENT_A if (side == 0) != answers else CLIENT_B
        return True

    def ready(self, side: int, seq: int, size: int, kind: int) -> bool:
        """Whether a segment has to be read at all. Asked first, for most segments are of no interest."""
        me = self._sides[side]
        if me.mode == _QUIET:
            if kind == starts.NOTHING:
                return False
            if me.order.next is not None and (seq - me.order.next) & 0xFFFFFFFF >= 1 << 31:
                # An old segment sent again; what follows a long skipped body is far ahead.
                return False
            me.order, me.mode, me.synced = Reassembler(seq), _UNTOLD, False
            return True
        if me.mode == _DEAD:
            return False
        # Sent again, or within a body that is left out.
        following = me.order.next
        return following is None or not size <= (following - seq) & 0xFFFFFFFF < _NEAR

    def segment(self, side: int, seq: int, data: bytes, ts: int, row: int, lost: int) -> None:
        """Read a segment. `lost`: bytes at its end that the capture cut off."""
        me = self._sides[side]
        order = me.order
        if order.next == seq and not lost and not order.held_bytes:
            order.next = (seq + len(data)) & 0xFFFFFFFF
            self._ts, self._row = ts, row
            self._take(me, data)
            return
        for piece in order.push(seq, data, ts, row, lost):
            self._piece(me, piece)

    def close(self) -> None:
        """No more will come: read what was held back, and say what stayed unanswered."""
        for side in self._sides:
            if side.mode not in (_QUIET, _DEAD):
                for piece in side.order.flush():
                    self._piece(side, piece)
        for request in self._requests or ():
            self._http_row(request, None)
        self._requests = None
        if self._tls is not None:
            self._tls_row()

    def _piece(self, side: _Side, piece: Piece) -> None:
        self._ts, self._row = piece.ts, piece.row
        if piece.after_gap:
            self._gap(side)
        self._take(side, piece.data)

    def _take(self, side: _Side, data: bytes) -> None:
        if side.mode == _UNTOLD and data:
            self._tell(side, data)
        while data and side.mode < _UNTOLD:
            data = self._read(side, data)

    def _gap(self, side: _Side) -> None:
        if side.mode == starts.JSON and side.json is not None:
            side.json.gap()
        elif side.mode < _UNTOLD:
            # Without its frames or heads the rest of these cannot be read; the next start begins anew.
            side.mode = _UNTOLD
            side.synced = False

    def _tell(self, side: _Side, data: bytes) -> None:
        """Find out which grammar a direction speaks."""
        port = 53 in (self.ends[0].port, self.ends[1].port)
        kind = starts.DNS if port else starts.start_kind(data)
        side.mode = kind or _QUIET
        if kind == starts.JSON:
            side.json = JsonStream(synced=side.synced)
        elif kind == starts.HTTP:
            side.http = None
        elif kind == starts.WEBSOCKET:
            side.websocket = WebSocketStream()
        elif kind == starts.TLS:
            self._tls = self._tls or TlsSession()
        elif kind == starts.DNS:
            self._dns = self._dns or (DnsTcp(), DnsTcp())
        if kind:
            self.service = self.service or kind

    def _read(self, side: _Side, data: bytes) -> bytes:
        """Read bytes by the grammar of a direction; what is returned has to be read by another."""
        if side.mode == starts.JSON and side.json is not None:
            return self._read_json(side, side.json, data)
        if side.mode == starts.HTTP:
            return self._read_http(side, side.http or self._http(side), data)
        if side.mode == starts.WEBSOCKET and side.websocket is not None:
            return self._read_websocket(side, side.websocket, data)
        if side.mode == starts.TLS and self._tls is not None:
            self._read_tls(side, self._tls, data)
        elif side.mode == starts.DNS and self._dns is not None:
            self._read_dns(side, self._dns[side.index], data)
        return b""

    def _read_json(self, side: _Side, json: JsonStream, data: bytes) -> bytes:
        if json.idle and data[0] not in b"{[" and starts.start_kind(data) not in (starts.NOTHING, starts.JSON):
            self._tell(side, data)
            return data
        for text in json.feed(data):
            # A body whose head was not seen is still a body of HTTP.
            self._text(side, text, "http" if self.service == starts.HTTP else "tcp")
        if json.dead:
            self._give_up(side)
        return b""

    def _http(self, side: _Side) -> HttpStream:
        return HttpStream(lambda head: self._head(side, head), lambda text: self._text(side, text, "http"))

    def _read_http(self, side: _Side, http: HttpStream, data: bytes) -> bytes:
        http.feed(data)
        if http.skip:
            self._skip(side, http)
        side.http = None if http.idle else http
        if http.upgraded:
            side.http = None
            if b"websocket" not in http.upgraded:
                side.mode = _UNTOLD
                return b""
            side.mode, side.websocket, self.service = starts.WEBSOCKET, WebSocketStream(), starts.WEBSOCKET
            return http.rest()
        if not http.lost:
            return b""
        # Behind a CONNECT, or where a body's end was missed, another grammar may begin.
        rest = http.rest()
        side.http, side.mode, side.synced = None, _QUIET, False
        if rest and starts.start_kind(rest):
            self._tell(side, rest)
            return rest
        return b""

    def _skip(self, side: _Side, http: HttpStream) -> None:
        """Leave out the rest of a body by its length, without looking at it."""
        if http.skip < 1 << 23 and not side.order.held_bytes and side.order.next is not None:
            side.order.next = (side.order.next + http.skip) & 0xFFFFFFFF
        else:
            side.mode, side.http = _QUIET, None
        http.skip = 0

    def _read_websocket(self, side: _Side, websocket: WebSocketStream, data: bytes) -> bytes:
        for text in websocket.feed(data):
            body = text.body.strip()
            if body[:1] in (b"{", b"[") and (text.cut or is_json(body)):
                self._text(side, Text(body, text.cut), "websocket")
        if websocket.lost:
            # A server that refused the upgrade goes on speaking HTTP.
            side.websocket = None
            side.mode = starts.start_kind(data) or _QUIET
            if side.mode != _QUIET:
                self._tell(side, data)
                return data if side.mode != starts.WEBSOCKET else b""
        return b""

    def _read_tls(self, side: _Side, tls: TlsSession, data: bytes) -> None:
        sender = tls.feed(side.index, data, self._ts, self._row)
        if sender is not None and self.client == UNKNOWN:
            self.client = CLIENT_A if sender == 0 else CLIENT_B
        if tls.finished(side.index):
            side.mode = _DEAD
        if tls.complete:
            self._tls_row()
            self._sides[0].mode = self._sides[1].mode = _DEAD

    def _read_dns(self, side: _Side, dns: DnsTcp, data: bytes) -> None:
        me, other = self.ends[side.index], self.ends[1 - side.index]
        for body in dns.feed(data):
            self._domains.message(body, *me, *other, self._ts, self._row)
        if dns.lost:
            side.mode = _DEAD

    def _give_up(self, side: _Side) -> None:
        side.json = None
        side.revivals += 1
        side.mode = _DEAD if side.revivals >= _MOST_REVIVALS else _QUIET

    def _head(self, side: _Side, head: Head) -> bool:
        """A head was read; whether a body can follow it."""
        sender_is_client = head.status is None
        if self.client == UNKNOWN:
            self.client = CLIENT_A if (side.index == 0) == sender_is_client else CLIENT_B
        if head.method is not None:
            self._host, self._agent = head.host or self._host, head.agent or self._agent
            if self._requests is None:
                self._requests = []
            elif len(self._requests) == _PENDING_REQUESTS:
                self._http_row(self._requests.pop(0), None)
            self._requests.append(_Request(head, self._ts, self._row))
            return True
        status = head.status or 0
        if 100 <= status < 200 and status != 101:
            return False
        request = self._requests.pop(0) if self._requests else None
        self._requests = self._requests or None
        self._http_row(request, head)
        return status not in _BODYLESS and not (request and request.head.method in ("HEAD", "CONNECT"))

    def _text(self, side: _Side, text: Text, carrier: str) -> None:
        me, other = self.ends[side.index], self.ends[1 - side.index]
        opener = None if self.opener == UNKNOWN else (self.opener == CLIENT_A) == (side.index == 0)
        if self.client == UNKNOWN:
            self.client = _role(side.index, text.body)
        http = carrier != "tcp"
        body = self._rows.room(text.body)
        self._rows.add(
            "message",
            self._ts,
            me.ip,
            me.port,
            other.ip,
            other.port,
            self.stream,
            opener,
            carrier,
            self._host if http else None,
            self._agent if http else None,
            body,
            text.cut or len(body) < len(text.body),
            self._row,
        )

    def _four(self) -> tuple[str, int, str, int]:
        """Client and server as rows spell them."""
        client = self.client if self.opener == UNKNOWN else self.opener
        a, b = self.ends
        guess = b.port > a.port if client == UNKNOWN else client == CLIENT_B
        src, dst = (b, a) if guess else (a, b)
        return src.ip, src.port, dst.ip, dst.port

    def _http_row(self, request: _Request | None, response: Head | None) -> None:
        head = request.head if request else None
        ts, row = (request.ts, request.row) if request else (self._ts, self._row)
        self._rows.add(
            "http",
            ts,
            *self._four(),
            head.host if head else None,
            head.method if head else None,
            head.uri if head else None,
            head.agent if head else None,
            response.status if response else None,
            row,
        )

    def _tls_row(self) -> None:
        tls, self._tls = self._tls, None
        if tls is not None and tls.row:
            self._rows.add("tls", tls.ts, *self._four(), *tls.values(), tls.row)


def _role(side: int, body: bytes) -> int:
    """Which end the words of a message give away as the client."""
    head = body[:4096]
    if _CLIENT_WORDS.search(head):
        return CLIENT_A if side == 0 else CLIENT_B
    if _SERVER_WORDS.search(head):
        return CLIENT_B if side == 0 else CLIENT_A
    return UNKNOWN
