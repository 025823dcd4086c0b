"""Zeek's conn, dns, ssl and http logs, as tab-separated values or as JSON.

Source: the Zeek manual, "Zeek Log Formats and Inspection" and the log field references (docs.zeek.org).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry import delimited, jsonlines
from minewarden.telemetry.columns import all_alike
from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block, Seen, blocks, in_blocks, side_by_side
from minewarden.telemetry.reader import Batch, Head, NotUsed, Reject, Source
from minewarden.telemetry.spelling import tls_version, without_port
from minewarden.vocab.message import message

_KINDS = ("conn", "dns", "ssl", "http")
_ENOUGH = 16 * 1024
_HEADER = re.compile(rb"^#[^\n]*\n", re.MULTILINE)
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_FIVE = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
_OWN = {
    "conn": ("proto", "service", "duration", "orig_bytes", "resp_bytes", "conn_state", "orig_pkts", "resp_pkts"),
    "dns": ("query", "qtype_name", "rcode_name", "answers"),
    "ssl": ("version", "server_name", "next_protocol", "ssl_history", "ja3", "ja4", "subject", "issuer"),
    "http": ("host", "method", "uri", "user_agent", "status_code"),
}
# Which fields tell the kind of a log that does not name it: Zeek always writes one of them.
_TELLING = {
    "dns": {"query", "qtype_name", "trans_id"},
    "ssl": {"server_name", "cipher", "ssl_history"},
    "http": {"method", "uri", "user_agent", "status_code"},
    "conn": {"conn_state", "duration", "orig_pkts"},
}
_NUMBERS = {"id.orig_p", "id.resp_p", "orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "status_code"}
_TSV_TYPES = {**dict.fromkeys(_NUMBERS, pa.int64()), "ts": pa.float64(), "duration": pa.float64()}
_OTHER_TYPES = {"duration": pa.float64(), "answers": pa.list_(pa.string()), "trans_id": pa.int64()}
# Zeek's states of a connection, with whether it came to stand; the others do not tell.
_STATES = pa.array(["S1", "S2", "S3", "SF", "RSTO", "RSTR", "S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"])
_STOOD = pa.array([True] * 6 + [False] * 6 + [None])
_UNASKED = "dns (query -)"
_ICMP, _MIDSTREAM, _ZERO = pa.scalar("icmp"), pa.scalar(len(_STATES) - 1, pa.int32()), pa.scalar(0)


@dataclass(frozen=True, slots=True)
class _Header:
    separator: str = "\t"
    unset: str = "-"
    empty: str = "(empty)"
    set_separator: str = ","
    path: str = ""
    fields: tuple[str, ...] = ()

    def told(self, line: str) -> "_Header":
        """The header with one more of its lines."""
        key, _, value = line.partition(" " if line.startswith("#separator") else self.separator)
        match key:
            case "#separator":
                mark = _unescaped(value.strip())
                return _Header(separator=mark if len(mark) == 1 and mark.isascii() and mark not in "\r\n" else "\t")
            case "#fields":
                return replace(self, fields=tuple(value.split(self.separator)))
            case "#path":
                return replace(self, path=value)
            case "#unset_field":
                return replace(self, unset=value)
            case "#empty_field":
                return replace(self, empty=value)
            case "#set_separator":
                return replace(self, set_separator=value)
            case _:
                return self

    @property
    def kind(self) -> str:
        """conn, dns, ssl, http, or "" for another log."""
        if self.path:
            return self.path if self.path in _KINDS else ""
        return next((kind for kind, telling in _TELLING.items() if telling & set(self.fields)), "")


class ZeekReader:
    """Zeek writes a header before tab-separated values, and none before JSON; either may change in mid-file."""

    form = "zeek"
    grows = True

    def recognises(self, head: Head) -> bool:
        """A `#fields` header that begins with a time, or JSON objects with Zeek's names for the two ends."""
        for line in head.lines[:50]:
            if line.startswith("#fields"):
                return line[7:].strip().startswith("ts")
            if line.startswith("{"):
                return _is_zeek_json(line)
            if line and not line.startswith("#"):
                return False
        return False

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Batches of conn, dns, tls and http. Raises NotUsed for Zeek's other logs."""
        if any(line.startswith("#fields") for line in source.head.lines[:50]):
            return side_by_side(_tsv_parts(source))
        return in_blocks(source, _json_block)


def _tsv_parts(source: Source) -> Iterator[tuple[bool, Iterator[Batch | Reject]]]:
    """The records under each header; a block without headers can be read while the one before is."""
    header, used = _Header(), False
    for block in blocks(source):
        if isinstance(block, Reject):
            yield False, iter((block,))
            continue
        headed = block.holds(Seen.HASH)
        for part in delimited.apart(Text(block), _HEADER) if headed else (Text(block),):
            if isinstance(part, tuple):
                header = header.told(part[1])
            elif header.kind:
                used = True
                yield block.late and not headed, _tsv_rows(source, part, header)
            elif header.fields and not used:
                raise NotUsed(source.name, 0, message("zeek.not_used", kind=header.path or "?"))
    if not used and header.fields and not header.kind:
        raise NotUsed(source.name, 0, message("zeek.not_used", kind=header.path or "?"))


def _json_block(source: Source, block: Block) -> Iterator[Batch | Reject]:
    """The block read with the columns of the kinds that its beginning shows, or, where others follow, with all."""
    sampled = _kinds_in(block.data[:_ENOUGH])
    if sampled:
        schema = _schema(block.data, sampled)
        found = list(jsonlines.records(source, block, schema))
        if all(isinstance(part, Reject) or _all_told(part, sampled) for part in found):
            for part in found:
                yield from [part] if isinstance(part, Reject) else _json_rows(part)
            return
    for part in jsonlines.records(source, block, _schema(block.data, frozenset(_KINDS))):
        yield from [part] if isinstance(part, Reject) else _json_rows(part)


def _kinds_in(sample: bytes) -> frozenset[str]:
    """The kinds of which the sample shows a field; a name inside a text may add one, which costs time only."""
    return frozenset(
        kind for kind, telling in _TELLING.items() if any(f'"{name}":'.encode() in sample for name in telling)
    )


def _all_told(fields: Fields, sampled: frozenset[str]) -> bool:
    if _one_kind(fields) in sampled:
        return True
    paths = fields.texts("_path")
    told = pc.is_in(paths, value_set=pa.array(sorted(sampled), pa.string()))
    if told.false_count == 0:
        return True
    for name in sorted(name for kind in sampled for name in _TELLING[kind]):
        told = pc.or_(told, pc.and_(pc.is_null(paths), pc.is_valid(fields.column(name))))
    return bool(pc.all(told).as_py())


def _tsv_rows(source: Source, text: Text, header: _Header) -> Iterator[Batch | Reject]:
    kind = header.kind
    form = delimited.Form(
        header.fields,
        header.separator,
        wanted=frozenset((*_FIVE, *_OWN[kind])),
        unset=(header.unset, header.empty),
        kinds=_TSV_TYPES,
    )
    for fields in delimited.records(source, text, form):
        if isinstance(fields, Reject):
            yield fields
            continue
        if "answers" in fields.table.column_names:
            fields.split("answers", header.set_separator)
        # Hardly any log has one.
        if text.block.holds(Seen.BACKSLASH):
            fields.respell(_unescaped_column)
        yield from _ROWS[kind](fields)


def _one_kind(fields: Fields) -> str:
    """The kind that all records name; "" where they name several, or some none."""
    paths = fields.texts("_path")
    return paths[0].as_py() if all_alike(paths) else ""


def _json_rows(fields: Fields) -> Iterator[Batch | Reject]:
    if (one := _one_kind(fields)) in _ROWS:
        yield from _ROWS[one](fields)
        return
    paths = fields.texts("_path")
    named = pc.is_valid(paths)
    remaining = pc.invert(named)
    for kind, telling in _TELLING.items():
        chosen = pc.fill_null(pc.equal(paths, kind), False)
        if remaining.true_count:
            tells = pa.repeat(False, len(fields))
            for name in sorted(telling):
                tells = pc.or_(tells, pc.is_valid(fields.column(name)))
            chosen = pc.or_(pc.and_(remaining, tells), chosen)
            remaining = pc.and_(remaining, pc.invert(tells))
        if pc.any(chosen).as_py():
            yield from _ROWS[kind](fields.where(chosen))
    if pc.any(remaining).as_py():
        yield from fields.where(remaining).refused(message("zeek.kind_unknown"))


def _conn(fields: Fields) -> Iterator[Batch | Reject]:
    columns = _five(fields)
    proto = pc.utf8_lower(fields.need("proto", fields.texts("proto")))
    up, down = fields.number("orig_bytes"), fields.number("resp_bytes")
    state = pc.index_in(fields.texts("conn_state"), _STATES)
    established = _STOOD.take(state)
    midstream = pc.equal(state, _MIDSTREAM)
    if pc.any(midstream).as_py():
        # The opening was not seen; that bytes were counted shows that the connection stood.
        data = pc.greater(pc.add(pc.fill_null(up, _ZERO), pc.fill_null(down, _ZERO)), _ZERO)
        established = pc.if_else(pc.and_(midstream, data), True, established)
    columns |= {
        "until": pc.add(columns["ts"], pc.fill_null(fields.span("duration"), _ZERO)),
        "proto": proto,
        "bytes_up": up,
        "bytes_down": down,
        "packets_up": fields.number("orig_pkts"),
        "packets_down": fields.number("resp_pkts"),
        "established": established,
        "service": fields.texts("service"),
    }
    # Zeek puts ICMP's type and code where the ports stand.
    icmp = pc.equal(proto, _ICMP)
    if pc.any(icmp).as_py():
        columns |= {port: pc.if_else(icmp, None, columns[port]) for port in ("src_port", "dst_port")}
    return fields.rows("conn", columns)


def _dns(fields: Fields) -> Iterator[Batch | Reject]:
    if "query" in fields.table.column_names:
        # Zeek writes exchanges without a question too, such as an answer whose query it did not see.
        unasked = pc.is_null(fields.texts("query"))
        if unasked.true_count:
            fields.source.pass_over(_UNASKED, unasked.true_count)
            fields = fields.where(pc.invert(unasked))
    answers = fields.column("answers")
    return fields.rows(
        "dns",
        {
            "ts": fields.seconds("ts"),
            "src": fields.address("id.orig_h"),
            "dst": fields.address("id.resp_h", required=False),
            "query": fields.name("query", required=True),
            "qtype": fields.texts("qtype_name"),
            "rcode": fields.texts("rcode_name"),
            "answers": answers if pa.types.is_list(answers.type) else None,
        },
    )


def _tls(fields: Fields) -> Iterator[Batch | Reject]:
    sni, history = fields.name("server_name"), fields.texts("ssl_history")
    # ssl_history came with Zeek 5; without it, Zeek has written the line because it saw the hello.
    hello = pc.or_(pc.fill_null(pc.match_substring(history, "C"), True), pc.is_valid(sni))
    columns = _five(fields) | {
        "has_hello": hello,
        "sni": sni,
        "alpn": fields.texts("next_protocol"),
        "version": tls_version(fields.texts("version")),
        "ja3": fields.texts("ja3"),
        "ja4": fields.texts("ja4"),
        "subject": fields.texts("subject"),
        "issuer": fields.texts("issuer"),
    }
    return fields.rows("tls", columns)


def _http(fields: Fields) -> Iterator[Batch | Reject]:
    columns = _five(fields) | {
        "host": without_port(fields.texts("host")),
        "method": fields.texts("method"),
        "uri": fields.texts("uri"),
        "agent": fields.texts("user_agent"),
        "status": fields.number("status_code", most=999),
    }
    return fields.rows("http", columns)


_ROWS: dict[str, Callable[[Fields], Iterator[Batch | Reject]]] = {
    "conn": _conn,
    "dns": _dns,
    "ssl": _tls,
    "http": _http,
}


def _five(fields: Fields) -> dict[str, pa.Array | None]:
    return {
        "ts": fields.seconds("ts"),
        "src": fields.address("id.orig_h"),
        "src_port": fields.port("id.orig_p"),
        "dst": fields.address("id.resp_h"),
        "dst_port": fields.port("id.resp_p"),
    }


def _schema(data: bytes, kinds: frozenset[str]) -> pa.Schema:
    # Zeek writes JSON times as numbers or as ISO 8601, as it is set up; a file has one of them.
    iso = data.count(b'"ts":"', 0, _ENOUGH) * 2 > data.count(b"\n", 0, _ENOUGH)
    names = {*_FIVE, "_path"}.union(*(_OWN[kind] for kind in kinds), *(_TELLING[kind] for kind in kinds))
    types = dict.fromkeys(sorted(names), pa.string())
    types |= {name: pa.int64() for name in _NUMBERS & names}
    types |= {name: kind for name, kind in _OTHER_TYPES.items() if name in names}
    types["ts"] = pa.string() if iso else pa.float64()
    return pa.schema(list(types.items()))


def _is_zeek_json(line: str) -> bool:
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and {"ts", "id.orig_h", "id.resp_h"} <= first.keys()


def _unescaped(text: str) -> str:
    """Zeek writes bytes that would disturb its format as \\xNN. What they spell is kept where it is text."""
    raw = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _unescaped_column(texts: pa.Array) -> pa.Array:
    escaped = pc.match_substring(texts, "\\x")
    if not pc.any(escaped).as_py():
        return texts
    plain = [_unescaped(text) for text in texts.filter(pc.fill_null(escaped, False)).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(escaped, False), pa.array(plain, pa.string()))
