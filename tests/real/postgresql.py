"""A PostgreSQL server started by a test on loopback, in a folder of its own, and stopped by its own process id."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.real.needs import missing

LOOPBACK = "127.0.0.1"
# A locale as a Chinese office has it: what relies on the order of bytes must show.
_LOCALE = ("--locale-provider=icu", "--icu-locale=zh-Hans-CN", "--locale=C.UTF-8", "--encoding=UTF8")
# Quick and small; a test's server survives no power failure and serves a handful of connections.
_SETTINGS = {
    "listen_addresses": LOOPBACK, "max_connections": "24", "shared_buffers": "16MB", "fsync": "off",
    "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "deadlock_timeout": "500ms",
    "lock_timeout": "20s", "statement_timeout": "30s",
}  # fmt: skip

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# What it is told of itself when nobody set anything else.
_AS_INSTALLED = {"listen_addresses": LOOPBACK}


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server listens; `desk` owns the databases and is no superuser, `postgres` is the machine's master."""

    port: int
    secret: str

    def url(self, database: str, user: str = "desk") -> str:
        """The address as the desk's setting takes it."""
        return f"postgres://{user}:{self.secret}@{LOOPBACK}:{self.port}/{database}"

    def connect(self, database: str, user: str = "desk") -> "psycopg.Connection[Any]":
        """A connection in which every statement stands for itself."""
        return psycopg.connect(self.url(database, user), autocommit=True, connect_timeout=5)

    def create(self, database: str, template: str = "template1") -> None:
        """Make a database that belongs to `desk`: an empty one, or the copy of another that nobody is connected to."""
        with self.connect("postgres", "postgres") as master:
            master.execute(f"CREATE DATABASE {database} OWNER desk TEMPLATE {template}".encode())

    def drop(self, database: str) -> None:
        """Remove a database with whoever is still connected to it."""
        with self.connect("postgres", "postgres") as master:
            master.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


def programs() -> Path:
    """The folder of the newest installed server's programs."""

    def version(folder: Path) -> float:
        return float(folder.parent.name) if folder.parent.name.replace(".", "", 1).isdigit() else 0.0

    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    if found := shutil.which("postgres"):
        places.insert(0, Path(found).resolve().parent)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    missing("PostgreSQL server (initdb, postgres)")
    raise AssertionError


@contextmanager
def serving(*, durable: bool = False, as_installed: bool = False, folder: Path | None = None) -> Iterator[Server]:
    """A server with the role `desk`, gone with all its data at the end.

    durable: what was committed is on the disk, as on a real server; for measurements of what waits for the disk.
    as_installed: with the settings that a server comes with, durable and autovacuum among them; for measurements of
    what a desk costs there.
    folder: where its data stays, and is served from again the next time.
    """
    bin_folder = programs()
    settings = _AS_INSTALLED if as_installed else _SETTINGS | (_DURABLE if durable else {})
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with _running(bin_folder, folder, settings) as server:
            yield server
        return
    # Not below pytest's folder: that is closed to the account which the server runs under.
    folder = Path(tempfile.mkdtemp(prefix="mw-pg-"))
    try:
        with _running(bin_folder, folder, settings) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(bin_folder: Path, folder: Path, chosen: dict[str, str]) -> Iterator[Server]:
    words, data = folder / "secret", folder / "data"
    fresh = not (data / "PG_VERSION").exists()
    if fresh:
        words.write_text(secrets.token_hex(12), encoding="ascii")
        words.chmod(0o600)
    server = Server(_free_port(), words.read_text(encoding="ascii"))
    account: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        account |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
        for path in (folder, words):
            shutil.chown(path, "nobody", "nogroup")
    if fresh:
        make = [str(bin_folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"]
        make += ["--pwfile", str(words), "--no-sync", *_LOCALE]
        subprocess.run(make, **account, check=True, capture_output=True, timeout=60)
    settings = chosen | {"port": str(server.port), "unix_socket_directories": str(folder)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    said = folder / "said"
    with said.open("wb") as log:
        process = subprocess.Popen([bin_folder / "postgres", "-D", data, *options], **account, stdout=log, stderr=log)
    try:
        _wait(server, process, said)
        with server.connect("postgres", "postgres") as master:
            if not master.execute("SELECT 1 FROM pg_roles WHERE rolname = 'desk'").fetchone():
                master.execute(f"CREATE ROLE desk LOGIN PASSWORD '{server.secret}'".encode())
        yield server
    finally:
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(server: Server, process: "subprocess.Popen[bytes]", said: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            server.connect("postgres", "postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(said.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
