"""Datasets and the rules that ask them."""

from base64 import b64decode

from minewarden.intel.exports.suricata_dataset import suricata_dataset
from tests.intel.exports.records import OCCASION, RECORDS


def test_names_and_addresses() -> None:
    files = suricata_dataset(RECORDS, OCCASION).files
    names = [b64decode(line).decode() for line in files["minewarden-names.lst"].splitlines()]
    assert names == ["mine.example", "xmr.example.net"]
    assert files["minewarden-ips.lst"].decode().split() == ["2001:db8::9", "203.0.113.9"]
    rules = files["minewarden-datasets.rules"].decode()
    assert rules.count("dataset:isset") == 4
    assert suricata_dataset((), OCCASION).files["minewarden-datasets.rules"] == b"# minewarden 2026.1\n"
