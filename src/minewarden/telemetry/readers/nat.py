"""NAT logs: the product's own CSV, H3C, Huawei and Sangfor syslog, Linux conntrack.

**CSV** (`nat_csv`): a header, then one row per translation; columns in any order, English or Chinese:
`time` 开始时间 (needed), `end` 结束时间 (empty: not known to have ended), `event` 事件 (session, create, delete,
block; empty: session), `proto` 协议, `inside_ip` 内网IP (needed), `inside_port` 内网端口, `outside_ip` 公网IP (needed),
`outside_port` 公网端口 (empty: one-to-one), `outside_port_last` 公网端口止 (of a block), `dst_ip` 目的IP,
`dst_port` 目的端口.
Times are ISO 8601, with a zone or without, or seconds since 1970.

**H3C** (Comware 7; `NAT/6/NAT_FLOW`, `session/6/SESSION_IPV4_FLOW`): `SrcIPAddr(1003)`, `SrcPort(1004)`,
`NatSrcIPAddr(1005)`, `NatSrcPort(1006)`, `DstIPAddr(1007)`, `DstPort(1008)`, `Protocol(1001)`, `BeginTime_e(1013)` and
`EndTime_e(1014)` as MMDDYYYYhhmmss, `Event(1048)`: (8) created, (6) still active, any other: ended. The devices write
these two times in UTC and the line's own time in local time; which of them a device does is seen by comparing the two.

**Huawei** (USG; `SECLOG/6/SESSION_BUILT`, `SESSION_TEARDOWN`): `Protocol`, `SourceIP`, `SourcePort`, `SourceNatIP`,
`SourceNatPort`, `DestinationIP`, `DestinationPort`, `BeginTime` and `EndTime` in seconds since 1970.

Both also write the carriers' form `NAT444:SessionbasedA [6 inside - outside inside-port outside-port -]` and
`NAT444:UserbasedA [- inside - outside - first-port last-port]`; A assigns, W withdraws.

**Sangfor** (AF): `Mar 12 21:12:58 localhost nat: 日志类型:NAT日志, NAT类型:snat, 源IP:10.12.9.14, 源端口:51022,
目的IP:198.51.100.77, 目的端口:3333, 协议:6, 转换后的IP:203.0.113.10, 转换后的端口:40213`, one line when a translation
begins; when it ends is not said. The time is local and without a year, which is taken from the file's modification
time. Translations of destinations (dnat) are passed over. Source: lines of such devices in public parsers of them.

**conntrack**: `conntrack -E -o timestamp` (NEW and DESTROY; `ktimestamp` adds the length), and
`conntrack -L -o ktimestamp`. A list without times cannot be placed in time and is refused.

A session whose source address is not translated is passed over.
"""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.fields import Fields
from minewarden.telemetry.headed import headed, header_of, optional_seconds
from minewarden.telemetry.lines import blocks, kept
from minewarden.telemetry.patterns import Keys, Rest, keyed, matching
from minewarden.telemetry.reader import Batch, Head, Note, Reject, Source
from minewarden.telemetry.stamps import STAMP, SYSLOG, from_stamps, local_us, written, year_note
from minewarden.telemetry.times import at_zone, from_iso
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip

_H3C = r"(?i)(?:NAT|SESSION)/\d/(?:NAT_FLOW|NAT_IPV4\w*|SESSION_IPV4_FLOW)\s*:"
_HUAWEI = r"(?i)%%\d\d(?:SECLOG|SESSION)/\d/SESSION_(?:BUILT|TEARDOWN|SETUP)\w*(?:\(\w+\))?\s*:"
_NAT444 = re.compile(
    rf"^{SYSLOG}(?P<stamp>{STAMP}) .*?NAT444:(?P<kind>Session|User)based(?P<way>[AW]) "
    r"\[(?P<proto>\S+) (?P<inside>\S+) - (?P<outside>\S+) (?P<port>\S+) (?P<first>\d+) (?P<last>\S+)\]"
)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}
_SANGFOR = (
    rf"^{SYSLOG}(?P<stamp>{STAMP}) \S+ \w+: 日志类型:NAT日志, ?NAT类型:(?P<kind>\w+), ?(?P<rest>.*)$",
    r"^源IP:(?P<src>[^,]+), ?源端口:(?P<sport>\d+), ?目的IP:(?P<dst>[^,]+), ?(?P<rest>.*)$",
    r"^目的端口:(?P<dport>\d+), ?协议:(?P<proto>\w+), ?(?P<rest>.*)$",
    r"^转换后的IP:(?P<outside>[^,]+), ?转换后的端口:(?P<outside_port>\d+)$",
)
_SANGFOR_HEAD = "日志类型:NAT日志"


_CSV = {
    "time": ("time", "start", "开始时间", "时间"),
    "end": ("end", "结束时间"),
    "event": ("event", "事件"),
    "proto": ("proto", "protocol", "协议"),
    "inside_ip": ("inside_ip", "内网ip", "内网地址"),
    "inside_port": ("inside_port", "内网端口"),
    "outside_ip": ("outside_ip", "公网ip", "公网地址"),
    "outside_port": ("outside_port", "公网端口"),
    "outside_port_last": ("outside_port_last", "公网端口止"),
    "dst_ip": ("dst_ip", "目的ip", "目的地址"),
    "dst_port": ("dst_port", "目的端口"),
}


class NatCsvReader:
    """The product's own CSV form."""

    form = "nat_csv"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By its header."""
        return {"time", "inside_ip", "outside_ip"} <= header_of(head, _CSV)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `nat`."""
        for part in headed(source, _CSV, ("time", "inside_ip", "outside_ip")):
            if isinstance(part, Reject):
                yield part
                continue
            event = pc.utf8_lower(pc.fill_null(part.texts("event"), "session"))
            known = pc.is_in(event, pa.array(["session", "create", "delete", "block"]))
            columns = {
                "ts": part.seconds("time"),
                "until": optional_seconds(part, "end"),
                "event": part.need("event", pc.if_else(known, event, None)),
                "proto": pc.utf8_lower(part.texts("proto")),
                "inside": part.address("inside_ip"),
                "inside_port": part.port("inside_port"),
                "outside": part.address("outside_ip"),
                "outside_port": part.port("outside_port"),
                "outside_port_last": part.port("outside_port_last"),
                "dst": part.address("dst_ip", required=False),
                "dst_port": part.port("dst_port"),
            }
            yield from part.rows("nat", columns)


class H3cNatReader:
    """Comware's session syslog, and the carriers' NAT444 lines."""

    form = "h3c_nat"
    grows = True
    _keys = Keys(
        _H3C,
        ";",
        (
            "Protocol", "SrcIPAddr", "SrcPort", "NatSrcIPAddr", "NatSrcPort", "DstIPAddr", "DstPort",
            "BeginTime_e", "EndTime_e", "Event",
        ),
    )  # fmt: skip

    def recognises(self, head: Head) -> bool:
        """By the name of the message, or the carriers' form."""
        return any(re.search(_H3C, line) or _NAT444.match(line) for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `nat`."""
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = keyed(source, block, self._keys)
            for group in groups:
                yield from self._rows(_translated(group, "SrcIPAddr", "NatSrcIPAddr"))
            yield from _carrier_lines(source, rest)

    def _rows(self, part: Fields) -> Iterator[Batch | Reject]:
        ended = _present(part.texts("EndTime_e"))
        event = part.texts("Event")
        opened = pc.or_(pc.starts_with(event, "(8)"), pc.starts_with(event, "(6)"))
        begin, end = _h3c_times(part, ended)
        part.need("BeginTime_e", begin)
        kind = pc.if_else(pc.and_(ended, pc.invert(pc.fill_null(opened, False))), "session", "create")
        yield from _session_rows(
            part,
            {"ts": begin, "until": pc.if_else(pc.equal(kind, "session"), end, None), "event": kind},
            ("Protocol", "SrcIPAddr", "SrcPort", "NatSrcIPAddr", "NatSrcPort", "DstIPAddr", "DstPort"),
        )


class HuaweiNatReader:
    """USG's session syslog, and the carriers' NAT444 lines."""

    form = "huawei_nat"
    grows = True
    _keys = Keys(
        _HUAWEI,
        ",",
        (
            "Protocol", "SourceIP", "SourcePort", "SourceNatIP", "SourceNatPort", "DestinationIP", "DestinationPort",
            "BeginTime", "EndTime",
        ),
    )  # fmt: skip

    def recognises(self, head: Head) -> bool:
        """By the name of the message."""
        return any(re.search(_HUAWEI, line) for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `nat`."""
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = keyed(source, block, self._keys)
            for group in groups:
                group = _translated(group, "SourceIP", "SourceNatIP")
                until = optional_seconds(group, "EndTime")
                yield from _session_rows(
                    group,
                    {
                        "ts": group.seconds("BeginTime"),
                        "until": until,
                        "event": pc.if_else(pc.is_valid(until), "session", "create"),
                    },
                    ("Protocol", "SourceIP", "SourcePort", "SourceNatIP", "SourceNatPort", "DestinationIP",
                     "DestinationPort"),
                )  # fmt: skip
            yield from _carrier_lines(source, rest)


class SangforNatReader:
    """AF's syslog of translations."""

    form = "sangfor_nat"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By the kind of log that its lines name."""
        return any(_SANGFOR_HEAD in line for line in head.lines)

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Rows of table `nat`."""
        yield from year_note(source)
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = matching(source, block, _SANGFOR)
            for part in groups:
                part = _translated(part.where(pc.equal(part.texts("kind"), "snat")), "src", "outside")
                for code, name in _PROTOCOLS.items():
                    proto = part.texts("proto")
                    part.add("proto", pc.if_else(pc.equal(proto, code), name, proto))
                begun = part.need("stamp", from_stamps(part.texts("stamp"), source, part.lines, written(source)))
                columns = {"ts": begun, "event": pa.array(["create"] * len(begun), pa.string())}
                names = ("proto", "src", "sport", "outside", "outside_port", "dst", "dport")
                yield from _session_rows(part, columns, names)
            for number, line in rest.lines:
                if _SANGFOR_HEAD in line:
                    yield Reject(number, message("tracelog.sangfor_line"), kept(line.encode()))


_TUPLE = r"src=(?P<src>\S+) dst=(?P<dst>\S+) sport=(?P<sport>\d+) dport=(?P<dport>\d+) "
_FLOW = (
    rf"(?:ipv[46] +\d+ +)?(?P<proto>[a-z]\w*) +\d+ (?:\d+ )?(?:[A-Z_0-9]+ )? *{_TUPLE}.*?"
    r"src=\S+ dst=(?P<outside>\S+) sport=\d+ dport=(?P<outside_port>\d+)(?P<more>(?: .*)?)$"
)
_TIME = r"^\[(?P<time>\d{9,11}\.\d{1,6})\]\s+\[(?P<event>NEW|DESTROY)\]\s+"
_EVENT = (
    _TIME + r"(?P<proto>tcp|udp) +\d+ (?P<rest>.*)$",
    r"^(?:\d+ )?(?:[A-Z][A-Z_0-9]* )?src=(?P<src>\S+) dst=(?P<dst>\S+) sport=(?P<sport>\d+) (?P<rest>.*)$",
    r"^dport=(?P<dport>\d+) (?:packets=\d+ bytes=\d+ )?(?:\[UNREPLIED\] )?src=\S+ dst=(?P<outside>\S+) (?P<rest>.*)$",
    r"^sport=\d+ dport=(?P<outside_port>\d+)(?P<more>(?: .*)?)$",
)
_ANY_EVENT = (_TIME + _FLOW,)
_LISTED = r"^" + _FLOW
_CONNTRACK = re.compile(
    r"^(?:\[\d{9,11}\.\d{1,6}\]\s+\[(?:NEW|UPDATE|DESTROY)\]\s+)?(?:ipv[46] +\d+ +)?(?:tcp|udp|icmp|icmpv6|sctp|dccp"
    r"|gre|unknown) +\d+ .*src=\S+ dst=\S+ .*src=\S+ dst=\S+"
)


class ConntrackReader:
    """What `conntrack` of Linux prints."""

    form = "conntrack"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By its first line."""
        return bool(head.lines) and any(_CONNTRACK.match(line) for line in head.lines[:3])

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `nat`. Raises InputError for a list without times."""
        for block in blocks(source):
            if isinstance(block, Reject):
                yield block
                continue
            groups, rest = matching(source, block, _EVENT, _ANY_EVENT)
            for events in groups:
                yield from self._events(events)
            yield from self._listed(source, rest)

    def _events(self, part: Fields) -> Iterator[Batch | Reject]:
        part = _translated(part, "src", "outside")
        told = pc.extract_regex(part.texts("more"), r"delta-time=(?P<s>\d{1,9})").field("s")
        length = pc.if_else(_present(told), told, None).cast(pa.int64())
        seen = part.seconds("time")
        new = pc.equal(part.texts("event"), "NEW")
        begun = pc.subtract(seen, pc.multiply(pc.fill_null(length, 0), 1_000_000))
        session = pc.and_(pc.invert(new), pc.is_valid(length))
        columns = {
            "ts": pc.if_else(session, begun, seen),
            "until": pc.if_else(session, seen, None),
            "event": pc.if_else(new, "create", pc.if_else(session, "session", "delete")),
        }
        yield from _session_rows(part, columns, ("proto", "src", "sport", "outside", "outside_port", "dst", "dport"))

    def _listed(self, source: Source, rest: Rest) -> Iterator[Batch | Reject]:
        rows = RowBuilder(source)
        for number, line in rest.lines:
            match = re.match(_LISTED, line)
            if match is None:
                if not _CONNTRACK.match(line):
                    yield Reject(number, message("tracelog.conntrack_line"), kept(line.encode()))
                continue
            begun = re.search(r"\[start=([^\]]+)\]", match["more"])
            if begun is None:
                raise InputError(source.name, number, message("tracelog.conntrack_no_time"))
            if match["outside"] == match["src"]:
                continue
            try:
                yield from rows.add(
                    "nat", number, ts=local_us(begun[1], source, number), event="create", proto=match["proto"],
                    inside=canonical_ip(match["src"]), inside_port=int(match["sport"]),
                    outside=canonical_ip(match["outside"]), outside_port=int(match["outside_port"]),
                    dst=canonical_ip(match["dst"]), dst_port=int(match["dport"]),
                )  # fmt: skip
            except ValueError:
                yield Reject(number, message("tracelog.conntrack_line"), kept(line.encode()))
        yield from rows.finish()


def _translated(part: Fields, inside: str, outside: str) -> Fields:
    """The records whose source address is another one outside."""
    other = pc.fill_null(pc.not_equal(part.texts(inside), part.texts(outside)), True)
    return part.where(pc.and_(_present(part.texts(outside)), other))


def _session_rows(part: Fields, when: dict[str, pa.Array], names: tuple[str, ...]) -> Iterator[Batch | Reject]:
    """Rows from the columns that hold protocol, inside and outside address and port, destination and its port."""
    proto, inside, inside_port, outside, outside_port, dst, dst_port = names
    columns = {
        **when,
        "proto": pc.utf8_lower(part.texts(proto)),
        "inside": part.address(inside),
        "inside_port": part.port(inside_port),
        "outside": part.address(outside),
        "outside_port": part.port(outside_port),
        "dst": part.address(dst, required=False),
        "dst_port": part.port(dst_port),
    }
    yield from part.rows("nat", columns)


def _present(texts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), False)


def _h3c_times(part: Fields, ended: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Begin and end in UTC: read as UTC, and as local where that lies nearer to the line's own time."""
    begin, end = _month_first(part.texts("BeginTime_e")), _month_first(part.texts("EndTime_e"))
    # Lines of one second have one head, so each distinct one is looked at once.
    heads = part.texts("head").dictionary_encode()
    stamps = pc.extract_regex(heads.dictionary, rf"(?P<stamp>{STAMP})").field("stamp").take(heads.indices)
    line = from_stamps(stamps, part.source, part.lines)
    if part.source.clock.zone is None or pc.all(pc.is_null(line)).as_py():
        return begin, end
    zone = part.source.clock.zone
    local = at_zone(pc.fill_null(begin, 0), zone), at_zone(pc.fill_null(end, 0), zone)
    spoken, spoken_local = pc.if_else(ended, end, begin), pc.if_else(ended, local[1], local[0])
    nearer = pc.less(pc.abs(pc.subtract(spoken_local, line)), pc.abs(pc.subtract(spoken, line)))
    nearer = pc.fill_null(nearer, False)
    return pc.if_else(nearer, _like(local[0], begin), begin), pc.if_else(nearer, _like(local[1], end), end)


def _like(values: pa.Array, model: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(model), values, None)


def _month_first(texts: pa.Array) -> pa.Array:
    """MMDDYYYYhhmmss, counted as UTC; null where it is none."""
    encoded = texts.dictionary_encode()
    spelled = pc.replace_substring_regex(
        encoded.dictionary, r"^(\d\d)(\d\d)(\d{4})(\d\d)(\d\d)(\d\d)$", r"\3-\1-\2 \4:\5:\6Z"
    )
    good = pc.match_substring_regex(spelled, r"^\d{4}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-6]\dZ$")
    return from_iso(pc.if_else(good, spelled, None))[0].take(encoded.indices)


def _carrier_lines(source: Source, rest: Rest) -> Iterator[Batch | Reject]:
    """NAT444 lines; other messages of the device are not translations and are passed over."""
    rows = RowBuilder(source)
    for number, line in rest.lines:
        match = _NAT444.match(line)
        if match is None:
            if "NAT444:" in line:
                yield Reject(number, message("tracelog.nat444_line"), kept(line.encode()))
            continue
        user, assigned = match["kind"] == "User", match["way"] == "A"
        try:
            yield from rows.add(
                "nat",
                number,
                ts=local_us(match["stamp"], source, number),
                event=("block" if user else "create") if assigned else "delete",
                proto=None if user else _PROTOCOLS.get(match["proto"], match["proto"]),
                inside=canonical_ip(match["inside"]),
                inside_port=None if user else int(match["port"]),
                outside=canonical_ip(match["outside"]),
                outside_port=int(match["first"]),
                outside_port_last=int(match["last"]) if user else None,
            )
        except ValueError:
            yield Reject(number, message("tracelog.nat444_line"), kept(line.encode()))
    yield from rows.finish()
