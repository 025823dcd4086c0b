"""Logins: by address, by device, with lost records."""

from typing import Any

from minewarden.telemetry.lake import Lake
from minewarden.trace.hop import Known, Step, TraceSettings, set_clocks
from minewarden.trace.hops.login import LoginHop
from minewarden.vocab.attribution import Certainty
from tests.trace.conftest import Log, MakeLake, us

IP, A, B = "10.1.1.1", "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def record(event: str, time: str, login: str = "zhangz", session: str = "1", **more: Any) -> dict[str, Any]:
    return {"ts": us(time), "event": event, "session": session, "login": login, "nas": "10.0.0.2", **more}


def find(lake: Lake, time: str, ip: str = IP, mac: str = "") -> list[Step]:
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        known = Known(ip, us(time), us(time), us(time), us(time), mac=mac)
        return LoginHop().find(connection, [known], TraceSettings())[0]


def test_session_found_by_address_or_by_device(make_lake: MakeLake) -> None:
    rows = [
        record("start", "20:00:00", mac=A),
        record("interim", "20:05:00", mac=A, ip=IP),
        record("stop", "22:00:00", mac=A),
    ]
    lake = make_lake(Log("r", {"session": rows}))
    for ip, mac in ((IP, ""), (IP, A), ("", A)):
        assert [(s.found, s.also, s.certainty) for s in find(lake, "21:00:00", ip, mac)] == [
            ("zhangz", A, Certainty.UNIQUE)
        ]
    assert find(lake, "21:00:00", IP, B) == []
    assert find(lake, "22:00:03") == []


def test_lost_start_is_reckoned_from_the_stated_duration(make_lake: MakeLake) -> None:
    lake = make_lake(Log("r", {"session": [record("stop", "22:00:00", ip=IP, duration_us=7_200_000_000)]}))
    assert [s.found for s in find(lake, "20:00:00")] == ["zhangz"]
    assert find(lake, "19:59:57") == []


def test_lost_stop_lasts_until_the_next_session_at_most(make_lake: MakeLake) -> None:
    rows = [
        record("start", "20:00:00", ip=IP, mac=A),
        record("interim", "20:30:00", ip=IP, mac=A),
        record("start", "21:00:00", "liy", "2", ip=IP, mac=B),
        record("stop", "22:00:00", "liy", "2", ip=IP, mac=B),
    ]
    lake = make_lake(Log("r", {"session": rows}))
    assert [(s.found, s.certainty) for s in find(lake, "20:20:00")] == [("zhangz", Certainty.UNIQUE)]
    assert [s.found for s in find(lake, "20:45:00")] == ["zhangz"]
    assert [s.found for s in find(lake, "21:30:00")] == ["liy"]


def test_same_session_number_at_two_access_servers_are_two_sessions(make_lake: MakeLake) -> None:
    rows = [
        record("start", "20:00:00", ip=IP, mac=A),
        record("stop", "22:00:00", ip=IP, mac=A),
        record("start", "10:00:00", "liy", ip="10.9.9.9", mac=B) | {"nas": "10.0.0.3"},
    ]
    lake = make_lake(Log("r", {"session": rows}))
    assert [s.found for s in find(lake, "21:00:00")] == ["zhangz"]
    assert find(lake, "12:00:00") == []
