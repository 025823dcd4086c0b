"""The devices that logs saw: each MAC address once with what was told last, and inside addresses without one."""

from minewarden.trace.devices import Device, devices
from tests.trace.conftest import Log, MakeLake, at, us

A, B, C, D = (f"02:00:00:00:00:0{n}" for n in "abcd")


def test_each_device_once_with_what_was_told_last(make_lake: MakeLake) -> None:
    lake = make_lake(
        Log("leases.csv", {"lease": [
            {"ts": us("08:00:00"), "ip": "10.1.1.1", "mac": A, "hostname": "old"},
            {"ts": us("12:00:00"), "ip": "10.1.1.9", "mac": A, "hostname": "lab-7"},
            {"ts": us("13:00:00"), "ip": "10.1.1.66", "mac": B, "state": "declined"},
        ]}),
        Log("arp.txt", {"arp": [{"ts": us("07:00:00", day=-1), "ip": "10.1.1.1", "mac": A, "device": "core"}]}),
        Log("mac.txt", {"fdb": [{"ts": None, "switch": "s", "port": "1", "mac": C}]}),
        Log("portal.csv", {"session": [
            {"ts": us("09:00:00"), "event": "start", "session": "1", "login": "t1", "ip": "10.1.1.4", "mac": D},
            {"ts": us("09:30:00"), "event": "start", "session": "2", "login": "t2", "ip": "10.1.1.5", "mac": None},
        ]}),
    )  # fmt: skip
    assert list(devices(lake)) == [
        Device(A, "10.1.1.9", "lab-7", at("07:00:00", day=-1), at("12:00:00"), ("leases.csv", "arp.txt")),
        Device(C, "", "", None, None, ("mac.txt",)),
        Device(D, "10.1.1.4", "", at("09:00:00"), at("09:00:00"), ("portal.csv",)),
    ]


def test_servers_that_only_flow_records_show_are_told_by_their_inside_address(make_lake: MakeLake) -> None:
    def flow(src: str, time: str) -> dict[str, object]:
        return {"ts": us(time), "until": us(time), "src": src, "dst": "198.51.100.7", "proto": "tcp"}

    lake = make_lake(
        Log("flows.csv", {"conn": [
            flow("10.1.2.2", "08:00:00"), flow("10.1.2.2", "10:00:00"), flow("203.0.113.9", "09:00:00"),
            flow("10.1.1.1", "09:00:00"), flow("fd00::7", "11:00:00"),
        ]}),
        Log("leases.csv", {"lease": [{"ts": us("08:00:00"), "ip": "10.1.1.1", "mac": A}]}),
    )  # fmt: skip
    assert [(one.mac, one.ip, one.first_seen, one.last_seen) for one in devices(lake)] == [
        (A, "10.1.1.1", at("08:00:00"), at("08:00:00")),
        ("", "10.1.2.2", at("08:00:00"), at("10:00:00")),
        ("", "fd00::7", at("11:00:00"), at("11:00:00")),
    ]


def test_an_empty_lake_has_no_devices(make_lake: MakeLake) -> None:
    assert list(devices(make_lake())) == []
