"""Suricata's EVE log: flow, dns, tls, http and alert events; other events are passed over and counted.

Source: the Suricata user guide, "EVE JSON Format" (docs.suricata.io), for versions 4 to 8.
"""

from collections.abc import Callable, Iterator

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry import jsonlines
from minewarden.telemetry.fields import Fields
from minewarden.telemetry.lines import Block, in_blocks
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.spelling import tls_version, without_port
from minewarden.vocab.message import message

_TEXT, _COUNT = pa.string(), pa.int64()
_SYN, _PSH = 0x02, 0x08
_DNS_PORTS = pa.array([53, 5353])


def _struct(kind: pa.DataType, *names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, kind) for name in names]


_SCHEMA = pa.schema(
    [
        *_struct(_TEXT, "timestamp", "event_type", "src_ip", "dest_ip", "proto", "app_proto", "direction"),
        *_struct(_COUNT, "src_port", "dest_port"),
        (
            "flow",
            pa.struct(
                _struct(_COUNT, "pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient")
                + _struct(_TEXT, "start", "end", "state", "src_ip", "dest_ip")
                + _struct(_COUNT, "src_port", "dest_port")
            ),
        ),
        ("tcp", pa.struct(_struct(_TEXT, "tcp_flags_ts", "tcp_flags_tc"))),
        (
            "dns",
            pa.struct(
                [
                    *_struct(_TEXT, "type", "rrname", "rrtype", "rcode", "rdata"),
                    ("queries", pa.list_(pa.struct(_struct(_TEXT, "rrname", "rrtype")))),
                    ("answers", pa.list_(pa.struct(_struct(_TEXT, "rdata")))),
                ]
            ),
        ),
        (
            "tls",
            pa.struct(
                [
                    *_struct(_TEXT, "sni", "version", "subject", "issuerdn", "ja4"),
                    ("ja3", pa.struct(_struct(_TEXT, "hash"))),
                    *_struct(pa.list_(_TEXT), "subjectaltname", "server_alpns"),
                ]
            ),
        ),
        (
            "http",
            pa.struct(_struct(_TEXT, "hostname", "url", "http_user_agent", "http_method") + _struct(_COUNT, "status")),
        ),
        ("alert", pa.struct(_struct(_COUNT, "signature_id") + _struct(_TEXT, "signature", "category"))),
    ]
)


class EveReader:
    """One JSON object a line. A query and its answer are two events, and so two rows of dns."""

    form = "suricata_eve"
    grows = True

    def recognises(self, head: Head) -> bool:
        """A JSON object with `event_type` and `timestamp` among the first lines; the very first may be torn."""
        return any(_is_event(line) for line in head.lines[:5] if line.startswith("{"))

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Batches of conn, dns, tls, http and alert."""
        return in_blocks(source, _block)


def _block(source: Source, block: Block) -> Iterator[Batch | Reject]:
    for fields in jsonlines.records(source, block, _SCHEMA):
        if isinstance(fields, Reject):
            yield fields
        else:
            yield from _events(fields)


def _events(fields: Fields) -> Iterator[Batch | Reject]:
    kinds = fields.texts("event_type")
    for counted in pc.value_counts(kinds).to_pylist():
        kind, count = counted["values"], counted["counts"]
        if kind in _ROWS:
            yield from _ROWS[kind](fields.where(pc.fill_null(pc.equal(kinds, kind), False)))
        elif kind is None:
            yield from fields.where(pc.is_null(kinds)).refused(message("input.field_missing", column="event_type"))
        else:
            fields.source.pass_over(kind, count)


def _flow(fields: Fields) -> Iterator[Batch | Reject]:
    proto = pc.utf8_lower(fields.need("proto", fields.texts("proto")))
    icmp = pc.fill_null(pc.starts_with(proto, "icmp"), False)
    start = fields.instants("flow.start")
    end = fields.instants("flow.end") if fields.column("flow.end").null_count < len(fields) else start
    service = fields.texts("app_proto")
    columns = {
        "ts": start,
        "src": fields.address("src_ip"),
        "src_port": pc.if_else(icmp, None, fields.port("src_port")),
        "dst": fields.address("dest_ip"),
        "dst_port": pc.if_else(icmp, None, fields.port("dest_port")),
        "until": end,
        "proto": proto,
        "bytes_up": fields.number("flow.bytes_toserver"),
        "bytes_down": fields.number("flow.bytes_toclient"),
        "packets_up": fields.number("flow.pkts_toserver"),
        "packets_down": fields.number("flow.pkts_toclient"),
        "established": _established(fields, proto),
        "service": pc.if_else(pc.equal(service, "failed"), None, service),
    }
    return fields.rows("conn", columns)


def _established(fields: Fields, proto: pa.Array) -> pa.Array:
    """TCP: the server answered a SYN with its own, or somebody sent data. Others: something came back."""
    up, down = (_flags(fields.texts(f"tcp.tcp_flags_{side}")) for side in ("ts", "tc"))
    pushed = pc.greater(pc.bit_wise_and(pc.bit_wise_or(up, down), _PSH), 0)
    answered = pc.greater(pc.bit_wise_and(down, _SYN), 0)
    stood = pc.fill_null(pc.equal(fields.texts("flow.state"), "established"), False)
    tcp = pc.if_else(stood, True, pc.or_(pushed, answered))
    back = pc.greater(fields.number("flow.pkts_toclient"), 0)
    return pc.if_else(pc.equal(proto, "tcp"), tcp, back)


def _flags(texts: pa.Array) -> pa.Array:
    encoded = texts.dictionary_encode()
    numbers = [_hex(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(numbers, pa.int64()).take(encoded.indices)


def _hex(text: str) -> int | None:
    try:
        return int(text, 16) & 0xFF
    except ValueError:
        return None


def _dns(fields: Fields) -> Iterator[Batch | Reject]:
    queries = fields.column("dns.queries")
    # Version 3 lists the questions; all resolvers in use ask one at a time.
    first = pc.list_element(pc.if_else(pc.greater(pc.list_value_length(queries), 0), queries, None), 0)
    rrname = pc.coalesce(fields.texts("dns.rrname"), pc.struct_field(first, "rrname"))
    fields.add("dns.name", rrname)
    src, dst = fields.address("src_ip"), fields.address("dest_ip")
    # Suricata 4 wrote an answer from the resolver's side.
    turned = pc.fill_null(
        pc.and_(
            pc.is_in(fields.port("src_port").cast(pa.int64()), _DNS_PORTS),
            pc.invert(pc.is_in(fields.port("dest_port").cast(pa.int64()), _DNS_PORTS)),
        ),
        False,
    )
    columns = {
        "ts": fields.instants("timestamp"),
        "src": pc.if_else(turned, dst, src),
        "dst": pc.if_else(turned, src, dst),
        "query": fields.name("dns.name", required=True),
        "qtype": pc.coalesce(fields.texts("dns.rrtype"), pc.struct_field(first, "rrtype")),
        "rcode": fields.texts("dns.rcode"),
        "answers": _answers(fields),
    }
    return fields.rows("dns", columns)


def _answers(fields: Fields) -> pa.Array:
    """The data of the answers; version 1 has one answer in each event."""
    listed = [
        None if found is None else [answer["rdata"] for answer in found if answer and answer["rdata"] is not None]
        for found in fields.column("dns.answers").to_pylist()
    ]
    single = fields.texts("dns.rdata").to_pylist()
    both = [many if many is not None else [one] if one else None for many, one in zip(listed, single, strict=True)]
    return pa.array(both, pa.list_(pa.string()))


def _tls(fields: Fields) -> Iterator[Batch | Reject]:
    version = fields.texts("tls.version")
    alpns = fields.column("tls.server_alpns")
    columns = _five(fields) | {
        "has_hello": pa.repeat(True, len(fields)),
        "sni": fields.name("tls.sni"),
        "alpn": pc.list_element(pc.if_else(pc.greater(pc.list_value_length(alpns), 0), alpns, None), 0),
        "version": tls_version(version),
        "ja3": pc.struct_field(fields.column("tls.ja3"), "hash"),
        "ja4": fields.texts("tls.ja4"),
        "subject": fields.texts("tls.subject"),
        "issuer": fields.texts("tls.issuerdn"),
        "names": fields.column("tls.subjectaltname"),
    }
    return fields.rows("tls", columns)


def _http(fields: Fields) -> Iterator[Batch | Reject]:
    columns = _five(fields) | {
        "host": without_port(fields.texts("http.hostname")),
        "method": fields.texts("http.http_method"),
        "uri": fields.texts("http.url"),
        "agent": fields.texts("http.http_user_agent"),
        "status": fields.number("http.status", most=999),
    }
    return fields.rows("http", columns)


def _alert(fields: Fields) -> Iterator[Batch | Reject]:
    # An alert names the ends of its packet; the flow, where it is given, those of the connection.
    given = pc.is_valid(fields.column("flow.src_ip"))
    turned = pc.and_(pc.invert(given), pc.fill_null(pc.equal(fields.texts("direction"), "to_client"), False))
    for name in ("src_ip", "dest_ip", "src_port", "dest_port"):
        other = name.replace("src", "dest") if name.startswith("src") else name.replace("dest", "src")
        own = pc.if_else(turned, fields.column(other), fields.column(name))
        fields.add(f"client {name}", pc.if_else(given, fields.column(f"flow.{name}"), own))
    columns = {
        "ts": fields.instants("timestamp"),
        "src": fields.address("client src_ip"),
        "src_port": fields.port("client src_port"),
        "dst": fields.address("client dest_ip"),
        "dst_port": fields.port("client dest_port"),
        "proto": pc.utf8_lower(fields.texts("proto")),
        "signature_id": fields.number("alert.signature_id"),
        "signature": fields.texts("alert.signature"),
        "category": fields.texts("alert.category"),
    }
    return fields.rows("alert", columns)


_ROWS: dict[str, Callable[[Fields], Iterator[Batch | Reject]]] = {
    "flow": _flow,
    "dns": _dns,
    "tls": _tls,
    "http": _http,
    "alert": _alert,
}


def _five(fields: Fields) -> dict[str, pa.Array | None]:
    return {
        "ts": fields.instants("timestamp"),
        "src": fields.address("src_ip"),
        "src_port": fields.port("src_port"),
        "dst": fields.address("dest_ip"),
        "dst_port": fields.port("dest_port"),
    }


def _is_event(line: str) -> bool:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(event, dict) and {"event_type", "timestamp"} <= event.keys()
