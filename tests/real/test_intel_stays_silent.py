"""Everything that is done with indicators, in a network of its own that leads nowhere: no packet leaves for any,
and no name is asked for. What is captured at the end shows that a packet would have been seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.needs import need, need_root

pytestmark = pytest.mark.real

SCRIPT = r"""
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

from minewarden.cli.intel import _FORMS
from minewarden.cli.main import main
from minewarden.intel.library import Library
from minewarden.intel.source import Source
from minewarden.intel.taxii.client import pull
from minewarden.intel.taxii.server import COLLECTION, Collection, serve


def run(*words):
    code = main(["intel", *map(str, words)])
    assert code in (0, 1), (words, code)


(folder / "list.txt").write_text("xmr.example.net\n203.0.113.9:3333\n203.0.113.10\nhttp://203.0.113.11/m.js\nwww.example.org\n")
(folder / "hosts.txt").write_text("0.0.0.0 pool.example.net\n")
(folder / "table.csv").write_text("value,port\nxmr.example.com,3333\n198.51.100.7,14444\n")
(folder / "sources.toml").write_text(
    '[[source]]\nname = "pool"\nform = "plain"\nlicence = "MIT"\nurl = "https://xmr.f2pool.com/list"\n'
)
run("load", "--form", "catalogue")
for name, form in (("list.txt", "plain"), ("hosts.txt", "hosts"), ("table.csv", "csv"), ("table.csv", "notice")):
    run("load", folder / name, "--form", form, "--name", form, "--family", form, "--licence", "own")
run("list", "example")
run("show", "xmr.f2pool.com")
run("seen", "xmr.example.net", "--unit", "u")
run("harmless", "pool.example.net", "--unit", "u", "--why", "w")
run("waiting")
run("publish", "--by", "b", "--why", "w", "--least", "1")
run("diff")
run("export", "--to", ",".join(_FORMS), "--out", folder / "out", "--least", "1")
for name, form in (("minewarden-stix.json", "stix"), ("minewarden-misp.json", "misp")):
    run("load", folder / "out" / name, "--form", form, "--name", form, "--licence", "own")
run("bundle", "key", folder / "key")
run("bundle", "make", folder / "bundle", "--key", folder / "key")
run("bundle", "load", folder / "bundle", "--key", folder / "key.pub", "--library", folder / "school.sqlite")
run("pull", "--sources", folder / "sources.toml")
server = serve(Collection(Library(folder / "school.sqlite"), "p"), "127.0.0.1", 0)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/minewarden/collections/{COLLECTION}/objects/"
given = len(pull(Source(name="peer", form="taxii", licence="own", url=url)).entries)
server.shutdown()
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
(folder / "seen.json").write_text(json.dumps({"silent": silent, "then": seen[silent:], "given": given}))
"""


def test_nothing_is_asked_of_or_sent_to_any_indicator(tmp_path: Path) -> None:
    need_root()
    need("unshare", "ip", "sysctl")
    script = tmp_path / "all.py"
    script.write_text(SCRIPT)
    command = ["unshare", "--net", sys.executable, str(script), str(tmp_path)]
    environment = {"PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    environment["MINEWARDEN_LIBRARY"] = str(tmp_path / "city.sqlite")
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["silent"] == 0
    assert set(seen["then"]) == {"wan", "lo"}
    assert seen["given"] > 400
