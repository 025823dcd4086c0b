"""Zeek: five fields, parted by one tab each, and one line an indicator."""

from minewarden.enforce.compilers.zeek import ZeekCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in ZeekCompiler(now=NOW).compile(SAMPLE).items()}


def test_every_line_has_its_fields() -> None:
    rows = [line.split("\t") for line in files()["minewarden-intel.dat"].splitlines()]
    assert rows[0][0] == "#fields"
    assert {len(row) for row in rows[1:]} == {5}
    keys = [tuple(row[:2]) for row in rows[1:]]
    assert len(keys) == len(set(keys))
    assert ("203.0.113.10", "Intel::ADDR") in keys
    assert {kind for _, kind in keys} == {"Intel::DOMAIN", "Intel::ADDR", "Intel::SUBNET"}
