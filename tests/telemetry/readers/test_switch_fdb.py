"""MAC tables of switches."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.switch_fdb import SwitchMacReader
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError, ZoneNeeded
from tests.telemetry.conftest import Read

A = "02:00:00:00:00:0a"
TAKEN = to_us(datetime(2026, 3, 12, 21, tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.mark.parametrize("name", ["mac_h3c.txt", "mac_huawei.txt", "mac_ruijie.txt", "arp_h3c.txt", "arp_ruijie.txt"])
def test_recognition(samples: Path, name: str) -> None:
    assert SwitchMacReader().recognises(head_of((samples / name).read_bytes()))


def test_other_texts_are_not_mac_tables(samples: Path) -> None:
    for name in ("assets.csv", "dhcpd.leases", "kea_leases.csv", "radius_detail", "nat_h3c.log"):
        assert not SwitchMacReader().recognises(head_of((samples / name).read_bytes())), name


def test_h3c_with_its_clock(read: Read, samples: Path) -> None:
    rows, rejects = read(SwitchMacReader(), samples / "mac_h3c.txt")
    assert [(r["ts"], r["switch"], r["port"], r["mac"], r["vlan"], r["row"]) for r in rows["fdb"]] == [
        (TAKEN, "SW-3F-02", "GE1/0/17", A, 12, 5),
        (TAKEN, "SW-3F-02", "BAGG1", "02:00:00:00:00:0b", 12, 6),
    ]
    assert [reject.line for reject in rejects] == [7]


def test_huawei_without_a_clock_has_no_time(read: Read, samples: Path) -> None:
    rows, rejects = read(SwitchMacReader(), samples / "mac_huawei.txt")
    assert rejects == []
    assert [(r["ts"], r["switch"], r["port"], r["vlan"]) for r in rows["fdb"]] == [
        (None, "SW-CORE", "Eth-Trunk1", 12),
        (None, "SW-CORE", "XGE0/0/3", 13),
    ]


def test_two_switches_in_one_file_and_a_clock_without_a_zone(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(SwitchMacReader(), samples / "mac_ruijie.txt")
    rows, rejects = read(SwitchMacReader(), samples / "mac_ruijie.txt", zone="Asia/Shanghai")
    assert rejects == []
    # The clock of one switch says nothing of the other's table.
    assert [(r["ts"], r["switch"], r["port"], r["vlan"]) for r in rows["fdb"]] == [
        (TAKEN, "SW-2F-01", "GigabitEthernet0/17", 12),
        (None, "SW-2F-02", "Gi1/0/3", 20),
    ]


def test_comments_say_what_a_program_left_out(read: Read) -> None:
    table = b"MAC Address  VLAN Port\n0200-0000-000a 12 Learned GE1/0/17 Y\n"
    with pytest.raises(InputError):
        read(SwitchMacReader(), table)
    rows, _ = read(SwitchMacReader(), b"# switch: SW-9\n# time: 2026-03-12T21:00:00+08:00\n" + table, offset="+60s")
    assert [(r["switch"], r["ts"]) for r in rows["fdb"]] == [("SW-9", TAKEN - 60_000_000)]


def test_arp_tables_tell_whose_an_address_was(read: Read, samples: Path) -> None:
    rows, rejects = read(SwitchMacReader(), samples / "arp_h3c.txt")
    assert rejects == []
    assert [(r["ts"], r["device"], r["ip"], r["mac"], r["port"], r["vlan"]) for r in rows["arp"]] == [
        (TAKEN + 840_000_000, "GW-3X", "10.12.9.14", A, "GE1/0/17", 9),
        (TAKEN + 840_000_000, "GW-3X", "10.12.9.15", "02:00:00:00:00:0b", "BAGG1", 9),
    ]
    assert "fdb" not in rows


def test_incomplete_entries_and_a_routers_own_address_are_no_devices(read: Read, samples: Path) -> None:
    rows, rejects = read(SwitchMacReader(), samples / "arp_ruijie.txt", zone="Asia/Shanghai")
    assert rejects == []
    assert [(r["ip"], r["mac"], r["port"], r["vlan"]) for r in rows["arp"]] == [
        ("10.12.9.14", A, None, 9),
        ("10.12.9.16", "02:00:00:00:00:0c", "GigabitEthernet0/3", None),
    ]
