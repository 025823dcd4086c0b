"""What is asked of a switch and what is written of it; tests/real/test_snmp.py asks a real agent."""

import io
import ipaddress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.snmp import Entry, Login, Tables, ask, tables, write
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.net import canonical_mac

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


SYS_NAME = "1.3.6.1.2.1.1.5"
IF_NAME, IF_DESCR = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.2"
BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
FDB_PORT, FDB_STATUS = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.4.3.1.3"
Q_FDB_PORT, Q_FDB_STATUS = "1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.3"
ARP_MAC, ARP_TYPE = "1.3.6.1.2.1.4.22.1.2", "1.3.6.1.2.1.4.22.1.4"
COLUMNS = [SYS_NAME, IF_NAME, IF_DESCR, BASE_PORT, FDB_PORT, FDB_STATUS, Q_FDB_PORT, Q_FDB_STATUS, ARP_MAC, ARP_TYPE]


def test_rows_that_can_be_no_row_are_left_out_and_counted() -> None:
    said = {
        SYS_NAME: {(0,): "三楼\x1b[2J交换机".encode("gb18030")},
        IF_NAME: {(117,): b"GE1/0/17"},
        BASE_PORT: {(17,): 117, (18,): b"text", (): 3},
        Q_FDB_PORT: {
            (12, 2, 0, 0, 0, 0, 10): 17,
            (12, 2, 0, 0, 0, 0, 11): 18,
            (12, 2, 0, 0, 0, 0, 12): b"17",
            (12, 2, 0, 0, 0, 0, 256): 17,
            (2, 0, 0, 0, 0, 13): 17,
            (): 17,
            (12, 2, 0, 0, 0, 0, 14): -1,
        },
        Q_FDB_STATUS: {(12, 2, 0, 0, 0, 0, 10): b"learned"},
        ARP_MAC: {
            (9, 10, 12, 9, 14): bytes.fromhex("02000000000a"),
            (9, 10, 12, 9, 15): b"\x02",
            (9, 10, 12, 9, 999): bytes.fromhex("02000000000b"),
            (9, 10, 12, 9, 16): 2**31,
        },
    }
    found = tables("10.0.0.2", NOW, said)
    assert found.switch == "三楼[2J交换机"
    assert found.entries == (
        Entry("02:00:00:00:00:0a", "GE1/0/17", 12),
        Entry("02:00:00:00:00:0b", "18", 12),
        Entry("02:00:00:00:00:0a", "9", 0, "10.12.9.14"),
    )
    assert found.odd == 8


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**32),
    st.binary(max_size=8),
    st.binary(min_size=6, max_size=6),
    st.sampled_from([0, 2, 4]),
)
INDICES = st.one_of(
    st.lists(st.integers(0, 2**32 - 1), max_size=8),
    st.lists(st.integers(0, 255), min_size=5, max_size=7),
).map(tuple)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.dictionaries(INDICES, CELLS, max_size=6)))
def test_whatever_a_switch_says_is_a_row_or_counted(said) -> None:
    found = tables("10.0.0.2", NOW, said)
    rows = sum(len(said.get(root, {})) for root in (FDB_PORT, Q_FDB_PORT, ARP_MAC))
    assert len(found.entries) + found.odd <= rows
    assert found.switch
    assert found.switch.isprintable()
    for entry in found.entries:
        assert canonical_mac(entry.mac) == entry.mac
        assert entry.port
        assert entry.port.isprintable()
        assert not entry.ip or ipaddress.IPv4Address(entry.ip)
