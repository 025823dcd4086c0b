"""Suricata itself loads the datasets of an export, and asks them exactly."""

from pathlib import Path

import dns.message
import pytest

from minewarden.intel.exports.exported import Occasion
from minewarden.intel.exports.suricata_dataset import suricata_dataset
from minewarden.intel.record import Type
from tests.intel.lists import NOW, record
from tests.real.test_suricata_rules import CLIENT, RESOLVER, accepted, alerts
from tests.real.written_capture import udp, write

pytestmark = pytest.mark.real


def test_listed_names_and_addresses_alert_and_their_neighbours_do_not(tmp_path: Path) -> None:
    records = [record("xmr.example.net"), record("203.0.113.9", Type.IP), record("2001:db8::9", Type.IP)]
    for name, content in suricata_dataset(records, Occasion(NOW, "p", "2026.1")).files.items():
        (tmp_path / name).write_bytes(content)
    rules = tmp_path / "minewarden-datasets.rules"
    loaded = accepted(rules)
    assert loaded.returncode == 0, loaded.stderr
    packets: list[bytes] = []
    for number, name in enumerate(("XMR.example.net", "example.net", "axmr.example.net", "a.xmr.example.net")):
        query = dns.message.make_query(name, "A").to_wire()
        packets += udp(CLIENT, RESOLVER, 53, query, client_port=40000 + number)
    packets += udp(CLIENT, "203.0.113.9", 3333, b"x" * 40) + udp(CLIENT, "203.0.113.10", 3333, b"x" * 40)
    found = alerts(rules, write(tmp_path / "c.pcap", packets))
    assert sorted((one["dest_ip"], one["src_port"] if one["dest_port"] == 53 else 0) for one in found) == [
        (RESOLVER, 40000),
        ("203.0.113.9", 0),
    ]
