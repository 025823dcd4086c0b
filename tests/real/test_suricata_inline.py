"""An inline sensor between a miner and a pool: a session is cut by an order, and passes when that is lifted."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.enforce.apply import apply_plan, verify
from minewarden.enforce.book import Book
from minewarden.enforce.lift import lift
from minewarden.enforce.plan import plan_for
from minewarden.enforce.publish.suricata import SuricataPublisher
from minewarden.vocab.blockrule import BlockRule, Target
from tests.real.name_servers import running
from tests.real.needs import need, need_root

pytestmark = pytest.mark.real

MINER, POOL, PORT = "198.51.100.2", "198.51.100.10", 3333

ANSWER = f"""
import socket, threading
server = socket.create_server(("{POOL}", {PORT}), backlog=50)
print("ready", flush=True)
def talk(link):
    with link:
        while data := link.recv(4096):
            link.sendall(b'{{"id":1,"result":true,"error":null}}\\n')
while True:
    threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()
"""
ASK = f"""
import socket
try:
    with socket.create_connection(("{POOL}", {PORT}), timeout=3) as link:
        link.settimeout(3)
        link.sendall(b'{{"id":1,"method":"eth_mine","params":[]}}\\n')
        print("passes" if link.recv(4096) else "cut")
except OSError:
    print("cut")
"""
CONFIG = """%YAML 1.1
---
default-log-dir: {folder}
default-rule-path: {folder}/rules
rule-files: [minewarden.rules, minewarden-stratum.rules]
classification-file: /etc/suricata/classification.config
reference-config-file: /etc/suricata/reference.config
unix-command: {{enabled: yes, filename: {folder}/control}}
outputs:
  - eve-log: {{enabled: yes, filetype: regular, filename: eve.json, types: [alert, drop]}}
af-packet:
  - {{interface: a1, copy-iface: b1, cluster-id: 98, cluster-type: cluster_flow, threads: 1, copy-mode: ips}}
  - {{interface: b1, copy-iface: a1, cluster-id: 99, cluster-type: cluster_flow, threads: 1, copy-mode: ips}}
"""


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


@contextmanager
def road() -> Iterator[tuple[str, str, str]]:
    """Miner, sensor and pool, each in a namespace; the sensor lies between as a wire would."""
    need("ip", "suricata", "ethtool")
    need_root()
    names = tuple(f"mwi{role}{os.getpid()}" for role in ("m", "s", "p"))
    made: list[str] = []
    try:
        for name in names:
            run("ip", "netns", "add", name)
            made.append(name)
        for end, near, far, address in ((names[0], "a0", "a1", MINER), (names[2], "b0", "b1", POOL)):
            run("ip", "link", "add", "dev", near, "netns", end, "type", "veth", "peer", "name", far, "netns", names[1])
            run("ip", "-n", end, "addr", "add", f"{address}/24", "dev", near)
            for where, device in ((end, near), (names[1], far)):
                run("ip", "-n", where, "link", "set", "dev", device, "up")
                # A sensor that copies frames must be given frames as they go over a wire.
                run("ip", "netns", "exec", where, "ethtool", "-K", device, "tx", "off", "gso", "off", "gro", "off")
        yield names  # type: ignore[misc]
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=30)


def met(miner: str) -> str:
    command = ["ip", "netns", "exec", miner, sys.executable, "-c", ASK]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()


def test_a_session_is_cut_and_passes_again_when_it_is_lifted(tmp_path: Path) -> None:
    device = SuricataPublisher("sensor", tmp_path / "rules", tmp_path / "control", action="drop")
    (tmp_path / "rules").mkdir()
    for name, data in device.compiled([], datetime.now(UTC)).items():
        (tmp_path / "rules" / name).write_bytes(data)
    conf = tmp_path / "suricata.yaml"
    conf.write_text(CONFIG.format(folder=tmp_path))
    devices, book = {"sensor": device}, Book(tmp_path / "book")
    with road() as (miner, sensor, pool):
        command = ["ip", "netns", "exec", sensor, "suricata", "-c", str(conf), "--af-packet", "-k", "none"]
        answering = subprocess.Popen(
            ["ip", "netns", "exec", pool, sys.executable, "-c", ANSWER], stdout=subprocess.PIPE, text=True
        )
        try:
            assert answering.stdout is not None
            assert answering.stdout.readline() == "ready\n"
            with running(*command, log=tmp_path / "log") as process:
                until = time.monotonic() + 60
                while met(miner) != "passes":
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    assert time.monotonic() < until, (tmp_path / "log").read_text()
                rule = BlockRule(Target.IP_PORT, POOL, datetime.now(UTC) + timedelta(days=1), "案件 3", PORT, "依据")
                now = datetime.now(UTC)
                plan = plan_for([rule], devices, book, now=now)
                assert apply_plan(plan, devices, book, by="甲", now=now)[0].state == "confirmed"
                assert met(miner) == "cut"
                assert [one.state for one in verify(devices, book, by="甲", now=datetime.now(UTC))] == ["confirmed"]
                now = datetime.now(UTC)
                assert not lift(lambda one: one == rule, devices, book, by="甲", reason="误封", now=now).failed
                assert met(miner) == "passes"
        finally:
            answering.kill()
            answering.communicate(timeout=10)
    events = [json.loads(line) for line in (tmp_path / "eve.json").read_text().splitlines()]
    assert {event["dest_port"] for event in events if event["event_type"] == "alert"} == {PORT}
