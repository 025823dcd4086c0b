"""A hosts file says names, alone."""

from minewarden.enforce.compilers.hosts import HostsCompiler
from tests.enforce.rules import NOW, SAMPLE


def files() -> dict[str, str]:
    return {name: data.decode() for name, data in HostsCompiler(now=NOW).compile(SAMPLE).items()}


def test_names_and_no_address() -> None:
    text = files()["minewarden.hosts"]
    assert "0.0.0.0 pool.example.net\n" in text
    assert ":: bad.example.net\n" in text
    assert "203.0.113.9" not in text
