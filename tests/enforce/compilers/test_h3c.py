"""Commands for hand entry, as this maker writes them."""

from minewarden.enforce.compilers.h3c import H3cCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in H3cCompiler(now=NOW).compile(SAMPLE).items()}


def test_an_address_a_port_and_a_range() -> None:
    text = files()["minewarden-h3c.txt"]
    assert "acl advanced name minewarden\n" in text
    assert " deny tcp destination 203.0.113.10 0 destination-port eq 3333\n" in text
    assert " deny ipv6 destination 2001:db8:1::/48\n" in text
    assert " comment until 2026-12-24T01:02:03Z" in text
