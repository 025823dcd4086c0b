"""A network of its own that leads nowhere, with a capture on its only way out: what a test runs in it can show that no
packet left, and in the end that one would have been seen."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

START = r"""
import json, socket, subprocess, sys, threading, time
from pathlib import Path

folder = Path(sys.argv[1])
for command in (
    "ip link set lo up", "ip link add wan type veth peer name away", "sysctl -qw net.ipv6.conf.wan.disable_ipv6=1",
    "sysctl -qw net.ipv6.conf.away.disable_ipv6=1", "ip addr add 192.0.2.1/24 dev wan", "ip link set wan up",
    "ip link set away up", "ip route add default dev wan",
):
    subprocess.run(command.split(), check=True)
capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
capture.settimeout(0.2)
seen, ended = [], threading.Event()


def listen():
    while not ended.is_set():
        try:
            frame, place = capture.recvfrom(65535)
        except TimeoutError:
            continue
        ports = frame[34:38] if len(frame) > 38 and frame[23] == 17 else b""
        asked = ports and 53 in (int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))
        if place[0] == "wan" or asked:
            seen.append(place[0])


listener = threading.Thread(target=listen)
listener.start()
result = {}
"""
END = r"""
time.sleep(0.5)
silent = len(seen)
# The check must be able to fail: a connection to an indicator and a question for a name are seen.
with socket.socket() as probe:
    probe.setblocking(False)
    probe.connect_ex(("203.0.113.9", 3333))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.sendto(b"x" * 20, ("127.0.0.1", 53))
time.sleep(0.5)
ended.set()
listener.join()
(folder / "seen.json").write_text(json.dumps({"silent": silent, "then": seen[silent:]} | result))
"""


def seen_of(acts: str, folder: Path, **environment: str) -> dict[str, Any]:
    """Run the acts in such a network; `silent` packets were seen meanwhile, and what the acts put into `result`."""
    script = folder / "acts.py"
    script.write_text(START + acts + END)
    command = ["unshare", "--net", sys.executable, str(script), str(folder)]
    variables = {"PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, check=False, env=variables | environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return answer
