"""Flow records as nfdump writes them with `-o csv`: the columns of 1.6 and 1.7, and the shorter ones of later 1.7.

Source: nfdump's manual page nfdump(1) and its output (github.com/phaag/nfdump). Its times are local and name no zone.
"""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry import delimited
from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block, blocks
from minewarden.telemetry.reader import Batch, Head, Reject, Source
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


class NfdumpCsvReader:
    """A header line, records, and a summary; several such files may stand one after another.

    A record is one direction unless nfdump was asked for both (`-B`): its source is then the sender, not the client.
    """

    form = "nfdump_csv"

    def recognises(self, head: Head) -> bool:
        """A header with nfdump's names."""
        return any(_header(line) is not None for line in head.lines[:5])

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Batches of conn. Raises ZoneNeeded, because nfdump writes local times."""
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
