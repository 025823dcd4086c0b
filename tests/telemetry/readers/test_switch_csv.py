"""MAC and ARP tables as CSV."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.switch_csv import SwitchCsvReader
from minewarden.vocab.clock import to_us
from tests.telemetry.conftest import Read

TAKEN = to_us(datetime(2026, 3, 12, 21, tzinfo=ZoneInfo("Asia/Shanghai")))


def test_recognition(samples: Path) -> None:
    assert SwitchCsvReader().recognises(head_of((samples / "switch.csv").read_bytes()))
    for name in ("assets.csv", "nat.csv", "portal.csv", "kea_leases.csv", "nfdump.csv"):
        assert not SwitchCsvReader().recognises(head_of((samples / name).read_bytes())), name


def test_rows_with_an_address_are_of_the_arp_table_and_bad_ones_are_named(read: Read, samples: Path) -> None:
    rows, rejects = read(SwitchCsvReader(), samples / "switch.csv", zone="Asia/Shanghai")
    assert [(r["ts"], r["switch"], r["port"], r["mac"], r["vlan"], r["row"]) for r in rows["fdb"]] == [
        (TAKEN, "SW-3F-02", "GE1/0/17", "02:00:00:00:00:0a", 12, 2),
        (None, "SW-3F-02", "GE1/0/18", "02:00:00:00:00:0b", None, 4),
    ]
    assert [(r["ts"], r["device"], r["ip"], r["mac"], r["port"], r["row"]) for r in rows["arp"]] == [
        (TAKEN, "SW-3F-02", "10.12.9.14", "02:00:00:00:00:0a", "Vlan9", 3)
    ]
    assert sorted(reject.line for reject in rejects) == [5, 6, 7]
