"""The detail file that a real FreeRADIUS writes for accounting packets sent to it on loopback."""

import hashlib
import io
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Batch, Source
from minewarden.telemetry.readers.radius import RadiusDetailReader
from minewarden.vocab.clock import SourceClock
from tests.real.needs import need

SECRET = b"loopback-only"
CONFIG = """
prefix = /usr
localstatedir = {folder}
logdir = {folder}
confdir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/pid
max_requests = 1024
security {{ allow_core_dumps = no }}
client loopback {{
    ipaddr = 127.0.0.1
    secret = {secret}
}}
modules {{
    detail {{
        filename = {folder}/detail
        header = "%t"
        permissions = 0600
    }}
}}
server default {{
    listen {{
        type = acct
        ipaddr = 127.0.0.1
        port = {port}
    }}
    accounting {{
        detail
    }}
}}
"""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accounting(number: int, status: int, extra: bytes = b"") -> bytes:
    """An Accounting-Request (RFC 2866): the authenticator is the MD5 of the packet with the secret."""

    def text(kind: int, value: str) -> bytes:
        return bytes([kind, len(value) + 2]) + value.encode()

    attributes = (
        struct.pack("!BBI", 40, 6, status)
        + text(44, "5F3A01")
        + text(1, "zhangz")
        + text(31, "02-00-00-00-00-0A")
        + text(87, "GigabitEthernet1/0/17")
        + bytes([4, 6]) + socket.inet_aton("127.0.0.1")
        + extra
    )  # fmt: skip
    head = struct.pack("!BBH", 4, number, 20 + len(attributes))
    digest = hashlib.md5(head + bytes(16) + attributes + SECRET, usedforsecurity=False).digest()
    return head + digest + attributes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    need("freeradius")
    port = free_port()
    (tmp_path / "radiusd.conf").write_text(CONFIG.format(folder=tmp_path, secret=SECRET.decode(), port=port))
    program = shutil.which("freeradius", path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert program is not None
    log = (tmp_path / "out").open("wb")
    process = subprocess.Popen(
        [program, "-f", "-d", str(tmp_path), "-n", "radiusd", "-l", "stdout"],
        stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "TZ": "Asia/Shanghai"},
    )  # fmt: skip
    try:
        yield tmp_path, port
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def send(port: int, packet: bytes, folder: Path) -> None:
    """Send until it is answered; the server needs a moment to start."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        for _ in range(30):
            client.sendto(packet, ("127.0.0.1", port))
            try:
                assert client.recv(4096)[0] == 5
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.1)
                continue
            return
    raise AssertionError((folder / "out").read_text(errors="replace"))


@pytest.mark.real
def test_what_freeradius_writes_is_read(server: tuple[Path, int]) -> None:
    folder, port = server
    before = time.time()
    address = bytes([8, 6]) + socket.inet_aton("10.12.9.14")
    send(port, accounting(1, 1), folder)
    send(port, accounting(2, 3, address + struct.pack("!BBI", 46, 6, 600)), folder)
    send(port, accounting(3, 2, address + struct.pack("!BBI", 46, 6, 7200)), folder)
    after = time.time()
    path = folder / "detail"
    data = path.read_bytes()
    reader = RadiusDetailReader()
    assert reader.recognises(head_of(data)), data
    stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[type-var]
    source = Source(1, "detail", path, head_of(data), stream, SourceClock(ZoneInfo("Asia/Shanghai")))
    items = list(reader.read(source))
    assert all(isinstance(item, Batch) for item in items), items
    rows = [row for item in items if isinstance(item, Batch) for row in item.rows.to_pylist()]
    assert [(row["event"], row["ip"], row["duration_us"]) for row in rows] == [
        ("start", None, None),
        ("interim", "10.12.9.14", 600_000_000),
        ("stop", "10.12.9.14", 7_200_000_000),
    ]
    for row in rows:
        assert (row["session"], row["login"], row["mac"]) == ("5F3A01", "zhangz", "02:00:00:00:00:0a")
        assert (row["nas"], row["nas_port"]) == ("127.0.0.1", "GigabitEthernet1/0/17")
        assert int(before) - 1 <= row["ts"] / 1e6 <= after + 1
