"""Puts the records into which routers cut long connections together again: one row of sums for each connection.

Records of one five-tuple, each for a direction or for both, follow each other; the time of a record reaches to the
start of the next one. Sums are taken over slices of five minutes (of half an hour where records are longer), and what
is told
of a connection is mostly a median over slices: one impossible record, or a clock that jumps, spoils a slice only. A
record longer than an hour has no slices and is a connection of its own. All of it is asked of the engine, so that a
scan of a million servers costs rows there and no memory here.

Bytes become payload: Zeek counts payload, EVE whole frames, flow records IP packets (telemetry.schema).
"""

from collections.abc import Iterator

import pyarrow as pa

from minewarden.telemetry.engine import Engine
from minewarden.telemetry.lake import SourceRecord

LEAST_US = 30 * 60 * 1_000_000
"""What was watched for less is not judged."""

MOST_PIECE_US, FINE_PIECE_US = 3_700_000_000, 400_000_000
FINE_US, COARSE_US = 300_000_000, 1_800_000_000
OVERLAP_US = 2_000_000
"""Records of one exporter do not overlap; its clock may be so far off."""

LEAST_SLICES = 4
"""With fewer slices a connection is judged by its totals alone."""

_FRAME = {"suricata_eve": 14}
_PAYLOAD = frozenset({"zeek"})
_ONE_WAY = frozenset({"nfdump_csv", "nfdump_json"})

_KEY = "row, twin"
"""The line of a connection's first record, and a number that tells those of one line apart. Numbers are cheaper to sort
by than addresses, and to count all connections through would need them in one place."""

_INSIDE = r"'^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cd])'"
"""Addresses of private networks and of a provider's translation."""

_HEADER = """CASE WHEN payload THEN 0
    WHEN smallest < if(six, 72, 52) THEN if(six, 60, 40)
    ELSE if(six, 72, 52) END"""
"""Of IP and TCP: where no record is of packets smaller than that, TCP's time stamps are taken to be in use."""


QUANTILE_BITS, PACKET_BITS, BYTE_BITS = 24, 12, 4
"""Bits behind the point of rates and sizes, and of packets and bytes in a slice where they are multiplied and added.

Sums and products of numbers so rounded are exact as long as they fit 53 bits, which those of a miner do for a month:
whatever the order in which an engine adds.
"""


def grid(bits: int) -> float:
    """What rounds a number to so many bits behind the point when it is added and taken away again.

    For numbers from 0 to 2^(51 - bits); greater ones lose more bits. It is plain arithmetic, alike on every engine.
    """
    return 3.0 * 2.0 ** (51 - bits)


def _rounded(value: str, bits: int) -> str:
    return f"({value} + {grid(bits):.0f}e0 - {grid(bits):.0f}e0)"


_TUPLE = "host, host_port, server, port, payload"

_WAY = f"""
    WITH line AS (
        SELECT c.ts, c.until, c.src, c.src_port, c.dst, c.dst_port, c.origin, c.row, c.packets_up, c.bytes_up,
            coalesce(c.packets_down, 0) AS packets_down, coalesce(c.bytes_down, 0) AS bytes_down, f.frame, f.payload,
            -- Only flow records may be of the server's direction; then the client is who has the greater port, or,
            -- where both are high, the one inside.
            f.one_way AND coalesce(c.packets_down, 0) = 0 AND CASE
                WHEN least(c.src_port, c.dst_port) >= 32768
                    AND (regexp_matches(c.src, {_INSIDE})) <> (regexp_matches(c.dst, {_INSIDE}))
                    THEN regexp_matches(c.dst, {_INSIDE})
                WHEN c.src_port = c.dst_port THEN c.src > c.dst
                ELSE c.src_port < c.dst_port END AS turned
        FROM conn c JOIN source_form f ON f.origin = c.origin
        WHERE c.proto = 'tcp' AND c.src_port IS NOT NULL AND c.dst_port IS NOT NULL AND c.until >= c.ts
            AND coalesce(c.packets_up, 0) BETWEEN 0 AND 1e12 AND coalesce(c.packets_down, 0) BETWEEN 0 AND 1e12
            AND coalesce(c.bytes_up, 0) BETWEEN 0 AND 1e15 AND coalesce(c.bytes_down, 0) BETWEEN 0 AND 1e15
    ), way AS (
        SELECT if(turned, dst, src) AS host, if(turned, dst_port, src_port) AS host_port,
            if(turned, src, dst) AS server, if(turned, src_port, dst_port) AS port, payload, frame, origin, row,
            ts, until, if(turned, 0, packets_up) AS packets_up, if(turned, 0, bytes_up) AS bytes_up,
            if(turned, packets_up, packets_down) AS packets_down, if(turned, bytes_up, bytes_down) AS bytes_down
        FROM line
    )
"""
"""The records as client and server have them."""

# Most connections of a day are short and will not be judged. They are told by one number each, which is counted by far
# faster, and in far less memory, than addresses are; should two connections share it, both are looked at below.
_KEEP_MARKS = f"""
    {_WAY}
    SELECT hash({_TUPLE}) AS mark FROM way GROUP BY hash({_TUPLE}) HAVING max(until) - min(ts) >= {LEAST_US}
"""

_KEEP_LONG = f"""
    {_WAY}
    SELECT w.* FROM way w SEMI JOIN flow_mark m ON m.mark = hash(w.host, w.host_port, w.server, w.port, w.payload)
"""

_KEEP_LASTING = f"""
    SELECT {_TUPLE} FROM flow_long GROUP BY {_TUPLE} HAVING max(until) - min(ts) >= {LEAST_US}
"""

# All connections of a client to one server count here, also the short ones, but only where one is long.
# Whole numbers are added as fractions: they are exact up to 2^53 as well, and a hostile record cannot overflow them.
_KEEP_LINES = f"""
    {_WAY}, chosen AS (
        SELECT w.host, w.server, w.port, w.payload
        FROM way w SEMI JOIN flow_lasting l ON l.host = w.host AND l.server = w.server AND l.port = w.port
            AND l.payload = w.payload
        GROUP BY w.host, w.server, w.port, w.payload
        HAVING max(w.until) - min(w.ts) >= {LEAST_US} AND sum(w.packets_down::DOUBLE) >= 8
            AND sum(w.packets_up::DOUBLE) >= 8
            AND sum(w.packets_down::DOUBLE) <= 1e-4 * (max(w.until) - min(w.ts))
    )
    SELECT w.* FROM flow_long w
        JOIN flow_lasting l ON l.host = w.host AND l.host_port = w.host_port AND l.server = w.server AND l.port = w.port
            AND l.payload = w.payload
        JOIN chosen c ON c.host = w.host AND c.server = w.server AND c.port = w.port AND c.payload = w.payload
"""

_KEEP_TUPLES = """
    SELECT host, host_port, server, port, payload, seen.origin AS origin, seen.row AS row,
        row_number() OVER (
            PARTITION BY seen.row ORDER BY seen.origin, host, server, port, host_port, payload)::INTEGER AS twin,
        host LIKE '%:%' AS six
    FROM (
        SELECT host, host_port, server, port, payload, min(struct_pack(origin := origin, row := row)) AS seen
        FROM flow_line GROUP BY host, host_port, server, port, payload)
"""

_KEEP_PIECES = f"""
    WITH numbered AS (
        SELECT t.row, t.twin, l.frame, l.ts, l.until, l.packets_up, l.bytes_up, l.packets_down, l.bytes_down
        FROM flow_line l JOIN flow_tuple t ON t.host = l.host AND t.host_port = l.host_port AND t.server = l.server
            AND t.port = l.port AND t.payload = l.payload
    ), ways AS (
        SELECT {_KEY}, true AS up, ts, until, packets_up AS packets,
            bytes_up - frame * packets_up AS bytes FROM numbered WHERE packets_up > 0
        UNION ALL
        SELECT {_KEY}, false AS up, ts, until, packets_down AS packets,
            bytes_down - frame * packets_down AS bytes FROM numbered WHERE packets_down > 0
    )
    SELECT DISTINCT {_KEY}, up, ts, until, packets, bytes FROM ways
"""

_BY_SLICE = ("pd_rate", "pu_rate", "bd_rate", "bu_rate", "size", "up_size", "quiet_up", "quiet_down")
_ASK = f"""
    WITH whole AS (
        SELECT {_KEY}, ts, until,
            sum(packets::DOUBLE) FILTER (WHERE up) AS pu, sum(bytes::DOUBLE) FILTER (WHERE up) AS bu,
            sum(packets::DOUBLE) FILTER (WHERE NOT up) AS pd, sum(bytes::DOUBLE) FILTER (WHERE NOT up) AS bd,
            min(bytes / packets) AS smallest
        FROM flow_piece WHERE until - ts > {MOST_PIECE_US} GROUP BY {_KEY}, ts, until
    ), long AS (
        SELECT w.*, t.six, t.payload FROM whole w JOIN flow_tuple t ON t.row = w.row AND t.twin = w.twin
    ), ranked AS (
        SELECT *, max(until) OVER (PARTITION BY {_KEY}, up ORDER BY ts, until, packets, bytes
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM flow_piece WHERE until - ts <= {MOST_PIECE_US}
    ), reaching AS (
        -- Of records that overlap, as of two routers on the way, the first one counts.
        SELECT *, lead(ts) OVER (PARTITION BY {_KEY}, up ORDER BY ts, until, packets, bytes) AS following,
            if(max(until - ts) OVER (PARTITION BY {_KEY}) > {FINE_PIECE_US}, {COARSE_US}, {FINE_US}) AS width
        FROM ranked WHERE before IS NULL OR ts >= before - {OVERLAP_US}
    ), cut AS (
        -- A record ends with a packet and the next one begins with one: between them the connection was silent.
        SELECT *, ts - ts % width AS cell, least(coalesce(following, until) - ts, {MOST_PIECE_US}) AS span,
            if(following IS NULL, NULL, least(greatest(following - until, 0), {MOST_PIECE_US})) AS quiet
        FROM reaching
    ), slice AS (
        SELECT {_KEY}, cell, width, min(ts) AS ts, max(until) AS until,
            coalesce(sum(packets::DOUBLE) FILTER (WHERE up), 0e0) AS pu,
            coalesce(sum(bytes::DOUBLE) FILTER (WHERE up), 0e0) AS bu,
            coalesce(sum(packets::DOUBLE) FILTER (WHERE NOT up), 0e0) AS pd,
            coalesce(sum(bytes::DOUBLE) FILTER (WHERE NOT up), 0e0) AS bd,
            coalesce(sum(span::DOUBLE) FILTER (WHERE up), 0e0) AS su,
            coalesce(sum(span::DOUBLE) FILTER (WHERE NOT up), 0e0) AS sd,
            max(quiet) FILTER (WHERE up) AS quiet_up, max(quiet) FILTER (WHERE NOT up) AS quiet_down,
            coalesce(sum(quiet::DOUBLE) FILTER (WHERE up), 0e0) AS silent_up,
            coalesce(sum(quiet::DOUBLE) FILTER (WHERE NOT up), 0e0) AS silent_down,
            count(quiet) FILTER (WHERE up) AS pauses_up, count(quiet) FILTER (WHERE NOT up) AS pauses_down,
            min(bytes / packets) AS least_size, max(until - ts) AS longest, count(*) AS records
        FROM cut GROUP BY {_KEY}, cell, width
    ), smallest AS (
        SELECT s.*, t.six, t.payload, min(s.least_size) OVER (PARTITION BY s.row, s.twin) AS smallest
        FROM slice s JOIN flow_tuple t ON t.row = s.row AND t.twin = s.twin
    ), headed AS (
        SELECT *, {_HEADER} AS header, if(su > 1e6 AND sd > 1e6, width / su, NULL) AS times_up,
            if(su > 1e6 AND sd > 1e6, width / sd, NULL) AS times_down FROM smallest
    ), told AS (
        SELECT *, greatest(bu - header * pu, 0e0) AS up_bytes, greatest(bd - header * pd, 0e0) AS down_bytes FROM headed
    ), rated AS (
        SELECT {_KEY}, ts, until, records, longest, width, su, sd, pu, pd, up_bytes, down_bytes,
            silent_up, silent_down, pauses_up, pauses_down,
            {_rounded("quiet_up / 1e6", QUANTILE_BITS)} AS quiet_up,
            {_rounded("quiet_down / 1e6", QUANTILE_BITS)} AS quiet_down,
            if(sd > 1e6, {_rounded("1e6 * pd / sd", QUANTILE_BITS)}, NULL) AS pd_rate,
            if(su > 1e6, {_rounded("1e6 * pu / su", QUANTILE_BITS)}, NULL) AS pu_rate,
            if(sd > 1e6, {_rounded("1e6 * down_bytes / sd", QUANTILE_BITS)}, NULL) AS bd_rate,
            if(su > 1e6, {_rounded("1e6 * up_bytes / su", QUANTILE_BITS)}, NULL) AS bu_rate,
            if(pd > 0, {_rounded("down_bytes / pd", QUANTILE_BITS)}, NULL) AS size,
            if(pu > 0, {_rounded("up_bytes / pu", QUANTILE_BITS)}, NULL) AS up_size,
            {_rounded("pu * times_up", PACKET_BITS)} AS q, {_rounded("pd * times_down", PACKET_BITS)} AS p,
            {_rounded("up_bytes * times_up", BYTE_BITS)} AS u, {_rounded("down_bytes * times_down", BYTE_BITS)} AS d
        FROM told
    ), summed AS (
        SELECT {_KEY}, min(ts) AS ts, max(until) AS until, sum(records)::BIGINT AS records, max(longest) AS longest,
            count(*) AS slices, max(width) AS width, greatest(sum(sd), sum(su)) / 1e6 AS span,
            sum(pu) AS pu, sum(pd) AS pd, sum(up_bytes) AS bu, sum(down_bytes) AS bd,
            {", ".join(f"quantile_cont({name}, [0.16, 0.5, 0.84]) AS {name}_q" for name in _BY_SLICE)},
            max(pd_rate) AS pd_top, max(bd_rate) AS bd_top, max(bu_rate) AS bu_top,
            sum(silent_up) / 1e6 AS silent_up, sum(silent_down) / 1e6 AS silent_down,
            sum(pauses_up)::BIGINT AS pauses_up, sum(pauses_down)::BIGINT AS pauses_down,
            avg(if(up_bytes > 0, 1e0, 0e0)) AS spoke,
            avg(q) AS q1, avg(p) AS p1, avg(u) AS u1, avg(d) AS d1, avg(q * q) AS qq, avg(q * p) AS qp,
            avg(q * u) AS qu, avg(p * p) AS pp, avg(p * u) AS pu_, avg(u * u) AS uu, avg(d * p) AS dp,
            avg(d * u) AS du, avg(d * d) AS dd
        FROM rated GROUP BY {_KEY}
        UNION ALL
        SELECT {_KEY}, ts, until, 1 AS records, until - ts AS longest, 1 AS slices, 0 AS width,
            (until - ts) / 1e6 AS span, coalesce(pu, 0e0) AS pu, coalesce(pd, 0e0) AS pd,
            greatest(coalesce(bu, 0e0) - {_HEADER} * coalesce(pu, 0e0), 0e0) AS bu,
            greatest(coalesce(bd, 0e0) - {_HEADER} * coalesce(pd, 0e0), 0e0) AS bd,
            {", ".join(["NULL::DOUBLE[]"] * len(_BY_SLICE))}, {", ".join(["NULL::DOUBLE"] * 21)}
        FROM long
    )
    SELECT t.host, t.host_port, t.server, t.port, t.payload, t.origin, t.row, s.ts, s.until, s.records, s.longest,
        s.slices, s.width, s.span, s.pu, s.pd, s.bu, s.bd,
        s.pd_rate_q AS pd_q, s.pu_rate_q AS pu_q, s.bd_rate_q AS bd_q, s.bu_rate_q AS bu_q, s.size_q, s.up_size_q,
        s.quiet_up_q, s.quiet_down_q, s.pd_top, s.bd_top, s.bu_top,
        s.silent_up, s.silent_down, s.pauses_up, s.pauses_down, s.spoke,
        s.q1, s.p1, s.u1, s.d1, s.qq, s.qp, s.qu, s.pp, s.pu_, s.uu, s.dp, s.du, s.dd
    FROM summed s JOIN flow_tuple t ON t.row = s.row AND t.twin = s.twin
    ORDER BY t.host, t.server, t.port, t.host_port, t.payload, s.ts, s.until, s.width
"""


def flows(engine: Engine, sources: list[SourceRecord], most_rows: int = 50_000) -> Iterator[pa.RecordBatch]:
    """The long connections of `conn` in the sources given, ordered by host, server and port.

    Columns: the five-tuple (host, host_port, server, port), ts, until (microseconds), origin and row of the first
    record, records, longest (microseconds), slices, width (microseconds; 0: a record over an hour), span (seconds),
    pu, pd (packets up, down), bu, bd (payload bytes), silent_up, silent_down (seconds between records, of which there
    are pauses_up, pauses_down), and over slices: rates, sizes and longest silences (seconds) as [16 %, median, 84 %],
    which `shape` rounds, and means of products.
    """
    forms = pa.table(
        {
            "origin": pa.array([source.origin for source in sources], pa.int32()),
            "frame": pa.array([_FRAME.get(source.form, 0) for source in sources], pa.int64()),
            "payload": pa.array([source.form in _PAYLOAD for source in sources], pa.bool_()),
            "one_way": pa.array([source.form in _ONE_WAY for source in sources], pa.bool_()),
        }
    )
    engine.give("source_form", forms)
    engine.keep("flow_mark", _KEEP_MARKS)
    engine.keep("flow_long", _KEEP_LONG)
    engine.keep("flow_lasting", _KEEP_LASTING)
    engine.keep("flow_line", _KEEP_LINES)
    engine.keep("flow_tuple", _KEEP_TUPLES)
    engine.keep("flow_piece", _KEEP_PIECES)
    yield from engine.ask(_ASK, most_rows)
