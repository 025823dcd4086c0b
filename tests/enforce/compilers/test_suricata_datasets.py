"""Datasets: base64 for names, plain for addresses; Suricata itself is asked in tests/real."""

import base64

from minewarden.enforce.compilers.suricata_datasets import SuricataDatasetsCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in SuricataDatasetsCompiler(now=NOW).compile(SAMPLE).items()}


def test_lists_hold_exact_names_and_single_addresses() -> None:
    made = files()
    names = [base64.b64decode(line).decode() for line in made["minewarden-names.lst"].splitlines()]
    assert names == ["eu1.bad.example.net", "pool.example.net", "xn--fiqs8s.example.net"]
    assert made["minewarden-addresses.lst"].splitlines() == ["2001:db8::9", "203.0.113.9"]
    assert sum(not line.startswith("#") for line in made["minewarden-datasets.rules"].splitlines()) == 4
