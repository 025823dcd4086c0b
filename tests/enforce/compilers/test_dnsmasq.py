"""dnsmasq: a name alone never takes what lies below with it."""

from minewarden.enforce.compilers.dnsmasq import DnsmasqCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in DnsmasqCompiler(now=NOW).compile(SAMPLE).items()}


def test_only_trees_become_domains() -> None:
    made = files()
    domains = [line for line in made["minewarden-dnsmasq.conf"].splitlines() if not line.startswith("#")]
    assert domains == ["local=/bad.example.net/"]
    assert "0.0.0.0 pool.example.net" in made["minewarden-dnsmasq.hosts"]
    assert "eu1.bad" not in made["minewarden-dnsmasq.hosts"], "an entry there would open a hole in the tree"
