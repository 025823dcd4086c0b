"""Who is on the network now, as accounting told it: the sessions of an account or of a device that have not ended.

It asks the table `session` of a lake (FreeRADIUS detail files and portal logins, as `minewarden ingest` and `patrol
watch` read them) and reaches no network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import from_us, to_us

QUIET = timedelta(hours=24)
"""A session of which nothing was heard for so long is over: its stop was lost."""


@dataclass(frozen=True, slots=True, order=True)
class Session:
    """One session. `nas`: the access server's address, or its name; `seen`: the last record of it."""

    nas: str
    session: str
    login: str
    ip: str
    mac: str
    seen: datetime

    @property
    def key(self) -> str:
        """The session among all: session identifiers repeat from server to server."""
        return f"{self.session}@{self.nas}"


def open_sessions(
    lake: duckdb.DuckDBPyConnection, rules: Iterable[BlockRule], *, now: datetime, quiet: timedelta = QUIET
) -> tuple[Session, ...]:
    """The sessions that rules for accounts and stations name and that are open at `now` (aware), in the order of their
    servers. A session that names no access server cannot be reached and is left out."""
    wanted = {
        target: sorted({rule.value for rule in rules if rule.target is target and rule.expires_at > now})
        for target in (Target.ACCOUNT, Target.STATION)
    }
    if not any(wanted.values()):
        return ()
    # The last record of each session decides: its end, or the account and address that it has now.
    rows = lake.execute(
        """
        SELECT nas, session, last.login, coalesce(ip, ''), coalesce(mac, ''), seen FROM (
            SELECT nas, session, arg_max({'event': event, 'login': login}, (ts, event = 'stop')) AS last,
                arg_max(ip, ts) FILTER (WHERE ip IS NOT NULL) AS ip,
                arg_max(mac, ts) FILTER (WHERE mac IS NOT NULL) AS mac, max(ts) AS seen
            FROM session WHERE nas IS NOT NULL AND ts BETWEEN ? AND ? GROUP BY nas, session
        ) WHERE last.event <> 'stop' AND (list_contains(?::VARCHAR[], last.login) OR list_contains(?::VARCHAR[], mac))
        """,
        [to_us(now - quiet), to_us(now), wanted[Target.ACCOUNT], wanted[Target.STATION]],
    ).fetchall()
    return tuple(
        sorted(Session(nas, session, login, ip, mac, from_us(seen)) for nas, session, login, ip, mac, seen in rows)
    )


def heard(
    lake: duckdb.DuckDBPyConnection, keys: Sequence[tuple[str, str]], *, now: datetime, quiet: timedelta = QUIET
) -> dict[tuple[str, str], tuple[bool, datetime]]:
    """For (server, session): whether it ended or fell silent by `now` (aware), and when it was last heard of. One that
    the lake does not know is left out."""
    if not keys:
        return {}
    lake.register("asked", pa.table({"nas": [nas for nas, _ in keys], "session": [session for _, session in keys]}))
    rows = lake.execute(
        "SELECT nas, session, bool_or(event = 'stop') OR max(ts) < ?, max(ts) "
        "FROM session JOIN asked USING (nas, session) GROUP BY nas, session",
        [to_us(now - quiet)],
    ).fetchall()
    lake.unregister("asked")
    return {(nas, session): (ended, from_us(last)) for nas, session, ended, last in rows}
