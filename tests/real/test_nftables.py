"""The kernel itself: a gateway with the compiled table refuses listed addresses, and lets them pass when it is over."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.enforce.compilers.nftables import FILE, NftablesCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.real.needs import need, need_root

pytestmark = pytest.mark.real

POOL, OTHER, POOL6 = "203.0.113.10", "203.0.113.11", "2001:db8:2::10"
PORT, NEIGHBOUR = 3333, 3334

LISTEN = """
import socket, sys, threading
kept = []
def serve(server):
    while True:
        kept.append(server.accept()[0])
for address in sys.argv[1].split(","):
    for port in sys.argv[2].split(","):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = socket.create_server((address, int(port)), family=family, backlog=50)
        threading.Thread(target=serve, args=(server,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()
    print("passes")
except TimeoutError:
    print("hangs")
except OSError as error:
    print("refused")
"""

SESSION = """
import socket, sys
session = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
print("open", flush=True)
sys.stdin.readline()
try:
    session.sendall(b"share")
    session.recv(1)
except ConnectionResetError:
    print("cut")
except TimeoutError:
    print("lives")
"""


@dataclass(frozen=True)
class Road:
    """A client, a gateway and servers, each in a network namespace of its own."""

    client: str
    gateway: str

    def load(self, folder: Path, *rules: BlockRule, now: datetime) -> None:
        """Compile rules and load them in the gateway."""
        path = folder / FILE
        path.write_bytes(NftablesCompiler(now=now).compile(rules)[FILE])
        run("ip", "netns", "exec", self.gateway, "nft", "-f", str(path))

    def reach(self, address: str, port: int) -> str:
        """What the client meets: passes, refused or hangs."""
        command = ["ip", "netns", "exec", self.client, sys.executable, "-c", CONNECT, address, str(port)]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def run(*command: str) -> str:
    """Run a command of the system that must work."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def road() -> Iterator[Road]:
    """Three namespaces in a row; everything in them goes when they go."""
    need("ip", "nft")
    need_root()
    names = [f"mw{role}{os.getpid()}" for role in ("c", "g", "s")]
    client, gateway, server = names
    made: list[str] = []
    listener: subprocess.Popen[str] | None = None
    try:
        for name in names:
            run("ip", "netns", "add", name)
            made.append(name)
            run("ip", "-n", name, "link", "set", "dev", "lo", "up")
        _link(client, "10.9.1.2/24", "fd00:1::2/64", gateway, "10.9.1.1/24", "fd00:1::1/64")
        _link(server, f"{POOL}/24", f"{POOL6}/64", gateway, "203.0.113.1/24", "2001:db8:2::1/64")
        run("ip", "-n", server, "addr", "add", f"{OTHER}/24", "dev", "up0")
        for name, via4, via6 in ((client, "10.9.1.1", "fd00:1::1"), (server, "203.0.113.1", "2001:db8:2::1")):
            run("ip", "-n", name, "route", "add", "default", "via", via4)
            run("ip", "-n", name, "-6", "route", "add", "default", "via", via6)
        for switch in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            run("ip", "netns", "exec", gateway, "sh", "-c", f"echo 1 > /proc/sys/{switch}")
        listener = subprocess.Popen(
            [
                "ip",
                "netns",
                "exec",
                server,
                sys.executable,
                "-c",
                LISTEN,
                f"{POOL},{OTHER},{POOL6}",
                f"{PORT},{NEIGHBOUR}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        yield Road(client, gateway)
    finally:
        if listener is not None:
            listener.kill()
            listener.communicate(timeout=10)
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=30)


def _link(end: str, end4: str, end6: str, gateway: str, gateway4: str, gateway6: str) -> None:
    far = f"to{end[2]}"
    run("ip", "link", "add", "dev", "up0", "netns", end, "type", "veth", "peer", "name", far, "netns", gateway)
    for name, device, four, six in ((end, "up0", end4, end6), (gateway, far, gateway4, gateway6)):
        run("ip", "-n", name, "addr", "add", four, "dev", device)
        run("ip", "-n", name, "addr", "add", six, "dev", device, "nodad")
        run("ip", "-n", name, "link", "set", "dev", device, "up")


def test_refused_at_once_and_passing_again_after_the_end(road: Road, tmp_path: Path) -> None:
    assert [road.reach(address, PORT) for address in (POOL, OTHER, POOL6)] == ["passes"] * 3
    now = datetime.now(UTC)
    end = now + timedelta(seconds=7)
    rules = [
        BlockRule(Target.IP_PORT, POOL, end, 'finding "1"', PORT),
        BlockRule(Target.IP_PORT, POOL6, end, "finding 1", PORT),
    ]
    started = time.monotonic()
    road.load(tmp_path, *rules, now=now)
    assert road.reach(POOL, PORT) == "refused"
    assert road.reach(POOL6, PORT) == "refused"
    assert road.reach(POOL, NEIGHBOUR) == "passes"
    assert road.reach(POOL6, NEIGHBOUR) == "passes"
    assert road.reach(OTHER, PORT) == "passes"
    assert time.monotonic() - started < 6, "a refusal must come at once, or this test says nothing"
    while (met := road.reach(POOL, PORT)) == "refused" and time.monotonic() - started < 20:
        time.sleep(0.2)
    assert met == "passes"
    assert 6 < time.monotonic() - started < 20
    assert road.reach(POOL6, PORT) == "passes"


def test_a_range_with_another_inside_it_that_lasts_longer(road: Road, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    rules = [
        BlockRule(Target.CIDR, "203.0.113.0/28", now + timedelta(seconds=3), "notice 1"),
        BlockRule(Target.CIDR, "203.0.113.10/31", now + timedelta(hours=1), "notice 2"),
        BlockRule(Target.IP, "203.0.113.10", now + timedelta(seconds=3), "notice 3"),
    ]
    # Loading again replaces; it neither fails nor adds.
    for _ in range(2):
        road.load(tmp_path, *rules, now=now)
    time.sleep(5)
    assert road.reach(POOL, PORT) == "refused"
    assert road.reach(OTHER, NEIGHBOUR) == "refused"
    listed = run("ip", "netns", "exec", road.gateway, "nft", "list", "set", "inet", "minewarden", "net4")
    assert "203.0.113.10/31" in listed
    assert "notice 1" not in listed
    road.load(tmp_path, now=now)
    assert road.reach(POOL, PORT) == "passes"


def test_a_session_that_is_open_already_is_cut(road: Road, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    command = ["ip", "netns", "exec", road.client, sys.executable, "-c", SESSION, POOL, str(PORT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == "open\n"
        road.load(tmp_path, BlockRule(Target.IP_PORT, POOL, now + timedelta(hours=1), "finding 1", PORT), now=now)
        rest, _ = session.communicate("\n", timeout=20)
    road.load(tmp_path, now=now)
    assert rest.strip() == "cut"


def test_many_elements_load_quickly(road: Road, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    rules = [
        BlockRule(Target.IP_PORT, f"198.51.{high}.{low}", now + timedelta(days=1), "library 7", 1024 + low)
        for high in range(80)
        for low in range(250)
    ]
    started = time.monotonic()
    road.load(tmp_path, *rules, now=now)
    assert time.monotonic() - started < 20
    assert road.reach("203.0.113.11", PORT) == "passes"
    road.load(tmp_path, now=now)
