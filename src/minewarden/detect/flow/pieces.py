"""Puts the records into which routers cut long connections together again: one row of sums for each connection.

Records of one five-tuple, each for a direction or for both, follow each other; the time of a record reaches to the
start of the next one. Sums are taken over slices of five minutes (of half an hour where records are longer), and what
is told
of a connection is mostly a median over slices: one impossible record, or a clock that jumps, spoils a slice only. A
record longer than an hour has no slices and is a connection of its own. All of it is one query, so that a scan of a
million servers costs rows in DuckDB and no memory here.

Bytes become payload: Zeek counts payload, EVE whole frames, flow records IP packets (telemetry.schema).
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

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
_KEY = "host, host_port, server, port, payload"

_INSIDE = r"'^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cd])'"
"""Addresses of private networks and of a provider's translation."""

_HEADER = """CASE WHEN payload THEN 0
    WHEN smallest < if(six, 72, 52) THEN if(six, 60, 40)
    ELSE if(six, 72, 52) END"""
"""Of IP and TCP: where no record is of packets smaller than that, TCP's time stamps are taken to be in use."""

_QUERY = f"""
    WITH line AS (
        SELECT conn.*, frame, payload,
            -- Only flow records may be of the server's direction; then the client is who has the greater port, or,
            -- where both are high, the one inside.
            one_way AND coalesce(packets_down, 0) = 0 AND CASE
                WHEN least(src_port, dst_port) >= 32768
                    AND regexp_matches(src, {_INSIDE}) <> regexp_matches(dst, {_INSIDE})
                    THEN regexp_matches(dst, {_INSIDE})
                WHEN src_port = dst_port THEN src > dst
                ELSE src_port < dst_port END AS turned
        FROM conn JOIN source_form USING (origin)
        WHERE proto = 'tcp' AND src_port IS NOT NULL AND dst_port IS NOT NULL AND until >= ts
    ), way AS (
        SELECT if(turned, dst, src) AS host, if(turned, dst_port, src_port) AS host_port,
            if(turned, src, dst) AS server, if(turned, src_port, dst_port) AS port, payload, frame, origin, "row",
            ts, until, if(turned, 0, packets_up) AS packets_up, if(turned, 0, bytes_up) AS bytes_up,
            if(turned, packets_up, coalesce(packets_down, 0)) AS packets_down,
            if(turned, bytes_up, coalesce(bytes_down, 0)) AS bytes_down
        FROM line
        WHERE coalesce(packets_up, 0) BETWEEN 0 AND 1e12 AND coalesce(packets_down, 0) BETWEEN 0 AND 1e12
            AND coalesce(bytes_up, 0) BETWEEN 0 AND 1e15 AND coalesce(bytes_down, 0) BETWEEN 0 AND 1e15
    ), chosen AS MATERIALIZED (
        SELECT host, server, port, payload FROM way GROUP BY ALL
        HAVING max(until) - min(ts) >= {LEAST_US} AND sum(packets_down) >= 8 AND sum(packets_up) >= 8
            AND sum(packets_down) <= 100 * (max(until) - min(ts)) / 1e6
    ), kept AS MATERIALIZED (
        SELECT * FROM way SEMI JOIN chosen USING (host, server, port, payload)
    ), tuple AS MATERIALIZED (
        SELECT {_KEY}, row_number() OVER () AS flow, min({{'origin': origin, 'row': "row"}}) AS place
        FROM kept GROUP BY {_KEY}
    ), numbered AS MATERIALIZED (
        SELECT kept.*, flow FROM kept JOIN tuple USING ({_KEY})
    ), piece AS MATERIALIZED (
        SELECT flow, true AS up, payload, contains(host, ':') AS six, ts, until, packets_up AS packets,
            bytes_up - frame * packets_up AS bytes FROM numbered WHERE packets_up > 0 GROUP BY ALL
        UNION ALL
        SELECT flow, false, payload, contains(host, ':'), ts, until, packets_down,
            bytes_down - frame * packets_down FROM numbered WHERE packets_down > 0 GROUP BY ALL
    ), whole AS (
        SELECT flow, payload, six, ts, until,
            sum(packets) FILTER (up) AS pu, sum(bytes) FILTER (up) AS bu,
            sum(packets) FILTER (NOT up) AS pd, sum(bytes) FILTER (NOT up) AS bd,
            (until - ts) / 1e6 AS span, min(bytes / packets) AS smallest, until - ts AS longest, 1 AS records
        FROM piece WHERE until - ts > {MOST_PIECE_US} GROUP BY ALL
    ), alone AS (
        -- Of records that overlap, as of two routers on the way, the first one counts.
        SELECT * FROM (
            SELECT *, max(until) OVER (PARTITION BY flow, up ORDER BY ts, until, packets, bytes
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM piece WHERE until - ts <= {MOST_PIECE_US})
        WHERE before IS NULL OR ts >= before - {OVERLAP_US}
    ), reaching AS (
        SELECT *,
            least(coalesce(lead(ts) OVER (PARTITION BY flow, up ORDER BY ts, until, packets, bytes), until) - ts,
                {MOST_PIECE_US}) / 1e6 AS span,
            if(max(until - ts) OVER (PARTITION BY flow) > {FINE_PIECE_US}, {COARSE_US}, {FINE_US}) AS width
        FROM alone
    ), slice AS (
        SELECT flow, payload, six, ts // width AS cell, width, min(ts) AS ts, max(until) AS until,
            sum(packets) FILTER (up) AS pu, sum(bytes) FILTER (up) AS bu,
            sum(packets) FILTER (NOT up) AS pd, sum(bytes) FILTER (NOT up) AS bd,
            coalesce(sum(span) FILTER (up), 0) AS su, coalesce(sum(span) FILTER (NOT up), 0) AS sd,
            min(bytes / packets) AS least, max(until - ts) AS longest, count(*) AS records
        FROM reaching GROUP BY ALL
    ), headed AS (
        SELECT *, min(least) OVER (PARTITION BY flow) AS smallest, {_HEADER} AS header FROM slice
    ), told AS (
        SELECT *, greatest(coalesce(bu, 0) - header * coalesce(pu, 0), 0) AS up_bytes,
            greatest(coalesce(bd, 0) - header * coalesce(pd, 0), 0) AS down_bytes,
            if(sd > 1, coalesce(pd, 0) / sd, NULL) AS pd_rate, if(su > 1, coalesce(pu, 0) / su, NULL) AS pu_rate,
            if(su > 1 AND sd > 1, width / 1e6 * coalesce(pu, 0) / su, NULL) AS q,
            if(su > 1 AND sd > 1, width / 1e6 * coalesce(pd, 0) / sd, NULL) AS p,
            if(su > 1 AND sd > 1, width / 1e6 * up_bytes / su, NULL) AS u,
            if(su > 1 AND sd > 1, width / 1e6 * down_bytes / sd, NULL) AS d
        FROM headed
    ), summed AS (
    SELECT flow, min(ts) AS ts, max(until) AS until,
        sum(records)::BIGINT AS records, max(longest) AS longest, count(*) AS slices, max(width) AS width,
        greatest(sum(sd), sum(su)) AS span,
        sum(coalesce(pu, 0))::DOUBLE AS pu, sum(coalesce(pd, 0))::DOUBLE AS pd,
        sum(up_bytes)::DOUBLE AS bu, sum(down_bytes)::DOUBLE AS bd,
        quantile_cont(pd_rate, [0.16, 0.5, 0.84]) AS pd_q, max(pd_rate) AS pd_top,
        quantile_cont(pu_rate, [0.16, 0.5, 0.84]) AS pu_q,
        quantile_cont(if(sd > 1, down_bytes / sd, NULL), [0.16, 0.5, 0.84]) AS bd_q,
        max(if(sd > 1, down_bytes / sd, NULL)) AS bd_top,
        quantile_cont(if(su > 1, up_bytes / su, NULL), [0.16, 0.5, 0.84]) AS bu_q,
        max(if(su > 1, up_bytes / su, NULL)) AS bu_top,
        quantile_cont(if(pd > 0, down_bytes / pd, NULL), [0.16, 0.5, 0.84]) AS size_q,
        quantile_cont(if(pu > 0, up_bytes / pu, NULL), [0.16, 0.5, 0.84]) AS up_size_q,
        avg((up_bytes > 0)::DOUBLE) AS spoke,
        avg(q) AS q1, avg(p) AS p1, avg(u) AS u1, avg(d) AS d1, avg(q * q) AS qq, avg(q * p) AS qp, avg(q * u) AS qu,
        avg(p * p) AS pp, avg(p * u) AS pu_, avg(u * u) AS uu, avg(d * p) AS dp, avg(d * u) AS du, avg(d * d) AS dd
    FROM told GROUP BY flow
    UNION ALL BY NAME
    SELECT flow, ts, until, records, longest, 1 AS slices,
        0 AS width, span, coalesce(pu, 0)::DOUBLE AS pu, coalesce(pd, 0)::DOUBLE AS pd,
        greatest(coalesce(bu, 0) - {_HEADER} * coalesce(pu, 0), 0)::DOUBLE AS bu,
        greatest(coalesce(bd, 0) - {_HEADER} * coalesce(pd, 0), 0)::DOUBLE AS bd
    FROM whole
    )
    SELECT {_KEY}, place.origin AS origin, place.row AS "row", summed.* EXCLUDE (flow)
    FROM summed JOIN tuple USING (flow)
    ORDER BY host, server, port, host_port, payload, ts, until, origin, "row"
"""


def flows(
    connection: duckdb.DuckDBPyConnection, sources: list[SourceRecord], most_rows: int = 50_000
) -> Iterator[pa.RecordBatch]:
    """The long connections of `conn` in the sources given, ordered by host, server and port.

    Columns: the five-tuple (host, host_port, server, port), ts, until (microseconds), origin and row of the first
    record, records, longest (microseconds), slices, width (microseconds; 0: a record over an hour), span (seconds),
    pu, pd (packets up, down), bu, bd (payload bytes), and over slices: rates and sizes as [16 %, median, 84 %].
    """
    forms = pa.table(
        {
            "origin": pa.array([source.origin for source in sources], pa.int32()),
            "frame": pa.array([_FRAME.get(source.form, 0) for source in sources], pa.int64()),
            "payload": pa.array([source.form in _PAYLOAD for source in sources], pa.bool_()),
            "one_way": pa.array([source.form in _ONE_WAY for source in sources], pa.bool_()),
        }
    )
    connection.register("source_form", forms)
    try:
        yield from connection.sql(_QUERY).to_arrow_reader(most_rows)
    finally:
        connection.unregister("source_form")
