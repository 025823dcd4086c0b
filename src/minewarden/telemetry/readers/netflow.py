"""Flow records as nfdump writes them, with `-o csv` (the columns of 1.6 and 1.7, and the shorter ones of later 1.7) or
with `-o json`, from NetFlow v5, v9 and IPFIX alike.

Source: nfdump's manual page nfdump(1) and its output (github.com/phaag/nfdump). Its times are local and name no zone.
"""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry import delimited, jsonlines
from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import LINE_BYTES, Block, blocks, kept
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.vocab.message import message

_OTHER_NAMES = {
    "firstSeen": "ts",
    "lastSeen": "te",
    "duration": "td",
    "srcAddr": "sa",
    "dstAddr": "da",
    "srcPort": "sp",
    "dstPort": "dp",
    "proto": "pr",
    "tcpFlags": "flg",
    "flags": "flg",
    "packets": "ipkt",
    "bytes": "ibyt",
}
_WANTED = frozenset({"ts", "te", "td", "sa", "da", "sp", "dp", "pr", "flg", "ipkt", "ibyt", "opkt", "obyt"})
_NEEDED = frozenset({"ts", "sa", "da", "sp", "dp", "pr"})
_FOOTERS = ("Summary", "No matching flows", "flows,bytes,packets", "Sys:", "Total flows", "Time window")
_NO_RECORD = re.compile(rb"^[^0-9\n][^\n]*\n", re.MULTILINE)
_NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "icmp6", "132": "sctp"}
_BEGIN = re.compile(rb"^[ \t]*\{", re.MULTILINE)
_END = re.compile(rb"\}[ \t]*,?[ \t]*$", re.MULTILINE)
_JSON_TEXTS = ("type", "first", "last", "tcp_flags", "src4_addr", "dst4_addr", "src6_addr", "dst6_addr")
_JSON_COUNTS = ("proto", "src_port", "dst_port", "in_packets", "in_bytes", "out_packets", "out_bytes", "sampled")
_JSON = pa.schema([*((n, pa.string()) for n in _JSON_TEXTS), *((n, pa.int64()) for n in _JSON_COUNTS)])
_JSON_PLACES = {"first": "ts", "last": "te", "src_port": "sp", "dst_port": "dp", "tcp_flags": "flg"} | {
    "in_packets": "ipkt", "in_bytes": "ibyt", "out_packets": "opkt", "out_bytes": "obyt"
}  # fmt: skip
_ENOUGH_COUNTS, _MOST_SAMPLING = 50, 1_000_000


class NfdumpCsvReader:
    """A header line, records, and a summary; several such files may stand one after another.

    A record is one direction unless nfdump was asked for both (`-B`): its source is then the sender, not the client.
    """

    form = "nfdump_csv"
    grows = True

    def recognises(self, head: Head) -> bool:
        """A header with nfdump's names."""
        return any(_header(line) is not None for line in head.lines[:5])

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Batches of conn. Raises ZoneNeeded, because nfdump writes local times."""
        yield from _weighed(source, self._read(source))

    def _read(self, source: Source) -> Iterator[Batch | Reject]:
        form: delimited.Form | None = None
        ended = False
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            for part in _parts(block):
                if isinstance(part, tuple):
                    number, line = part
                    if (header := _header(line)) is not None:
                        form, ended = header, False
                    elif line.startswith(_FOOTERS):
                        ended = True
                    elif not ended:
                        yield Reject(number, message("netflow.no_record"), line.encode())
                elif form is not None and not ended:
                    yield from _records(source, part, form)


class NfdumpJsonReader:
    """An array with one object a record over many lines, or an object a line. A record's line is where it begins."""

    form = "nfdump_json"
    grows = False  # An export is one array, written whole.

    def recognises(self, head: Head) -> bool:
        """JSON with nfdump's names for the counts and an address."""
        text = head.text.lstrip()[:8192]
        return text[:1] in "[{" and '"in_packets"' in text and ('"src4_addr"' in text or '"src6_addr"' in text)

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Batches of conn. Raises ZoneNeeded, because nfdump writes local times."""
        yield from _weighed(source, self._read(source))

    def _read(self, source: Source) -> Iterator[Batch | Reject]:
        for part in _whole_objects(source):
            if isinstance(part, Reject):
                yield part
                continue
            for fields in jsonlines.records(source, part, _JSON):
                if isinstance(fields, Reject):
                    yield fields
                else:
                    yield from _json_flows(fields)


def _whole_objects(source: Source) -> Iterator[Block | Reject]:
    """Blocks in which each object stands on its first line, and empty lines where it went on."""
    rest, line = b"", 1
    for block in blocks(source):
        if isinstance(block, Reject):
            yield block
            continue
        if not rest:
            line = block.first_line
        data, first = rest + block.data, line
        cut = max((found.end() + 1 for found in _END.finditer(data)), default=0)
        if cut == 0 and len(data) > LINE_BYTES:
            # No record is that long: what begins here never ends.
            cut = len(data)
        rest, data = data[cut:], data[:cut]
        line += data.count(b"\n")
        yield from _laid_out(data, first)
    yield from _laid_out(rest, line)


def _laid_out(data: bytes, first: int) -> Iterator[Block | Reject]:
    parts: list[bytes] = []
    start, line = 0, first
    for end in [*(found.end() for found in _END.finditer(data)), len(data)]:
        piece = data[start:end]
        start = end
        begin = _BEGIN.search(piece)
        record = piece[begin.start() :] if begin is not None and _END.search(piece) else b""
        between = piece[: len(piece) - len(record)]
        for number, text in enumerate(between.split(b"\n"), line):
            if text.strip(b" \t[],\r"):
                yield Reject(number, message("netflow.no_object"), kept(text))
        parts += [b"\n" * between.count(b"\n"), record.replace(b"\n", b" ").strip(b" \t,")]
        parts.append(b"\n" * record.count(b"\n"))
        line += piece.count(b"\n")
    whole = b"".join(parts)
    if whole.strip(b"\n"):
        yield Block(first, whole if whole.endswith(b"\n") else whole + b"\n")


def _json_flows(fields: Fields) -> Iterator[Batch | Reject]:
    kinds = fields.texts("type")
    flows = pc.fill_null(pc.equal(kinds, "FLOW"), True)
    if others := len(fields) - flows.true_count:
        fields.source.pass_over("nfdump EVENT", others)
        fields = fields.where(flows)
    for old, new in _JSON_PLACES.items():
        fields.add(new, fields.column(old))
    for side, new in (("src", "sa"), ("dst", "da")):
        fields.add(new, pc.coalesce(fields.texts(f"{side}4_addr"), fields.texts(f"{side}6_addr")))
    fields.add("pr", fields.texts("proto"))
    if pc.any(pc.fill_null(pc.greater(fields.column("sampled"), 0), False)).as_py():
        # How many it does not say here: the counts tell, or the declaration.
        fields.source.sampling = fields.source.sampling or -1
    yield from _flows(fields)


def _weighed(source: Source, items: Iterator[Batch | Reject]) -> Iterator[Batch | Reject | Note]:
    """The same; and where nfdump has multiplied every count by the sampling, that it did, and by how much."""
    common, counted = 0, 0
    for item in items:
        yield item
        if isinstance(item, Batch) and common != 1:
            packets = item.rows["packets_up"].drop_null().to_numpy(zero_copy_only=False)
            common = int(np.gcd.reduce(packets, initial=common))
            counted += len(packets)
    told = source.sampling
    if told in (-1, 0) and counted >= (_ENOUGH_COUNTS if told == 0 else 2) and 1 < common <= _MOST_SAMPLING:
        source.sampling = common
        yield Note(message("netflow.sampled", sampling=common))
    elif told == -1:
        yield Note(message("netflow.sampled_unknown"))


def _records(source: Source, text: Text, form: delimited.Form) -> Iterator[Batch | Reject]:
    for fields in delimited.records(source, text, form):
        if isinstance(fields, Reject):
            yield fields
        else:
            yield from _flows(fields)


def _header(line: str) -> delimited.Form | None:
    names = tuple(_OTHER_NAMES.get(name.strip(), name.strip()) for name in line.split(","))
    if not set(names) >= _NEEDED:
        return None
    return delimited.Form(names, ",", wanted=_WANTED)


def _parts(block: Block) -> Iterator[Text | tuple[int, str]]:
    """Records, which begin with a year, and the lines that do not, each with its number."""
    text = Text(block)
    if sum(text.begin_with(first) for first in (b"1", b"2", b"\n")) == len(text):
        yield text
    else:
        yield from delimited.apart(text, _NO_RECORD)


def _flows(fields: Fields) -> Iterator[Batch | Reject]:
    proto = _proto(fields.need("pr", pc.utf8_lower(pc.utf8_trim_whitespace(fields.texts("pr")))))
    # With ICMP the type and code stand where the port does, as in 8.0.
    icmp = pc.fill_null(pc.starts_with(proto, "icmp"), False)
    for port in ("sp", "dp"):
        fields.add(port, pc.if_else(icmp, None, fields.texts(port)))
    for name in _WANTED & set(fields.table.column_names):
        fields.add(name, pc.utf8_trim_whitespace(fields.texts(name)))
    start = fields.instants("ts")
    if "te" in fields.table.column_names:
        until = fields.instants("te")
    else:
        until = pc.add(start, pc.fill_null(fields.span("td"), 0))
    columns = {
        "ts": start,
        "src": fields.address("sa"),
        "src_port": fields.port("sp"),
        "dst": fields.address("da"),
        "dst_port": fields.port("dp"),
        "until": until,
        "proto": proto,
        "bytes_up": fields.number("ibyt"),
        "bytes_down": fields.number("obyt"),
        "packets_up": fields.number("ipkt"),
        "packets_down": fields.number("opkt"),
        "established": _established(fields, proto),
    }
    return fields.rows("conn", columns)


def _proto(texts: pa.Array) -> pa.Array:
    encoded = texts.dictionary_encode()
    named = [_NUMBERS.get(text, text) for text in encoded.dictionary.to_pylist()]
    return pa.array(named, pa.string()).take(encoded.indices)


def _established(fields: Fields, proto: pa.Array) -> pa.Array:
    """TCP flags of one direction: pushed or closed in order, data was sent; a bare SYN or a reset, it was not."""
    flags = fields.texts("flg")
    spoke = pc.match_substring_regex(flags, "A.*P|A.*F|F.*A|P.*A")
    refused = pc.match_substring_regex(flags, r"^[.\-CEU]*(?:A\.*R\.*|R\.*|\.*S\.*)$")
    tcp = pc.if_else(spoke, True, pc.if_else(refused, False, None))
    return pc.if_else(pc.equal(proto, "tcp"), tcp, None)
