"""The table and the file of hosts."""

from minewarden.intel.exports.tables import hosts, table
from tests.intel.exports.records import OCCASION, RECORDS
from tests.intel.lists import listed, record, taken


def test_the_table_reads_back_and_begins_no_formula() -> None:
    data = table([*RECORDS[:10], record("b.example", operator="=cmd|' /C calc'!A0")], OCCASION).files[
        "minewarden-indicators.csv"
    ]
    assert "'=cmd|" in data.decode("utf-8-sig")
    found = listed(data, "csv")
    assert "ip-port 203.0.113.9:3333" in taken(found)
    assert found.entries[0].ports == (3333,)
    assert not found.rejects


def test_the_file_of_hosts_reads_back() -> None:
    data = hosts(RECORDS, OCCASION).files["minewarden.hosts"]
    assert taken(listed(data, "hosts")) == ["host mine.example", "host xmr.example.net"]
