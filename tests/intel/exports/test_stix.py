"""A bundle that the validator of OASIS accepts, and that reads back as what it was."""

import json
import warnings

from minewarden.intel.exports.stix import stix
from minewarden.intel.record import Type
from tests.intel.exports.records import OCCASION, RECORDS
from tests.intel.lists import listed


def test_the_validator_of_oasis_finds_no_fault() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from stix2validator import ValidationOptions, validate_string

        made = stix(RECORDS, OCCASION)
        text = made.files["minewarden-stix.json"].decode()
        result = validate_string(text, ValidationOptions(version="2.1"))
    assert result.is_valid, [str(fault) for fault in result.errors]
    assert [record.type for record in made.left_out] == [Type.JA3]
    broken = text.replace('"pattern_type": "stix"', '"pattern_type": 3', 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not validate_string(broken, ValidationOptions(version="2.1")).is_valid


def test_it_reads_back() -> None:
    text = stix(RECORDS, OCCASION).files["minewarden-stix.json"]
    found = {(entry.type, entry.value): entry for entry in listed(text, "stix").entries}
    matched = {
        Type.HOST,
        Type.DOMAIN,
        Type.IP,
        Type.CIDR,
        Type.IP_PORT,
        Type.HOST_PORT,
        Type.URL,
        Type.SHA256,
        Type.CERT_SHA256,
    }
    assert set(found) == {(record.type, record.value) for record in RECORDS if record.type in matched}
    assert found[(Type.HOST, "xmr.example.net")].ports == (3333,)
    assert found[(Type.HOST, "gone.example")].revoked
    assert stix(RECORDS, OCCASION).files["minewarden-stix.json"] == text


def test_what_is_exported_twice_has_one_identity() -> None:
    first, second = (json.loads(stix(RECORDS[:1], OCCASION).files["minewarden-stix.json"]) for _ in range(2))
    assert first["objects"][-1]["id"] == second["objects"][-1]["id"] == f"indicator--{RECORDS[0].id}"
