"""An event that PyMISP loads, and that reads back as what it was."""

import warnings

from minewarden.intel.exports.misp import misp
from minewarden.intel.record import Type
from tests.intel.exports.records import OCCASION, RECORDS
from tests.intel.lists import listed


def test_pymisp_loads_it() -> None:
    made = misp(RECORDS, OCCASION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymisp import MISPEvent

        event = MISPEvent()
        event.from_json(made.files["minewarden-misp.json"].decode())
    assert len(event.attributes) == len(RECORDS) - len(made.left_out)
    values = {(one.type, one.value): one.to_ids for one in event.attributes}
    assert values[("ip-dst|port", "203.0.113.9|3333")]
    assert not values[("hostname", "pool.example")]
    assert [record.type for record in made.left_out] == [Type.PROCESS_NAME]


def test_it_reads_back() -> None:
    found = {
        (entry.type, entry.value)
        for entry in listed(misp(RECORDS, OCCASION).files["minewarden-misp.json"], "misp").entries
    }
    assert (Type.IP_PORT, "[2001:db8::9]:3333") in found
    assert (Type.HOST, "xmr.example.net") in found
