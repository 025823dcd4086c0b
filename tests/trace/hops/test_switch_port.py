"""Where a device stood: the access port among the ports that saw it."""

from typing import Any

from minewarden.telemetry.lake import Lake
from minewarden.trace.hop import Known, Step, TraceSettings, set_clocks
from minewarden.trace.hops.switch_port import SwitchPortHop
from tests.trace.conftest import Log, MakeLake, us

A, B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def seen(mac: str, switch: str, port: str, time: str | None, day: int = 0) -> dict[str, Any]:
    return {"ts": us(time, day) if time else None, "switch": switch, "port": port, "mac": mac}


def find(lake: Lake, mac: str = A) -> list[Step]:
    at = us("21:00:00")
    with lake.connect() as connection:
        set_clocks(connection, lake.sources(), TraceSettings())
        return SwitchPortHop().find(connection, [Known("", at, at, at, at, mac=mac)], TraceSettings())[0]


def test_port_with_the_fewest_addresses_is_the_access_port(make_lake: MakeLake) -> None:
    rows = [seen(A, "CORE", "XGE1", "21:00:00"), seen(B, "CORE", "XGE1", "21:00:00"), seen(A, "ACC", "GE1", "20:00:00")]
    assert [step.found for step in find(make_lake(Log("m", {"fdb": rows})))] == ["ACC GE1"]


def test_nearest_sighting_of_a_switch_counts(make_lake: MakeLake) -> None:
    rows = [seen(A, "ACC", "GE1", "10:00:00"), seen(A, "ACC", "GE2", "20:59:00"), seen(A, "ACC", "GE3", "23:00:00")]
    assert [step.found for step in find(make_lake(Log("m", {"fdb": rows})))] == ["ACC GE2"]


def test_too_old_sightings_say_nothing_and_undated_ones_say_so(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("old", {"fdb": [seen(A, "ACC", "GE1", "21:00:00", day=-8)]}),
        Log("undated", {"fdb": [seen(B, "ACC", "GE9", None)]}),
    )
    assert find(lake) == []
    [step] = find(lake, B)
    assert step.note is not None
    assert step.note.id == "trace.switch_port_undated"
