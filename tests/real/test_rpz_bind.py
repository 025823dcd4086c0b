"""BIND itself with the compiled zone: listed names do not exist, their neighbours do, and a lifted name comes back."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.enforce.compilers.rpz import RpzCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.real.name_servers import HOSTS, ask, authority, free_port, named_options, running, wait_for
from tests.real.needs import need

pytestmark = pytest.mark.real

NOW = datetime(2026, 11, 24, tzinfo=UTC)
END = NOW + timedelta(days=30)
RULES = [
    BlockRule(Target.NAME, "pool.example.net", END, "finding 1"),
    BlockRule(Target.SUBTREE, "bad.example.net", END, 'case\n2; $INCLUDE "/etc/passwd"'),
    # A name inside a subtree would, as DNS has it, let every name below itself slip out of the subtree.
    BlockRule(Target.NAME, "eu1.bad.example.net", END + timedelta(days=1), "finding 9"),
    BlockRule(Target.CIDR, "198.51.100.64/27", END, "notice 3"),
    BlockRule(Target.IP, "2001:db8:5::9", END, "notice 4"),
    BlockRule(Target.IP_PORT, "203.0.113.80", END, "finding 5", 3333),
]
BLOCKED = {"pool.example.net", "moved.example.net", "six.example.net"}
BLOCKED |= {name for name in HOSTS if name == "bad.example.net" or name.endswith(".bad.example.net")}


def place(folder: Path, rules: Sequence[BlockRule], now: datetime = NOW) -> None:
    """Compile rules into a folder."""
    for name, data in RpzCompiler(now=now).compile(rules).items():
        (folder / name).write_bytes(data)


@contextmanager
def resolver(folder: Path, upstream: int, rules: Sequence[BlockRule]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A resolving BIND with the zone, set up as `minewarden-rpz.conf` says."""
    need("named")
    folder.mkdir()
    place(folder, rules)
    port = free_port()
    snippet = (folder / "minewarden-rpz.conf").read_text()
    policy = next(line.removeprefix("//").strip() for line in snippet.splitlines() if "response-policy" in line)
    more = f"recursion yes; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; {policy}"
    (folder / "named.conf").write_text(named_options(folder, port, more) + 'include "minewarden-rpz.conf";\n')
    with running("named", "-g", "-n", "1", "-c", str(folder / "named.conf"), log=folder / "log") as process:
        wait_for(port, "school.example.net", HOSTS["school.example.net"], process, seconds=30)
        yield port, process


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server that knows the names works and keeps its log."""
    return tmp_path_factory.mktemp("upstream") / "named"


@pytest.fixture(scope="module")
def upstream(questions: Path) -> Iterator[int]:
    """The port of the server that knows the names."""
    with authority(questions) as port:
        yield port


def test_listed_names_are_gone_and_neighbours_answer(tmp_path: Path, upstream: int) -> None:
    assert {name: ask(upstream, name) for name in HOSTS} == HOSTS
    with resolver(tmp_path / "named", upstream, RULES) as (port, _):
        met = {name: ask(port, name) for name in HOSTS}
        assert met == {name: "NXDOMAIN" if name in BLOCKED else ip for name, ip in HOSTS.items()}
        assert ask(port, "PooL.example.net") == "NXDOMAIN"


def test_nobody_is_asked_about_a_listed_name(tmp_path: Path, upstream: int, questions: Path) -> None:
    with resolver(tmp_path / "named", upstream, RULES) as (port, process):
        assert ask(port, "quiet.bad.example.net") == "NXDOMAIN"
        wait_for(port, "loud.example.net", "NXDOMAIN", process)
    asked = (questions / "log").read_text()
    assert "loud.example.net" in asked
    assert "quiet.bad.example.net" not in asked


def test_a_lifted_name_comes_back_on_reload(tmp_path: Path, upstream: int) -> None:
    with resolver(tmp_path / "named", upstream, RULES) as (port, process):
        assert ask(port, "pool.example.net") == "NXDOMAIN"
        # Fewer rules, and the one that ended last is among those lifted: the serial must grow all the same.
        place(tmp_path / "named", RULES[3:], now=NOW + timedelta(seconds=1))
        process.send_signal(signal.SIGHUP)
        wait_for(port, "pool.example.net", HOSTS["pool.example.net"], process)
        assert ask(port, "moved.example.net") == "NXDOMAIN"


def test_a_hundred_thousand_names_load_quickly(tmp_path: Path, upstream: int) -> None:
    rules = [BlockRule(Target.NAME, f"p{number}.example.net", END, "library 7") for number in range(100_000)]
    started, worked = time.monotonic(), time.process_time()
    RpzCompiler(now=NOW).compile(rules)
    assert time.process_time() - worked < 5
    with resolver(tmp_path / "named", upstream, rules) as (port, process):
        wait_for(port, "p99999.example.net", "NXDOMAIN", process, seconds=30)
        assert time.monotonic() - started < 60
        assert ask(port, "school.example.net") == HOSTS["school.example.net"]
