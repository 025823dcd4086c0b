"""A real FreeRADIUS on loopback that stands for an access server: it knows two sessions, and writes what it is sent."""

import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from tests.real.needs import need

SECRET = "loopback-only"
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
    detail accounting {{
        filename = {folder}/detail
        header = "%t"
        permissions = 0600
    }}
    detail asked {{
        filename = {folder}/asked
        header = "%t"
        permissions = 0600
    }}
    always ok {{
        rcode = ok
    }}
    always reject {{
        rcode = reject
    }}
    files {{
        usersfile = {folder}/users
    }}
}}
server access {{
    listen {{
        type = acct
        ipaddr = 127.0.0.1
        port = {acct}
    }}
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {auth}
    }}
    accounting {{
        accounting
    }}
    authorize {{
        files
    }}
    authenticate {{
    }}
}}
server dynamic {{
    listen {{
        type = coa
        ipaddr = 127.0.0.1
        port = {coa}
    }}
    recv-coa {{
        asked
        if (User-Name == 'wangw') {{
            update reply {{
                Error-Cause := Administratively-Prohibited
                Reply-Message := 'ask the network centre'
            }}
            reject
        }}
        if (&User-Name == 'zhangz' && &Acct-Session-Id == '5F3A01' && &NAS-IP-Address == 127.0.0.1 \
            && &Framed-IP-Address == 10.12.9.14 && &Calling-Station-Id == '02-00-00-00-00-0A') {{
            ok
        }}
        elsif (&User-Name == 'lisi' && &Acct-Session-Id == '5F3A02' && &NAS-IP-Address == 127.0.0.1) {{
            ok
        }}
        else {{
            update reply {{
                Error-Cause := Session-Context-Not-Found
            }}
            reject
        }}
    }}
}}
"""
NAMES = {1: "start", 2: "stop", 3: "interim"}


@dataclass(frozen=True, slots=True)
class Radius:
    """A running server: its folder and ports."""

    folder: Path
    acct: int
    auth: int
    coa: int

    def asked(self) -> list[dict[str, str]]:
        """The Disconnect- and CoA-Requests that it took for authentic, in their order."""
        path = self.folder / "asked"
        blocks = path.read_text().split("\n\n") if path.exists() else []
        found = []
        for block in blocks:
            pairs = [line.strip().partition(" = ") for line in block.splitlines() if line.startswith("\t")]
            if pairs:
                found.append({name: value.strip('"') for name, _, value in pairs})
        return found

    def account(self, status: int, session: str, login: str, ip: str, mac: str) -> None:
        """An Accounting-Request (RFC 2866), sent until it is answered."""
        attributes = (
            struct.pack("!BBI", 40, 6, status)
            + _text(44, session)
            + _text(1, login)
            + _text(31, mac)
            + bytes([4, 6]) + socket.inet_aton("127.0.0.1")
            + bytes([8, 6]) + socket.inet_aton(ip)
        )  # fmt: skip
        head = struct.pack("!BBH", 4, os.urandom(1)[0], 20 + len(attributes))
        digest = md5(head + bytes(16) + attributes + SECRET.encode(), usedforsecurity=False).digest()
        assert self._sent(self.acct, head + digest + attributes)[0] == 5

    def login(self, login: str, mac: str) -> bool:
        """Whether somebody may log in (an Access-Request without a password: the file alone decides)."""
        attributes = _text(1, login) + _text(31, mac)
        head = struct.pack("!BBH", 1, os.urandom(1)[0], 20 + len(attributes))
        code = self._sent(self.auth, head + os.urandom(16) + attributes)[0]
        assert code in (2, 3)
        return code == 2

    def _sent(self, port: int, packet: bytes) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", port))
            client.settimeout(2)
            for _ in range(30):
                try:
                    client.send(packet)
                    return client.recv(4096)
                except (TimeoutError, ConnectionRefusedError):
                    time.sleep(0.1)
        raise AssertionError((self.folder / "out").read_text(errors="replace"))


def free_port() -> int:
    """A port on loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def radius(folder: Path, users: str = "DEFAULT Auth-Type := Accept\n") -> Iterator[Radius]:
    """Run the server while the block lasts."""
    need("freeradius")
    folder.mkdir()
    server = Radius(folder, free_port(), free_port(), free_port())
    (folder / "users").write_text(users)
    ports = {"acct": server.acct, "auth": server.auth, "coa": server.coa}
    (folder / "radiusd.conf").write_text(CONFIG.format(folder=folder, secret=SECRET, **ports))
    program = shutil.which("freeradius", path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert program is not None
    with (folder / "out").open("wb") as log:
        process = subprocess.Popen(
            [program, "-f", "-d", str(folder), "-n", "radiusd", "-l", "stdout"],
            stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip
        try:
            server.login("nobody", "02-00-00-00-00-FF")  # It is up when it answers.
            yield server
        finally:
            process.terminate()
            process.wait(10)


def _text(kind: int, value: str) -> bytes:
    return bytes([kind, len(value) + 2]) + value.encode()
