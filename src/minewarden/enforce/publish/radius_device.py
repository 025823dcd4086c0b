"""Access servers as `devices.toml` declares them: accounting, the secrets, and how sessions are ended or set aside."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from minewarden.enforce.publish.radius import STATION_FORMS, Manner, RadiusPublisher, Server
from minewarden.enforce.publisher import PublishError
from minewarden.enforce.radius import PORT, Attribute, Kind, text, vlan
from minewarden.enforce.sessions import Session, heard, open_sessions
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.net import Endpoint, canonical_ip, parse_endpoint

Lakes = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens the lake in a folder: what lakes are made of is another room's business."""


def radius_device(name: str, row: Mapping[str, Any], here: Path, lakes: Lakes | None) -> RadiusPublisher:
    """The publisher of a table of `devices.toml`; paths start at the folder `here`. Raises ValueError and OSError."""
    if lakes is None:
        raise ValueError("lake: nobody opens it")
    act, form = row.get("act", "disconnect"), row.get("station_form", "AA-BB-CC-DD-EE-FF")
    if act not in ("disconnect", "coa"):
        raise ValueError(f"act: {act!r}: disconnect, coa")
    if form and form not in STATION_FORMS:
        raise ValueError(f"station_form: {form!r}: {', '.join(STATION_FORMS)}")
    needed = row.get("message_authenticator", "checked")
    if needed not in ("checked", "required"):
        raise ValueError(f"message_authenticator: {needed!r}: checked, required")
    tries, wait = row.get("tries", 4), float(row.get("wait", 2))
    if isinstance(tries, bool) or not isinstance(tries, int) or not 1 <= tries <= 8 or not 0.05 <= wait <= 30:
        raise ValueError(f"tries: 1 to 8, not {tries!r}; wait: 0.05 to 30 seconds, not {wait!r}")
    hours = row.get("quiet_hours", 24)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= 24 * 30:
        raise ValueError(f"quiet_hours: 1 to 720, not {hours!r}")
    changes = [_rights(row, key) if act == "coa" else () for key in ("aside", "normal")]
    lake, quiet = here / row["lake"], timedelta(hours=hours)

    def accounting(rules: Sequence[BlockRule], now: datetime) -> Sequence[Session]:
        with _opened(name, lakes, lake) as connection:
            return open_sessions(connection, rules, now=now, quiet=quiet)

    def last_heard(keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[bool, datetime]]:
        with _opened(name, lakes, lake) as connection:
            return heard(connection, keys, now=datetime.now(UTC), quiet=quiet)

    manner = Manner(
        act=act, aside=changes[0], normal=changes[1], station_form=form,
        demand_message_authenticator=needed == "required", tries=tries, wait=wait,
    )  # fmt: skip
    state = here / str(row.get("state", f"{name}.radius.json"))
    return RadiusPublisher(name, _servers(here / row["servers"]), accounting, last_heard, state, manner)


@contextmanager
def _opened(name: str, lakes: Lakes, lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake; accounting that cannot be read is a device that does not answer."""
    if not lake.is_dir():
        raise PublishError(name, f"lake: {lake}: there is none")
    try:
        with lakes(lake) as connection:
            yield connection
    except (duckdb.Error, OSError) as error:
        raise PublishError(name, f"lake: {lake}: {error}") from error


def _rights(row: Mapping[str, Any], key: str) -> tuple[Attribute, ...]:
    """What a CoA gives a session: `{ vlan = "999" }` or `{ filter = "NAME" }`."""
    given = row.get(key)
    if not isinstance(given, dict) or len(given) != 1 or not given.keys() <= {"vlan", "filter"}:
        raise ValueError(f'{key}: act = "coa" needs {key} = {{ vlan = "…" }} or {{ filter = "…" }}')
    ((what, value),) = given.items()
    if isinstance(value, bool) or not isinstance(value, (str, int)) or (what == "vlan" and value == ""):
        raise ValueError(f"{key}: {what}: {value!r}")
    return vlan(str(value)) if what == "vlan" else (text(Kind.FILTER_ID, str(value)),)


def _servers(path: Path) -> dict[str, Server]:
    """The file of access servers: name or address in accounting, where to reach it, secret; three words a line. A
    secret is never shown, not even where the line is wrong."""
    mode = path.stat().st_mode
    if mode & 0o077:
        raise ValueError(f"{path}: others than its owner may read it; chmod 600")
    servers: dict[str, Server] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3:
            raise ValueError(f"{path}:{number}: NAME ADDRESS[:PORT] SECRET are three words")
        name, place, secret = words
        try:
            endpoint = parse_endpoint(place)
        except ValueError:
            try:
                endpoint = Endpoint(canonical_ip(place.strip("[]")), PORT)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {place} is no address with a port") from error
        servers[name] = Server(endpoint, secret.encode())
    if not servers:
        raise ValueError(f"{path}: no access server stands there")
    return servers
