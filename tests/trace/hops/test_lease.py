"""Leases: renewals, releases, new holders."""

from typing import Any

from minewarden.telemetry.lake import Lake
from minewarden.trace.hop import Known, Step, TraceSettings, set_clocks
from minewarden.trace.hops.lease import LeaseHop
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake, us

IP, A, B = "10.1.1.1", "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def lease(mac: str, since: str, till: str | None, state: str = "active", **more: Any) -> dict[str, Any]:
    return {"ts": us(since), "until": us(till) if till else None, "ip": IP, "mac": mac, "state": state, **more}


def find(lake: Lake, time: str) -> list[Step]:
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        known = Known(IP, us(time), us(time), us(time), us(time))
        return LeaseHop().find(connection, [known], TraceSettings())[0]


def test_renewals_are_one_lease(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("d", {"lease": [lease(A, "10:00:00", "12:00:00", hostname="lab"), lease(A, "11:00:00", "13:00:00")]})
    )
    for time in ("10:30:00", "11:00:00", "12:30:00"):
        assert [(s.found, s.certainty) for s in find(lake, time)] == [(A, Certainty.UNIQUE)]


def test_new_holder_ends_the_old_lease_early(make_lake: MakeLake) -> None:
    lake = make_lake(Log("d", {"lease": [lease(A, "10:00:00", "22:00:00"), lease(B, "11:00:00", "23:00:00")]}))
    assert [s.found for s in find(lake, "10:59:00")] == [A]
    assert [s.found for s in find(lake, "11:30:00")] == [B]
    assert {s.found for s in find(lake, "11:00:00")} == {A, B}


def test_the_last_row_of_a_lease_counts(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("d", {"lease": [lease(A, "10:00:00", "22:00:00"), lease(A, "10:00:00", "11:00:00", "released")]})
    )
    assert find(lake, "11:30:00") == []


def test_two_servers_of_one_address_are_two_candidates(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("one", {"lease": [lease(A, "10:00:00", "22:00:00")]}), Log("two", {"lease": [lease(B, "11:00:00", None)]})
    )
    assert [(s.found, s.certainty) for s in find(lake, "12:00:00")] == [(A, Certainty.LIKELY), (B, Certainty.LIKELY)]


def test_refused_addresses_are_nobodys(make_lake: MakeLake) -> None:
    assert find(make_lake(Log("d", {"lease": [lease(A, "10:00:00", None, "declined")]})), "12:00:00") == []
