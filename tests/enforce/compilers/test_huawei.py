"""Commands for hand entry, as this maker writes them."""

from minewarden.enforce.compilers.huawei import HuaweiCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in HuaweiCompiler(now=NOW).compile(SAMPLE).items()}


def test_an_address_a_port_and_a_range() -> None:
    text = files()["minewarden-huawei.txt"]
    assert " deny ip destination 203.0.113.9 0\n" in text
    assert " deny tcp destination 203.0.113.10 0 destination-port eq 3333\n" in text
    assert " deny ip destination 198.51.100.0 0.0.0.255\n" in text
    assert " deny ipv6 destination 2001:db8::9/128\n" in text
    assert " description until 2026-12-24T01:02:03Z" in text
