"""Real senders and a real watch: `logger`, rsyslog and Suricata over its sockets; killed, it reads each once."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import pytest

from minewarden.telemetry.lake import Lake
from tests.real.needs import need
from tests.real.written_capture import udp, write

pytestmark = pytest.mark.real

POOL = "xmr-eu1.nanopool.org"
QUERY = "client @0x7f00 10.0.0.7#5000 ({0}): query: {0} IN A + (10.0.0.250)"


class Stand:
    """Where a watch works, and the watch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0

    def start(self, *more: str, once: bool = False) -> None:
        command = [sys.executable, "-m", "minewarden", "patrol", "watch", "--lake", str(self.folder / "lake"), *more]
        command += ["--out", str(self.folder / "findings.jsonl"), "--every", "100ms", "--zone", "Asia/Shanghai"]
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        self.started += 1
        if not once:
            wait(lambda: self.said().count("开始值守") >= self.started, self.said)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def names(self) -> Counter[str]:
        with Lake(self.folder / "lake").connect() as connection:
            return Counter(row[0] for row in connection.execute("SELECT query FROM dns").fetchall())

    def stated(self) -> list[dict]:
        path = self.folder / "findings.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def originals(self) -> list[bytes]:
        files = sorted((self.folder / "lake.spool").rglob("2*"))
        return [line for path in files for line in path.read_bytes().splitlines()]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait(until: Callable[[], bool], said: Callable[[], str] = str) -> None:
    end = time.monotonic() + 25
    while not until():
        assert time.monotonic() < end, said()[-2000:]
        time.sleep(0.1)


@pytest.mark.parametrize(("protocol", "form"), [("udp", "--rfc3164"), ("tcp", "--rfc5424"), ("tcp", "--rfc3164")])
def test_what_logger_sends_becomes_rows_and_a_finding(stand: Stand, protocol: str, form: str) -> None:
    need("logger")
    stand.start("--listen", f"{protocol}://127.0.0.1:{stand.port}")
    names = [f"n{number}.example" for number in range(20)] + [POOL]
    sender = [
        "logger",
        f"--{protocol}",
        "--server",
        "127.0.0.1",
        "--port",
        str(stand.port),
        form,
        "-t",
        "named",
        "--id=12",
        "-p",
    ]
    counted = ["--octet-count"] if protocol == "tcp" else []
    subprocess.run(
        [*sender, "local0.info", *counted],
        input="".join(QUERY.format(name) + "\n" for name in names).encode(),
        check=True,
        timeout=20,
    )
    wait(lambda: sum(stand.names().values()) == 21 and bool(stand.stated()), stand.said)
    assert stand.names() == Counter(names)
    assert [line["host"] for line in stand.stated()] == ["10.0.0.7"]
    assert stand.kill(signal.SIGTERM) == 0
    assert all(line.startswith(b"<134>") for line in stand.originals()), "the originals stand as they came"
    subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=stand.folder / "lake.spool", check=True, timeout=20, stdout=-3
    )


def test_rsyslog_forwards_over_tcp_and_kills_of_the_watch_lose_and_double_nothing(stand: Stand) -> None:
    need("rsyslogd")
    chance = random.Random(20261129)
    relay = stand.folder / "rsyslog"
    relay.mkdir()
    (relay / "rsyslog.conf").write_text(f"""
global(workDirectory="{relay}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{relay}/log" CreatePath="off" RateLimit.Interval="0")
action(type="omfwd" target="127.0.0.1" port="{stand.port}" protocol="tcp" TCP_Framing="octet-counted"
  template="RSYSLOG_SyslogProtocol23Format" queue.type="LinkedList" queue.filename="out" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1" action.resumeInterval="1" resendLastMSGOnReconnect="off")
""")
    listen = ("--listen", f"tcp://127.0.0.1:{stand.port}")
    stand.start(*listen)
    rsyslogd = shutil.which("rsyslogd", path=os.environ["PATH"] + ":/usr/sbin") or "rsyslogd"
    daemon = subprocess.Popen(
        [rsyslogd, "-n", "-f", str(relay / "rsyslog.conf"), "-i", str(relay / "pid")], stderr=subprocess.DEVNULL
    )
    try:
        wait((relay / "log").exists)
        sent: list[str] = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as device:
            device.connect(str(relay / "log"))
            for run in range(4):
                for _ in range(300):
                    sent.append(f"n{len(sent)}.example")
                    device.send(b"<134>Nov 29 09:00:00 named[12]: " + QUERY.format(sent[-1]).encode())
                wait(lambda: len(stand.originals()) == len(sent), stand.said)
                time.sleep(chance.uniform(0.0, 0.5))
                # What was handed over is the watch's to keep from here on; the kill comes at any point of its reading.
                stand.kill()
                if run < 3:
                    stand.start(*listen)
        stand.start(*listen)
        wait(lambda: sum(stand.names().values()) >= len(sent), stand.said)
        time.sleep(0.5)
        assert stand.names() == Counter(sent)
        assert stand.kill(signal.SIGTERM) == 0
    finally:
        daemon.terminate()
        daemon.wait(20)
    assert "Traceback" not in stand.said()


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
def test_suricata_writes_its_events_to_the_socket(stand: Stand, kind: str) -> None:
    need("suricata")
    socket_path = stand.folder / "eve.sock"
    stand.start("--listen", f"{kind}://{socket_path}")
    names = [f"n{number}.example.org" for number in range(200)] + [POOL]
    packets = [
        packet
        for number, name in enumerate(names)
        for packet in udp(f"10.1.0.{number % 250}", "192.0.2.53", 53, dns.message.make_query(name, "A").to_wire())
    ]
    capture = write(stand.folder / "dns.pcap", packets)
    log = stand.folder / "log"
    log.mkdir()
    filetype = {"unix": "unix_stream", "unixgram": "unix_dgram"}[kind]
    (stand.folder / "suricata.yaml").write_text(
        "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n"
        f"      filetype: {filetype}\n      filename: {socket_path}\n"
        "      types:\n        - dns:\n            version: 2\n            requests: yes\n            responses: no\n"
        "app-layer:\n  protocols:\n    dns:\n      udp:\n        enabled: yes\n"
        "        detection-ports:\n          dp: 53\n"
    )
    command = ["suricata", "-c", str(stand.folder / "suricata.yaml"), "-S", "/dev/null", "-r", str(capture)]
    done = subprocess.run(
        [*command, "-l", str(log), "-k", "none"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    wait(lambda: sum(stand.names().values()) >= len(names), stand.said)
    assert stand.names() == Counter(names)
    assert all(json.loads(line)["event_type"] == "dns" for line in stand.originals())
    assert stand.kill(signal.SIGTERM) == 0
    assert {line["server_name"] for line in stand.stated()} <= {POOL}


def test_an_address_that_cannot_be_had_is_said_before_anything_is_read(stand: Stand) -> None:
    stand.start("--listen", "udp://192.0.2.1:9", once=True)
    assert stand.process is not None
    assert stand.process.wait(30) == 2
    assert "udp://192.0.2.1:9" in stand.said()
    assert "Traceback" not in stand.said()
