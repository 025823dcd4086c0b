"""Practice, nasty scenario N8: one exit of the district, 180 schools with the same 192.168 addresses behind it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.patrol.questions import Asked, ask
from minewarden.patrol.tracing import answer
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.attribution import Attribution, Certainty
from tests.scenarios.silent import Silent

CITY = ZoneInfo("Asia/Shanghai")
TOLD = datetime(2026, 3, 12, 21, 14, 37, tzinfo=CITY)
SCHOOLS = range(1, 181)
MINER = 77
SPAN = "2026-03-12T21:00:00+08:00,2026-03-12T21:40:00+08:00"
HEAD = "time,end,inside_ip,inside_port,outside_ip,outside_port,dst_ip,dst_port\n"


def link(school: int) -> str:
    """The address of a school's gateway inside the district."""
    return f"10.200.{school}.2"


def mac(school: int) -> str:
    return f"02:00:00:00:{school:02x}:14"


Ask = Callable[..., Attribution]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    folder = tmp_path_factory.mktemp("district")
    lines = [f"{SPAN},{link(s)},{30000 + s},203.0.113.10,{40000 + s},198.51.100.77,3333\n" for s in SCHOOLS]
    (folder / "exit.csv").write_text(HEAD + "".join(lines), encoding="utf-8")
    declared = ['[[source]]\nmatch = "exit.csv"\noffset = "0s"\n']
    for school in SCHOOLS:
        row = f"{SPAN},192.168.1.20,51000,{link(school)},{30000 + school},198.51.100.77,3333\n"
        (folder / f"school-{school}.csv").write_text(HEAD + row, encoding="utf-8")
        (folder / f"leases-{school}.csv").write_text(
            "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,"
            f"pool_id\n192.168.1.20,{mac(school)},,86400,1773381600,1,0,0,pc-20,0,,0\n",
            encoding="utf-8",
        )
        for name in (f"school-{school}.csv", f"leases-{school}.csv"):
            declared.append(f'[[source]]\nmatch = "{name}"\noffset = "0s"\nsite = "第{school}小学"\n')
    (folder / "sources.toml").write_text("".join(declared), encoding="utf-8")
    paths = sorted(path for path in folder.glob("*.csv"))
    lake = Lake(folder / "lake")
    sources = Declared.load(folder / "sources.toml")
    first = answer(paths, lake, [], declared=sources, watch=Silent())
    assert first.report.problems == []

    def asked(public: str, **more: str) -> Attribution:
        question = ask(TOLD.isoformat(), public, zone=CITY, tolerance=timedelta(seconds=60), **more)
        return answer([], lake, [Asked(question)], declared=sources, watch=Silent()).answers[0].attribution

    return asked


def said(found: Attribution) -> set[str]:
    return {warning.id for warning in found.warnings}


def test_through_both_translations_to_the_one_school(district: Ask) -> None:
    found = district(f"203.0.113.10:{40000 + MINER}")
    [one] = found.candidates
    assert (one.internal_ip, one.mac, one.certainty) == ("192.168.1.20", mac(MINER), Certainty.UNIQUE)
    assert [(hop.kind, hop.known, hop.found) for hop in one.hops] == [
        ("nat", f"203.0.113.10:{40000 + MINER}", link(MINER)),
        ("nat", f"{link(MINER)}:{30000 + MINER}", "192.168.1.20"),
        ("lease", "192.168.1.20", mac(MINER)),
    ]
    assert [Path(hop.rows[0].source).name for hop in one.hops[1:]] == [f"school-{MINER}.csv", f"leases-{MINER}.csv"]
    assert said(found) == set()


def test_an_inside_address_alone_names_no_school(district: Ask) -> None:
    found = district("192.168.1.20")
    assert len(found.candidates) == 180
    assert {one.certainty for one in found.candidates} == {Certainty.LIKELY}
    assert {"trace.site_unknown", "trace.not_unique"} <= said(found)


def test_with_the_network_it_is_one_device(district: Ask) -> None:
    found = district("192.168.1.20", site=f"第{MINER}小学")
    [one] = found.candidates
    assert (one.mac, one.certainty) == (mac(MINER), Certainty.UNIQUE)
    assert said(found) == set()


def test_without_a_port_every_school_that_reached_the_pool_is_a_candidate(district: Ask) -> None:
    found = district("203.0.113.10", to="198.51.100.77:3333")
    assert {one.mac for one in found.candidates} == {mac(school) for school in SCHOOLS}
    assert Certainty.UNIQUE not in {one.certainty for one in found.candidates}
