"""Query logs of the resolvers BIND, dnsmasq and Unbound.

**BIND** (category queries): `12-Mar-2026 21:14:37.123 queries: info: client @0x7f 10.1.2.3#53211 (name): query: name IN
A +E(0)K (10.1.1.53)`, with or without category, severity, view; also with ISO times or through syslog.

**dnsmasq** (`log-queries`, also `=extra`): `Mar 12 21:14:37 dnsmasq[812]: query[A] name from 10.1.2.3`, and
`reply|cached|config name is answer`, which is added to the last query of that name before it.

**Unbound** (`log-queries`, `log-replies`): `[1773321277] unbound[812:0] info: 10.1.2.3 name. A IN`, or with ISO or
syslog times; a reply adds the response code.

Syslog times carry no year: it is the last one in which the date is not after the file's modification time, and that is
said. Other lines of the same programs are passed over.
"""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import Column
from minewarden.telemetry.fields import Fields
from minewarden.telemetry.lines import blocks, kept
from minewarden.telemetry.patterns import Rest, matching
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.telemetry.stamps import SYSLOG, from_stamps, written, year_note
from minewarden.telemetry.times import from_seconds
from minewarden.vocab.message import message

_DAY = (
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
)
_WHEN = rf"^{SYSLOG}(?P<stamp>{_DAY})(?P<fraction>(?:\.\d{{1,6}})?)\d*(?P<zone>(?:Z|[+-]\d\d:\d\d)?)"

_USUAL = r"^(?P<stamp>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)(?P<fraction>\.\d{3}) queries: info: client "
_BIND = (
    _USUAL + r"@0x[0-9a-f]+ (?P<src>[0-9a-f.:]+)#\d+ \([^)]*\): query: (?P<rest>.*)$",
    r"^(?P<query>\S+) \w+ (?P<qtype>\S+) \S+ \((?P<dst>[0-9a-f.:]+)\)$",
)
_ANY_BIND = (
    _WHEN + r"(?: \S+ named\[\d+\]:)? (?:\S+: )?(?:\w+: )?client (?:@0x[0-9a-f]+ )?(?P<src>[0-9a-fA-F.:]+)#\d+"
    r"(?: \([^)]*\))?: (?:view \S+: )?query: (?P<query>\S+) \w+ (?P<qtype>\S+) \S+(?: \((?P<dst>[0-9a-fA-F.:]+)\))?",
)
_BIND_HEAD = re.compile(r"client (?:@0x[0-9a-f]+ )?[0-9a-fA-F.:]+#\d+.*: query: \S+ IN \S+")

_DNSMASQ = (
    _WHEN + r" (?:\S+ )?dnsmasq\[\d+\]: (?:\d+ [0-9a-fA-F.:]+/\d+ )?"
    r"(?P<verb>query\[[\w=]+\]|reply|cached|config|/\S+) (?P<query>\S+) (?:from|is) (?P<value>\S+)$"
)
_DNSMASQ_HEAD = re.compile(r"dnsmasq\[\d+\]: .*query\[[\w=]+\] \S+ from ")

_UNBOUND_TAIL = (
    r"(?:info|query|reply): (?P<src>[0-9a-fA-F.:]+) (?P<query>\S+) (?P<qtype>[A-Z0-9]+) IN"
    r"(?: (?P<rcode>[A-Z]+) \S+ \d \d+)?"
)
_UNBOUND = _WHEN + r"(?: \S+)? unbound(?:\[\d+(?::\d+)?\])?:?(?: \[\d+:\d+\])? " + _UNBOUND_TAIL
_UNBOUND_EPOCH = r"^\[(?P<epoch>\d{9,11})\] unbound\[\d+:\d+\] " + _UNBOUND_TAIL
_UNBOUND_HEAD = re.compile(
    r"unbound(?:\[\d+(?::\d+)?\])?:?(?: \[\d+:\d+\])? (?:info|query|reply): \S+ \S+ [A-Z0-9]+ IN\b"
)
_NO_ADDRESS = {"NXDOMAIN": "NXDOMAIN", "NODATA": "NOERROR", "SERVFAIL": "SERVFAIL", "REFUSED": "REFUSED"}


class BindQueryReader:
    """BIND's query log."""

    form = "bind_query"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By a line of a query."""
        return any(_BIND_HEAD.search(line) for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `dns`."""
        yield from year_note(source)
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = matching(source, block, _BIND, _ANY_BIND)
            for part in groups:
                yield from part.rows(
                    "dns",
                    {
                        "ts": _time(part),
                        "src": part.address("src"),
                        "dst": _address_or_null(part, "dst"),
                        "query": part.name("query", required=True),
                        "qtype": part.texts("qtype"),
                    },
                )
            yield from _others(rest, _BIND_HEAD)


class DnsmasqQueryReader:
    """dnsmasq's log of queries and replies."""

    form = "dnsmasq_query"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By a line of a query."""
        return any(_DNSMASQ_HEAD.search(line) for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `dns`."""
        yield from year_note(source)
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = matching(source, block, (_DNSMASQ,))
            for both in groups:
                yield from self._rows(both)
            yield from _others(rest, _DNSMASQ_HEAD)

    def _rows(self, both: Fields) -> Iterator[Batch | Reject]:
        asked = pc.starts_with(both.texts("verb"), "query[")
        part = both.where(asked)
        answers, rcodes = _answered(both, asked)
        yield from part.rows(
            "dns",
            {
                "ts": _time(part),
                "src": part.address("value"),
                "query": part.name("query", required=True),
                "qtype": pc.utf8_slice_codeunits(part.texts("verb"), 6, -1),
                "answers": answers,
                "rcode": rcodes,
            },
        )


class UnboundQueryReader:
    """Unbound's log of queries and replies."""

    form = "unbound_query"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By a line of a query."""
        return any(_UNBOUND_HEAD.search(line) for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `dns`."""
        yield from year_note(source)
        in_seconds = any(re.match(r"^\[\d{9,11}\] unbound", line) for line in source.head.lines)
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = matching(source, block, (_UNBOUND_EPOCH if in_seconds else _UNBOUND,))
            for part in groups:
                yield from part.rows(
                    "dns",
                    {
                        "ts": part.need("epoch", from_seconds(part.texts("epoch"))) if in_seconds else _time(part),
                        "src": part.address("src"),
                        "query": part.name("query", required=True),
                        "qtype": part.texts("qtype"),
                        "rcode": _text_or_null(part, "rcode"),
                    },
                )
            yield from _others(rest, _UNBOUND_HEAD)


def _time(part: Fields) -> Column:
    """Second, fraction and zone are read apart, since most lines share their second with others."""
    stamps = pc.binary_join_element_wise(part.texts("stamp"), pc.fill_null(part.texts("zone"), ""), "")
    seconds = from_stamps(stamps, part.source, part.lines, written(part.source))
    fraction = part.texts("fraction")
    there = pc.greater(pc.utf8_length(fraction), 1)
    parts = pc.multiply(pc.if_else(there, fraction, "0").cast(pa.float64()), 1e6)
    return part.need("stamp", pc.add(seconds, pc.round(parts).cast(pa.int64())))


def _text_or_null(part: Fields, name: str) -> pa.Array:
    texts = part.texts(name)
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _address_or_null(part: Fields, name: str) -> pa.Array:
    table = part.table.set_column(part.table.column_names.index(name), name, _text_or_null(part, name))
    return Fields(part.source, table, part.lines, part.text).address(name, required=False)


def _answered(both: Fields, asked: pa.Array) -> tuple[pa.Array, pa.Array]:
    """For each query of the block the answers that followed under its name, and the response code that they tell."""
    is_query = np.asarray(asked.to_numpy(zero_copy_only=False), bool)
    count = int(is_query.sum())
    codes = np.asarray(pc.utf8_lower(both.texts("query")).dictionary_encode().indices)
    order = np.argsort(codes, kind="stable")
    number = np.where(is_query, np.cumsum(is_query) - 1, -1)[order]
    # The last query at or before each line of the same name; -1 where the name was not asked before.
    group_start = np.concatenate(([True], np.diff(codes[order]) != 0)) if len(order) else np.zeros(0, bool)
    place = np.where((number >= 0) | group_start, np.arange(len(order)), 0)
    owner = number[np.maximum.accumulate(place)] if len(order) else number
    replies = order[(~is_query[order]) & (owner >= 0)]
    owners = owner[(~is_query[order]) & (owner >= 0)]
    by_owner = np.argsort(owners, kind="stable")
    texts = both.texts("value").take(pa.array(replies[by_owner])).to_pylist()
    answers: list[list[str] | None] = [None] * count
    rcodes: list[str | None] = [None] * count
    for index, text in zip(owners[by_owner].tolist(), texts, strict=True):
        if (code := _NO_ADDRESS.get(text.split("-")[0])) is not None:
            rcodes[index] = code
        elif text != "<CNAME>":
            rcodes[index] = "NOERROR"
            answers[index] = [*(answers[index] or ()), text]
    return pa.array(answers, pa.list_(pa.string())), pa.array(rcodes, pa.string())


def _others(rest: Rest, head: re.Pattern[str]) -> Iterator[Reject]:
    """Lines that should have been queries; the programs' other lines are not this reader's."""
    for number, line in rest.lines:
        if head.search(line):
            yield Reject(number, message("tracelog.query_line"), kept(line.encode()))
