"""From an inside address and a MAC address to the account that was logged in there (portal, 802.1X).

A session is all the records of one session number at one access server. It begins at its start record, or where that
is lost, at a later record's time less the duration it states; it ends at its stop record. Where that is lost, it is
sure until its last record, and may have lasted until the next session on the same address or device begins.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known

if TYPE_CHECKING:
    import duckdb

_SPANS = """
CREATE OR REPLACE TEMP TABLE login_span AS
WITH
asked AS (
    SELECT DISTINCT coalesce(nas, '') AS nas, session, login FROM session
    WHERE ip IN (SELECT ip FROM known WHERE ip <> '') OR mac IN (SELECT mac FROM known WHERE mac <> '')
),
mine AS (
    SELECT r.* FROM session r JOIN asked a
        ON a.session = r.session AND a.login = r.login AND a.nas = coalesce(r.nas, '')
),
folded AS (
    SELECT coalesce(nas, '') AS nas, session, login,
        list_distinct(list(ip) FILTER (ip IS NOT NULL)) AS ips,
        list_distinct(list(mac) FILTER (mac IS NOT NULL)) AS macs,
        coalesce(min(ts) FILTER (event = 'start'), min(ts - duration_us)) AS since,
        max(ts) FILTER (event = 'stop') AS stopped,
        max(ts) AS final,
        arg_min(origin, (ts, origin, row)) AS origin,
        arg_min(row, (ts, origin, row)) AS row
    FROM mine GROUP BY ALL
),
spread AS (
    SELECT *, unnest(CASE WHEN len(ips) > 0 THEN ips ELSE macs END) AS place FROM folded
),
followed AS (
    SELECT *, lead(coalesce(since, final)) OVER (PARTITION BY place ORDER BY coalesce(since, final), origin, row)
        AS next
    FROM spread
)
SELECT nas, session, login, any_value(ips) AS ips, any_value(macs) AS macs, any_value(since) AS since,
    coalesce(any_value(stopped), CASE WHEN min(next) >= any_value(final) THEN min(next) END) AS till,
    any_value(final) AS sure, any_value(origin) AS origin, any_value(row) AS row
FROM followed GROUP BY nas, session, login
"""

_ONE = """
SELECT f.k, s.login AS found, s.macs[1] AS also, s.since, s.till, true AS certain, s.sure, s.origin, s.row
FROM {spread} JOIN known f ON {join} JOIN clock c ON c.origin = s.origin
WHERE meets(s.since, s.till, c.slack, f."first", f."last") AND same_site(c.site, f.site) AND {agree}
"""
_HITS = (
    _ONE.format(
        spread="(SELECT *, unnest(ips) AS ip FROM login_span) s",
        join="s.ip = f.ip",
        agree="(f.mac = '' OR len(coalesce(s.macs, [])) = 0 OR list_contains(s.macs, f.mac))",
    )
    + "UNION"
    + _ONE.format(
        spread="(SELECT *, unnest(macs) AS mac FROM login_span) s",
        join="s.mac = f.mac AND f.mac <> ''",
        agree="(f.ip = '' OR len(coalesce(s.ips, [])) = 0 OR list_contains(s.ips, f.ip))",
    )
)


class LoginHop:
    """Known: `ip` and, where a lease told, `mac`. Found: accounts; `also` is the device's MAC address."""

    kind = "login"

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """Accounts for each address, best first."""
        register_known(connection, known)
        connection.execute(_SPANS)
        return judge(connection, _HITS, known)
