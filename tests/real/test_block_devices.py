"""From an order to a receipt and back on the real servers: BIND by signed updates, Unbound and Suricata by files that
they read anew, nftables in a network namespace. What is on the device is read from the device."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.enforce.apply import apply_plan, verify
from minewarden.enforce.book import Book
from minewarden.enforce.compilers.rpz import RpzCompiler
from minewarden.enforce.lift import lift
from minewarden.enforce.plan import plan_for
from minewarden.enforce.publish.bind import BindPublisher
from minewarden.enforce.publish.nftables import NftablesPublisher
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import TransitionError
from tests.enforce.made_orders import order, write_orders
from tests.real.name_servers import HOSTS, ask, authority, free_port, named_options, running, wait_for
from tests.real.needs import need, need_root

pytestmark = pytest.mark.real

SECRET = "bG9vcGJhY2stb25seS1sb29wYmFjay1vbmx5ISE="
POOL = "pool.example.net"


def rule(value: str, target: Target = Target.NAME, port: int = 0, seconds: float = 3600) -> BlockRule:
    return BlockRule(target, value, datetime.now(UTC) + timedelta(seconds=seconds), "案件 3", port, "依据")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the server that knows the names."""
    with authority(tmp_path_factory.mktemp("upstream") / "named") as port:
        yield port


@contextmanager
def bind(folder: Path, upstream: int) -> Iterator[int]:
    """A resolving BIND whose policy zone takes updates from whoever has the key."""
    need("named")
    folder.mkdir()
    for name, data in RpzCompiler(now=datetime(2026, 1, 1, tzinfo=UTC)).compile([]).items():
        (folder / name).write_bytes(data)
    port = free_port()
    more = (
        f"recursion yes; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; "
        'response-policy { zone "minewarden.rpz" min-update-interval 0; } qname-wait-recurse no break-dnssec yes;'
    )
    zone = (
        f'key "mw" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
        'zone "minewarden.rpz" { type primary; file "minewarden.rpz"; allow-query { localhost; }; '
        "allow-transfer { key mw; }; allow-update { key mw; }; };\n"
    )
    (folder / "named.conf").write_text(named_options(folder, port, more) + zone)
    with running("named", "-g", "-n", "1", "-c", str(folder / "named.conf"), log=folder / "log") as process:
        wait_for(port, "school.example.net", HOSTS["school.example.net"], process, seconds=30)
        yield port


def answers(port: int, name: str, wanted: str) -> bool:
    """Whether a name is answered so within a few seconds (a server takes up a new zone in its own time)."""
    until = time.monotonic() + 8
    while time.monotonic() < until:
        if ask(port, name) == wanted:
            return True
        time.sleep(0.1)
    return False


def test_bind_by_signed_updates_from_the_order_to_the_lift(
    tmp_path: Path, upstream: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with bind(tmp_path / "named", upstream) as port:
        (tmp_path / "key").write_text(SECRET + "\n")
        (tmp_path / "devices.toml").write_text(
            '[device.resolver]\nkind = "bind"\nserver = "127.0.0.1"\nkey_name = "mw"\nkey_file = "key"\n'
            f"port = {port}\n"
        )
        now = datetime.now(UTC)
        write_orders(tmp_path / "o.json", order(now=now), order("bad.example.net", now=now, target="subtree"))
        common = ["--devices", str(tmp_path / "devices.toml"), "--book", str(tmp_path / "book"), "--by", "甲"]
        plan = str(tmp_path / "plan.json")
        assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
        assert ask(port, POOL) == HOSTS[POOL], "a plan touches nothing"
        assert main(["block", "apply", plan, *common]) == 0
        assert answers(port, POOL, "NXDOMAIN")
        gone = {POOL, *(name for name in HOSTS if name == "bad.example.net" or name.endswith(".bad.example.net"))}
        assert {name: ask(port, name) for name in HOSTS} == {n: "NXDOMAIN" if n in gone else HOSTS[n] for n in HOSTS}
        assert main(["block", "verify", *common]) == 0
        # Somebody takes a name out by hand.
        BindPublisher("resolver", "127.0.0.1", "mw", SECRET, port=port).push([rule("bad.example.net")], now=now)
        assert main(["block", "verify", *common]) == 1
        assert "不一致" in capsys.readouterr().out
        assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
        assert main(["block", "apply", plan, *common]) == 0
        assert main(["block", "lift", POOL, "--reason", "误封", *common]) == 0
        assert answers(port, POOL, HOSTS[POOL])
        assert ask(port, "bad.example.net") == "NXDOMAIN"
        assert main(["block", "apply", plan, *common]) == 1, "a plan that was overtaken brings nothing back"


def test_bind_refuses_a_wrong_key_and_nothing_is_half_done(tmp_path: Path, upstream: int) -> None:
    with bind(tmp_path / "named", upstream) as port:
        right = BindPublisher("right", "127.0.0.1", "mw", SECRET, port=port)
        wrong = BindPublisher("wrong", "127.0.0.1", "mw", SECRET.lower(), port=port)
        with pytest.raises(PublishError):
            wrong.held()
        kept = right.keep()
        right.push([rule(f"p{n}.example.net") for n in range(1200)], now=datetime.now(UTC))
        assert len(right.held()) == 1200
        right.restore(kept)
        assert right.held() == frozenset()


def test_a_server_that_is_down_is_told_and_nothing_applied(tmp_path: Path) -> None:
    devices = {"down": BindPublisher("down", "127.0.0.1", "mw", SECRET, port=free_port())}
    book = Book(tmp_path / "book")
    plan = plan_for([rule(POOL)], devices, book, now=datetime.now(UTC))
    assert plan.devices[0].down
    with pytest.raises(TransitionError):
        apply_plan(plan, devices, book, by="甲", now=datetime.now(UTC))


UNBOUND = """
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
    zonefile: {folder}/minewarden.rpz
remote-control:
    control-enable: yes
    control-interface: {folder}/control
    control-use-cert: no
"""


def test_unbound_reads_its_file_anew(tmp_path: Path, upstream: int) -> None:
    need("unbound", "unbound-control", "unbound-checkconf")
    folder, port = tmp_path / "unbound", free_port()
    folder.mkdir()
    conf = folder / "unbound.conf"
    conf.write_text(UNBOUND.format(folder=folder, port=port, upstream=upstream))
    (folder / "minewarden.rpz").write_bytes(RpzCompiler(now=datetime.now(UTC)).compile([])["minewarden.rpz"])
    devices = tmp_path / "devices.toml"
    devices.write_text(
        '[device.unbound]\nkind = "folder"\nform = "rpz"\nfolder = "unbound"\n'
        f'check = ["unbound-checkconf", "{conf}"]\n'
        f'reload = ["unbound-control", "-c", "{conf}", "auth_zone_reload", "minewarden.rpz"]\n'
    )
    common = ["--devices", str(devices), "--book", str(tmp_path / "book"), "--by", "甲"]
    now, plan = datetime.now(UTC), str(tmp_path / "plan.json")
    write_orders(tmp_path / "o.json", order(now=now))
    with running("unbound", "-d", "-c", str(conf), log=folder / "log") as process:
        wait_for(port, "school.example.net", HOSTS["school.example.net"], process)
        assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
        assert main(["block", "apply", plan, *common]) == 0
        assert answers(port, POOL, "NXDOMAIN")
        assert ask(port, "xpool.example.net") == HOSTS["xpool.example.net"]
        assert main(["block", "lift", POOL, "--reason", "误封", *common]) == 0
        assert answers(port, POOL, HOSTS[POOL])
    # The server is gone: its files are brought back as they were, and the command says so.
    before = (folder / "minewarden.rpz").read_bytes()
    again = order("xpool.example.net", now=datetime.now(UTC))
    write_orders(tmp_path / "o.json", again)
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", plan, *common]) == 0
    assert main(["block", "apply", plan, *common]) == 1
    assert (folder / "minewarden.rpz").read_bytes() == before


@contextmanager
def namespace() -> Iterator[str]:
    """A network namespace with loopback only: nothing leaves it."""
    need("ip")
    need_root()
    name = f"mwblk{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True, timeout=30)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "dev", "lo", "up"], check=True, timeout=30)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, timeout=30)


def test_nftables_from_the_plan_to_the_end_of_the_block(tmp_path: Path) -> None:
    need("nft")
    with namespace() as inside:
        device = NftablesPublisher("gateway", ["ip", "netns", "exec", inside, "nft"])
        devices, book = {"gateway": device}, Book(tmp_path / "book")
        short, long = rule("203.0.113.9", Target.IP_PORT, 3333, seconds=4), rule("198.51.100.0/28", Target.CIDR)
        six = rule("2001:db8::9", Target.IP)
        assert device.held() == frozenset()
        rules, now = [short, long, six], datetime.now(UTC)
        receipt = apply_plan(plan_for(rules, devices, book, now=now), devices, book, by="甲", now=now)[0]
        assert (receipt.state, receipt.items) == ("confirmed", 3)
        assert "service4 203.0.113.9 . 3333" in device.held()
        time.sleep(5)
        # The kernel let go of it, and that is no drift.
        assert [one.state for one in verify(devices, book, by="甲", now=datetime.now(UTC))] == ["confirmed"]
        assert device.held() == {"net4 198.51.100.0/28", "addr6 2001:db8::9"}
        kept = device.keep()
        done = lift(lambda one: one == long, devices, book, by="甲", reason="误封", now=datetime.now(UTC))
        assert (done.failed, device.held()) == ((), {"addr6 2001:db8::9"})
        device.restore(kept)
        assert [one.extra for one in verify(devices, book, by="甲", now=datetime.now(UTC))] == [
            ("net4 198.51.100.0/28",)
        ]
        device.restore(b"")
        assert device.keep() == b""


WATCH = """
import socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
link.settimeout(0.2)
print("ready", flush=True)
import threading
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
seen = []
while not over.is_set():
    try:
        frame, where = link.recvfrom(2048)
        seen.append((where[0], frame.hex()))
    except TimeoutError:
        pass
for where, frame in seen:
    print(where, frame, flush=True)
"""


def test_no_question_and_no_connection_goes_to_any_indicator(tmp_path: Path) -> None:
    """A whole life of a block with every way out denied, and every frame of every interface recorded."""
    need("nft")
    now = datetime.now(UTC)
    write_orders(
        tmp_path / "o.json", order(now=now), order("198.51.100.9", now=now, target="ip-port", port=3333),
        order("203.0.113.0/28", now=now, target="cidr"),
    )  # fmt: skip
    (tmp_path / "devices.toml").write_text(
        '[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n[device.gateway]\nkind = "nftables"\n'
        '[device.zone]\nkind = "folder"\nform = "rpz"\nfolder = "zone"\n'
    )
    common = ["--devices", "devices.toml", "--book", "book", "--by", "x"]
    steps = [
        ["plan", "--orders", "o.json", "--out", "plan.json"], ["apply", "plan.json"], ["verify"],
        ["lift", POOL, "--reason", "x"], ["lift", "--expired"], ["recover"],
    ]  # fmt: skip
    with namespace() as inside, ExitStack() as stack:
        into = ["ip", "netns", "exec", inside]
        # A way out that leads nowhere: what the program sends is seen there, and nothing answers.
        for words in (
            "link add dev out0 type veth peer name out1",
            "addr add 192.0.2.1/24 dev out0",
            "link set dev out0 up",
            "link set dev out1 up",
            "route add default dev out0",
        ):
            subprocess.run(["ip", "-n", inside, *words.split()], check=True, timeout=30)
        watch = stack.enter_context(
            subprocess.Popen(
                [*into, sys.executable, "-c", WATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert watch.stdout is not None
        assert watch.stdout.readline() == "ready\n"
        for step in steps:
            command = [*into, sys.executable, "-m", "minewarden", "block", step[0], *step[1:], *common]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, (step, done.stdout, done.stderr)
        # The watch sees what is sent: one question asked on purpose, to know that silence means silence.
        canary = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'canary', ('192.0.2.77', 53))"
        subprocess.run([*into, sys.executable, "-c", canary], check=True, timeout=30)
        frames = watch.communicate(timeout=30)[0].splitlines()
    sent = [(where, bytes.fromhex(frame)) for where, frame in (line.split() for line in frames)]
    # Multicast of the kernel itself (neighbour discovery, MLD) is not the program's.
    ours = [(where, frame) for where, frame in sent if frame[12:14] in (b"\x08\x00", b"\x08\x06")]
    assert ours, "the watch saw nothing at all, not even what was sent on purpose"
    asked_for = {socket.inet_ntoa(frame[38:42]) for where, frame in ours if frame[12:14] == b"\x08\x06"}
    assert {where for where, _ in ours} <= {"out0", "out1"}
    assert asked_for <= {"192.0.2.77"}
    assert not [frame for _, frame in ours if frame[12:14] == b"\x08\x00" and b"canary" not in frame]
    assert json.loads((tmp_path / "plan.json").read_text())["rules"]
