"""The tables that readers promise. Said as data, so that a reader, a detector and the manual cannot disagree.

Conventions: `ts`, `until` are true time (the device's offset already taken away) in microseconds since 1970 UTC, as
int64 (why not timestamps: docs/adr/0004-times-are-integers.md); addresses in the spelling of `vocab.net.canonical_ip`;
names lower case without the final dot; `origin` is the number of the source in the lake, `row` the line or packet
in it, from 1. `src` is the client, the side that opened the connection, as far as the source tells.
"""

import sys
from importlib.machinery import ModuleSpec

import pyarrow as pa


class _NoPandas:
    """Says that pandas is not there, and nothing of other modules."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
        return None


def _without_pandas() -> None:
    """Let Arrow look for pandas while it cannot be found. It does so once, at the first value of Python that it is
    given, to see whether that is one of pandas': where it is installed, loading it takes as long as all of Arrow, and
    nothing here uses it. Who asks Arrow for a frame later still gets one."""
    if "pandas" in sys.modules:
        return
    absent = _NoPandas()
    sys.meta_path.insert(0, absent)
    try:
        pa.scalar(0)
    finally:
        sys.meta_path.remove(absent)


_without_pandas()

_IP, _NAME, _US, _PORT, _COUNT = pa.string(), pa.string(), pa.int64(), pa.int32(), pa.int64()


def _table(*columns: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.Schema:
    own = [pa.field(c[0], c[1], nullable=c[2] if len(c) == 3 else True) for c in columns]
    where = [pa.field("origin", pa.int32(), nullable=False), pa.field("row", pa.int64(), nullable=False)]
    return pa.schema([*own, *where])


_FLOW: tuple[tuple[str, pa.DataType, bool], ...] = (
    ("ts", _US, False),
    ("src", _IP, False),
    ("src_port", _PORT, True),
    ("dst", _IP, False),
    ("dst_port", _PORT, True),
)

TABLES: dict[str, pa.Schema] = {
    # A connection or flow record. `established`: data or a full handshake was seen, null where the source cannot tell.
    # Bytes are as the source counts them: payload in Zeek's logs, IP packets in flow records and captures, whole frames
    # in EVE (14 bytes more for each packet on Ethernet). Flow records may have a row for each direction: then
    # `packets_down` and `bytes_down` are null, and `src` is whoever sent.
    "conn": _table(
        *_FLOW,
        ("until", _US, False),
        ("proto", pa.string(), False),
        ("bytes_up", _COUNT),
        ("bytes_down", _COUNT),
        ("packets_up", _COUNT),
        ("packets_down", _COUNT),
        ("established", pa.bool_()),
        ("service", pa.string()),
    ),
    # One query, with the answer where the source has it. `src` is the client that asked, `dst` the resolver.
    "dns": _table(
        ("ts", _US, False),
        ("src", _IP, False),
        ("dst", _IP),
        ("query", _NAME, False),
        ("qtype", pa.string()),
        ("rcode", pa.string()),
        ("answers", pa.list_(pa.string())),
    ),
    # One TLS session. `sni` null: none was sent (or the source does not tell; then `has_hello` is false).
    "tls": _table(
        *_FLOW,
        ("has_hello", pa.bool_()),
        ("sni", _NAME),
        ("alpn", pa.string()),
        ("version", pa.string()),
        ("ja3", pa.string()),
        ("ja4", pa.string()),
        ("subject", pa.string()),
        ("issuer", pa.string()),
        ("names", pa.list_(pa.string())),
        ("hello_length", _PORT),
    ),
    "http": _table(
        *_FLOW,
        ("host", _NAME),
        ("method", pa.string()),
        ("uri", pa.string()),
        ("agent", pa.string()),
        ("status", _PORT),
    ),
    # One JSON text of a connection that speaks JSON, as it went over the wire (at most 64 KiB kept; `cut` says so).
    # The sender is not yet known to be client or server: mid-stream, only what it says can tell.
    # `opener`: the sender opened the connection; null where the opening was not seen. carrier: tcp | http | websocket.
    "message": _table(
        ("ts", _US, False),
        ("sender", _IP, False),
        ("sender_port", _PORT, False),
        ("receiver", _IP, False),
        ("receiver_port", _PORT, False),
        ("stream", pa.int64(), False),
        ("opener", pa.bool_()),
        ("carrier", pa.string(), False),
        ("http_host", _NAME),
        ("http_agent", pa.string()),
        ("body", pa.binary(), False),
        ("cut", pa.bool_(), False),
    ),
    # What a TCP connection that is not read as text shows from outside: a segment, or, after the first ones of each
    # direction, a message (segments without a pause of 50 ms between them). `stream`: the connection, as `row` of its
    # conn. kind: raw, or what the first bytes look like: handshake | ccs | alert | appdata; unknown where only lengths
    # are logged. `number` counts each direction from 0; `length` in bytes; `head` only of a first segment of exactly
    # 64 bytes that is not TLS.
    "record": _table(
        *_FLOW,
        ("stream", pa.int64(), False),
        ("from_client", pa.bool_(), False),
        ("number", pa.int32(), False),
        ("kind", pa.string(), False),
        ("length", pa.int32(), False),
        ("head", pa.binary()),
    ),
    # A block that ARRIVED at a node; never the time in its header (docs/adr/0010-block-clock.md). `ts`: spread within
    # its second by whoever tests, where the source knows whole seconds only.
    "block": _table(
        ("ts", _US, False),
        ("coin", pa.string(), False),
        ("height", _COUNT),
    ),
    # What another sensor said.
    "alert": _table(
        *_FLOW,
        ("proto", pa.string()),
        ("signature_id", pa.int64()),
        ("signature", pa.string()),
        ("category", pa.string()),
    ),
    # Address translation. event: session (ts..until known) | create | delete | block (a range of ports given to one
    # inside address: outside_port..outside_port_last). dst may be null.
    "nat": _table(
        ("ts", _US, False),
        ("until", _US),
        ("event", pa.string(), False),
        ("proto", pa.string()),
        ("inside", _IP, False),
        ("inside_port", _PORT),
        ("outside", _IP, False),
        ("outside_port", _PORT),
        ("outside_port_last", _PORT),
        ("dst", _IP),
        ("dst_port", _PORT),
    ),
    # An address given to a device. `until` null: not known to have ended.
    "lease": _table(
        ("ts", _US, False),
        ("until", _US),
        ("ip", _IP, False),
        ("mac", pa.string(), False),
        ("hostname", pa.string()),
        ("state", pa.string()),
    ),
    # A person's login at the network (portal, 802.1X). One row per record: start, interim or stop of `session`.
    "session": _table(
        ("ts", _US, False),
        ("event", pa.string(), False),
        ("session", pa.string(), False),
        ("login", pa.string(), False),
        ("ip", _IP),
        ("mac", pa.string()),
        ("nas", pa.string()),
        ("nas_port", pa.string()),
        ("duration_us", _US),
    ),
    # A MAC address seen at a switch's port; `ts` null where the table does not say when it was taken.
    "fdb": _table(
        ("ts", _US),
        ("switch", pa.string(), False),
        ("port", pa.string(), False),
        ("mac", pa.string(), False),
        ("vlan", _PORT),
    ),
    # An address seen at a device's MAC address by a router; `ts` null where the table does not say when it was taken.
    "arp": _table(
        ("ts", _US),
        ("ip", _IP, False),
        ("mac", pa.string(), False),
        ("device", pa.string(), False),
        ("port", pa.string()),
        ("vlan", _PORT),
    ),
    # The ledger's devices, with the columns that tracing needs. Valid between two times, null: open.
    "asset": _table(
        ("ts", _US),
        ("until", _US),
        ("asset", pa.string(), False),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("ip", _IP),
        ("mac", pa.string()),
        ("hostname", pa.string()),
        ("switch_port", pa.string()),
        ("login", pa.string()),
        ("place", pa.string()),
        ("department", pa.string()),
        ("person", pa.string()),
        ("unit", pa.string()),
    ),
}
