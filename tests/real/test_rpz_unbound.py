"""Unbound itself with the compiled zone: the same file as for BIND, and the same answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.enforce.compilers.rpz import ZONE, RpzCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.real.name_servers import HOSTS, ask, authority, free_port, running, wait_for
from tests.real.needs import need

pytestmark = pytest.mark.real

NOW = datetime(2026, 11, 24, tzinfo=UTC)
END = NOW + timedelta(days=30)
RULES = [
    BlockRule(Target.NAME, "pool.example.net", END, "发现 1"),
    BlockRule(Target.SUBTREE, "bad.example.net", END, "case 2"),
    # A name inside a subtree would, as DNS has it, let every name below itself slip out of the subtree.
    BlockRule(Target.NAME, "eu1.bad.example.net", END + timedelta(days=1), "finding 9"),
    BlockRule(Target.CIDR, "198.51.100.64/27", END, "notice 3"),
    BlockRule(Target.IP, "2001:db8:5::9", END, "notice 4"),
]
BLOCKED = {"pool.example.net", "moved.example.net", "six.example.net"}
BLOCKED |= {name for name in HOSTS if name == "bad.example.net" or name.endswith(".bad.example.net")}


def config(folder: Path, port: int, upstream: int) -> str:
    """An Unbound that touches nothing but its folder and loopback."""
    return f"""
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    interface: 127.0.0.1@{port}
    num-threads: 1
    do-not-query-localhost: no
    module-config: "respip iterator"
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{upstream}
rpz:
    name: minewarden.rpz
    zonefile: {ZONE}
remote-control:
    control-enable: no
"""


def test_listed_names_are_gone_and_neighbours_answer(tmp_path: Path) -> None:
    need("unbound")
    folder = tmp_path / "unbound"
    folder.mkdir()
    (folder / ZONE).write_bytes(RpzCompiler(now=NOW).compile(RULES)[ZONE])
    port = free_port()
    with authority(tmp_path / "upstream") as upstream:
        (folder / "unbound.conf").write_text(config(folder, port, upstream))
        with running("unbound", "-d", "-c", str(folder / "unbound.conf"), log=folder / "log") as process:
            wait_for(port, "school.example.net", HOSTS["school.example.net"], process)
            met = {name: ask(port, name) for name in HOSTS}
            assert met == {name: "NXDOMAIN" if name in BLOCKED else ip for name, ip in HOSTS.items()}
