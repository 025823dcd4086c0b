"""Commands for hand entry, as this maker writes them."""

from minewarden.enforce.compilers.ruijie import RuijieCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in RuijieCompiler(now=NOW).compile(SAMPLE).items()}


def test_an_address_a_port_and_a_range() -> None:
    text = files()["minewarden-ruijie.txt"]
    assert " deny ip any host 203.0.113.9\n" in text
    assert " deny tcp any host 203.0.113.10 eq 3333\n" in text
    assert " deny ip any 198.51.100.0 0.0.0.255\n" in text
    assert " remark until 2026-12-24T01:02:03Z" in text
