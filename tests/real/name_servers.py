"""Name servers started by a test on loopback: one that knows example.net, and resolvers in front of it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from tests.real.needs import need

LOOPBACK = "127.0.0.1"

HOSTS = {
    "pool.example.net": "203.0.113.10",
    "xpool.example.net": "203.0.113.11",
    "deep.pool.example.net": "203.0.113.12",
    "bad.example.net": "203.0.113.13",
    "eu1.bad.example.net": "203.0.113.14",
    "any.thing.bad.example.net": "203.0.113.16",
    "deep.eu1.bad.example.net": "203.0.113.17",
    "notbad.example.net": "203.0.113.15",
    "school.example.net": "203.0.113.80",
    "moved.example.net": "198.51.100.70",
    "beside.example.net": "198.51.100.96",
    "six.example.net": "2001:db8:5::9",
    "sixbeside.example.net": "2001:db8:5::a",
}


def free_port() -> int:
    """A port of loopback that is free for TCP and UDP at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((LOOPBACK, 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return int(tcp.getsockname()[1])


def ask(port: int, name: str, *, timeout: float = 5) -> str:
    """The first address a server answers with, or the answer's code where there is none."""
    kind = "AAAA" if ":" in HOSTS.get(name, "") else "A"
    answer = dns.query.udp(dns.message.make_query(name, kind), LOOPBACK, port=port, timeout=timeout)
    if answer.rcode() == dns.rcode.NOERROR and answer.answer:
        return str(answer.answer[-1][0])
    return dns.rcode.to_text(answer.rcode())


def wait_for(port: int, name: str, wanted: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Ask until the answer is the wanted one; the server's end or the end of the time is a failure."""
    until = time.monotonic() + seconds
    met = "no answer"
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            met = ask(port, name, timeout=0.5)
        except (dns.exception.Timeout, OSError):
            met = "no answer"
        if met == wanted:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name}: {met}, not {wanted}")


@contextmanager
def running(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server in the foreground, ended by its own process id."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def named_options(folder: Path, port: int, more: str) -> str:
    """The options of a BIND that touches nothing but its folder and loopback."""
    return f"""
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {LOOPBACK}; }};
    listen-on-v6 {{ none; }};
    dnssec-validation no;
    {more}
}};
controls {{ }};
"""


@contextmanager
def authority(folder: Path) -> Iterator[int]:
    """A BIND that knows `HOSTS` and nothing else; gives its port. `folder/log` holds what it was asked."""
    need("named")
    folder.mkdir()
    port = free_port()
    records = [f"{name}. {'AAAA' if ':' in ip else 'A'} {ip}" for name, ip in HOSTS.items()]
    head = ["$TTL 5", "@ IN SOA ns hostmaster 1 60 60 60 5", "@ IN NS ns", "ns A 127.0.0.1"]
    (folder / "example.net").write_text("\n".join([*head, *records]) + "\n")
    (folder / "named.conf").write_text(
        named_options(folder, port, "recursion no; querylog yes;")
        + 'zone "example.net" { type primary; file "example.net"; };\n'
    )
    with running("named", "-g", "-n", "1", "-c", str(folder / "named.conf"), log=folder / "log") as process:
        wait_for(port, "school.example.net", HOSTS["school.example.net"], process)
        yield port
