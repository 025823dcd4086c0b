"""What is asked of a switch and what is written of it; tests/real/test_snmp.py asks a real agent."""

import io
from datetime import UTC, datetime

import pytest

from minewarden.telemetry.snmp import Entry, Login, Tables, ask, write
from minewarden.vocab.errors import MinewardenError

NOW = datetime(2026, 3, 12, 13, tzinfo=UTC)


def test_the_csv_has_a_row_an_entry() -> None:
    out = io.StringIO(newline="")
    entries = (Entry("02:00:00:00:00:0a", "GE1/0/17", 12), Entry("02:00:00:00:00:0b", "Vlan9", 0, "10.12.9.15"))
    assert write([Tables("SW-3F-02", NOW, entries)], out) == 2
    assert out.getvalue().splitlines() == [
        "switch,time,ip,mac,vlan,port",
        "SW-3F-02,2026-03-12T13:00:00Z,,02:00:00:00:00:0a,12,GE1/0/17",
        "SW-3F-02,2026-03-12T13:00:00Z,10.12.9.15,02:00:00:00:00:0b,,Vlan9",
    ]


@pytest.mark.parametrize("host", ["switch.example.net", "", "10.0.0.300"])
def test_names_are_not_resolved(host: str) -> None:
    with pytest.raises(MinewardenError) as refusal:
        ask(host, Login("public"), NOW)
    assert refusal.value.message.id == "snmp.bad_host"


def test_secrets_are_in_no_message() -> None:
    assert "hush" not in repr(Login("hush", "reader", "hush", "hush"))
