"""The whole road of a block, at the desk, on the command line and at a real access server, in a network namespace where
every way out leads nowhere and every frame is looked at: no question for a name, no connection to an indicator.

Pages, actions and packets are those of the tests named below, which are run again in there. A frame sent on purpose at
the end shows that one would have been seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.needs import need, need_root

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
ROAD = (
    "tests/desk/blocks/test_overrides.py::test_the_pages_from_the_refusal_to_the_second_signature",
    "tests/desk/blocks/test_overrides.py::test_the_release_its_orders_and_the_receipt_name_both",
    "tests/desk/blocks/test_releases.py::test_the_pages_from_the_plan_to_the_receipt",
    "tests/desk/blocks/test_releases.py::test_three_sentences_for_the_principal",
    "tests/desk/blocks/test_releases.py::test_a_proposal_is_tried_on_the_logs_before_it_is_decided",
    "tests/desk/blocks/test_terminals.py::test_a_release_of_the_unit_s_own",
    "tests/real/test_radius_sessions.py::test_from_the_order_to_the_end_of_the_session",
    "tests/real/test_radius_sessions.py::test_a_device_is_set_aside_and_let_back",
)
SCRIPT = r"""
import json, socket, subprocess, sys, threading, time
from pathlib import Path

folder, road = Path(sys.argv[1]), sys.argv[2:]
for command in (
    "ip link set lo up", "ip link add wan type veth peer name away", "sysctl -qw net.ipv6.conf.wan.disable_ipv6=1",
    "sysctl -qw net.ipv6.conf.away.disable_ipv6=1", "ip addr add 192.0.2.1/24 dev wan", "ip link set wan up",
    "ip link set away up", "ip route add default dev wan",
):
    subprocess.run(command.split(), check=True)
capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
capture.settimeout(0.2)
seen, frames, ended = [], [0], threading.Event()


def listen():
    while not ended.is_set():
        try:
            frame, place = capture.recvfrom(65535)
        except TimeoutError:
            continue
        frames[0] += 1
        # Transport ports lie behind an IPv4 head without options; TCP and UDP alike.
        ports = frame[34:38] if frame[12:14] == b"\x08\x00" and frame[23] in (6, 17) else b""
        asked = ports and 53 in (int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))
        if place[0] == "wan" or asked:
            seen.append(f"{place[0]} {frame[:60].hex()}")


listener = threading.Thread(target=listen)
listener.start()
done = subprocess.run(
    [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *road],
    capture_output=True, text=True, timeout=500, check=False,
)
time.sleep(0.5)
silent, counted = list(seen), frames[0]
with socket.socket() as probe:
    probe.setblocking(False)
    probe.connect_ex(("203.0.113.9", 3333))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.sendto(b"x" * 20, ("127.0.0.1", 53))
time.sleep(0.5)
ended.set()
listener.join()
told = {"code": done.returncode, "out": done.stdout[-3000:], "silent": silent, "frames": counted}
(folder / "seen.json").write_text(json.dumps({**told, "then": seen[len(silent):]}))
"""


@pytest.mark.timeout(560)
def test_no_question_and_no_connection_from_the_proposal_to_the_session_s_end(tmp_path: Path) -> None:
    need_root()
    need("unshare", "ip", "sysctl", "freeradius")
    script = tmp_path / "all.py"
    script.write_text(SCRIPT)
    command = ["unshare", "--net", sys.executable, str(script), str(tmp_path), *ROAD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=550, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads((tmp_path / "seen.json").read_text())
    assert told["code"] == 0, told["out"]
    assert told["silent"] == []
    assert told["frames"] > 10, "the access server was spoken to, and that was seen"
    assert {line.split()[0] for line in told["then"]} == {"wan", "lo"}
