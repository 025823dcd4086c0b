"""Squid: no name twice, and addresses with their ports."""

from minewarden.enforce.compilers.squid import SquidCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in SquidCompiler(now=NOW).compile(SAMPLE).items()}


def test_names_addresses_and_ports() -> None:
    made = files()
    names = [line for line in made["minewarden-squid-names.txt"].splitlines() if not line.startswith("#")]
    assert names == ["pool.example.net", "xn--fiqs8s.example.net", ".bad.example.net"]
    conf = made["minewarden-squid.conf"].splitlines()
    at = conf.index("acl minewarden_port_3 port 14444")
    assert conf[at - 1] == "acl minewarden_to_3 dst 203.0.113.10"
    assert conf[at + 1] == "http_access deny minewarden_to_3 minewarden_port_3"
    assert made["minewarden-squid.conf"].count("http_access deny minewarden_to_") == 3
