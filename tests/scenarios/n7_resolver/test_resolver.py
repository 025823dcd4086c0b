"""Practice, nasty scenario N7: the resolver is the "miner". 203.0.113.53 in the notice is the campus DNS forwarder."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.patrol.questions import Asked, ask
from minewarden.patrol.tracing import Answer, answer
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.attribution import Certainty
from tests.scenarios.silent import Silent

CITY = ZoneInfo("Asia/Shanghai")
TOLD = datetime(2026, 3, 12, 21, 14, 37, tzinfo=CITY)
NAT = (
    "time,inside_ip,outside_ip\n"
    "2026-03-01T00:00:00+08:00,10.0.0.53,203.0.113.53\n"  # one to one: the forwarder's own address
)
DNS = "".join(
    f"{clock} client @0x7f {client}#40000 ({name}): query: {name} IN A +E(0)K (10.0.0.53)\n"
    for clock, client, name in (
        ("12-Mar-2026 21:13:58.101", "10.12.9.14", "xmr.pool.example.net"),
        ("12-Mar-2026 21:14:30.500", "10.12.9.20", "www.example.org"),
        ("12-Mar-2026 21:15:02.000", "10.12.9.14", "xmr.pool.example.net"),
        ("12-Mar-2026 23:40:00.000", "10.12.9.30", "xmr.pool.example.net"),
    )
)
LEASES = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
    "10.12.9.14,02:00:00:00:00:0b,,86400,1773381600,1,0,0,jf-07,0,,0\n"
)
SOURCES = "".join(
    f'[[source]]\nmatch = "{name}"\nzone = "Asia/Shanghai"\noffset = "0s"\n'
    for name in ("nat.csv", "query.log", "kea.csv")
)


def traced(folder: Path, *, name: str = "", dns: str = DNS) -> Answer:
    for file, text in (("nat.csv", NAT), ("query.log", dns), ("kea.csv", LEASES), ("sources.toml", SOURCES)):
        if text:
            (folder / file).write_text(text, encoding="utf-8")
    question = ask(TOLD.isoformat(), "203.0.113.53", name=name, zone=CITY, tolerance=TOLERANCE)
    lake = Lake(folder / "lake")
    paths = [path for path in folder.iterdir() if path.is_file() and path.name != "sources.toml"]
    result = answer(paths, lake, [Asked(question)], declared=Declared.load(folder / "sources.toml"), watch=Silent())
    assert result.report.problems == []
    return result.answers[0]


TOLERANCE = datetime(2026, 1, 1, 0, 1) - datetime(2026, 1, 1)


def test_who_asked_the_resolver_for_the_pools_name_is_found_and_never_said_to_mine(tmp_path: Path) -> None:
    found = traced(tmp_path, name="pool.example.net").attribution
    [one] = found.candidates
    assert (one.internal_ip, one.mac, one.certainty) == ("10.12.9.14", "02:00:00:00:00:0b", Certainty.POSSIBLE)
    assert [hop.kind for hop in one.hops] == ["nat", "dns", "lease"]
    assert [row.row for row in one.hops[1].rows] == [1, 3]
    note = one.hops[1].note
    assert note is not None
    assert (note.id, note.params["name"], note.params["count"]) == ("trace.looked_up", "xmr.pool.example.net", 2)
    assert "trace.resolver" in {warning.id for warning in found.warnings}


def test_without_a_name_in_the_notice_the_catalogue_says_what_a_pool_is(tmp_path: Path) -> None:
    dns = DNS.replace("xmr.pool.example.net", "gulf.moneroocean.stream")
    [one] = traced(tmp_path, dns=dns).attribution.candidates
    assert one.internal_ip == "10.12.9.14"


@pytest.mark.parametrize("name", ["example.com", ""])
def test_where_nobody_asked_for_a_pool_the_resolver_itself_stays_with_the_warning(tmp_path: Path, name: str) -> None:
    found = traced(tmp_path, name=name).attribution
    assert [one.internal_ip for one in found.candidates] == ["10.0.0.53"]
    assert "trace.resolver" in {warning.id for warning in found.warnings}
