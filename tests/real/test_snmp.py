"""Tables asked of a real SNMP agent on loopback (snmpsim plays a switch), by v2c and v3, and traced with."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from minewarden.cli.main import main
from tests.real.needs import need

SWITCH = """\
1.3.6.1.2.1.1.5.0|4|SW-3F-02
1.3.6.1.2.1.4.22.1.2.9.10.12.9.14|4x|02000000000a
1.3.6.1.2.1.4.22.1.2.9.10.12.9.15|4x|02000000000b
1.3.6.1.2.1.4.22.1.4.9.10.12.9.14|2|3
1.3.6.1.2.1.4.22.1.4.9.10.12.9.15|2|2
1.3.6.1.2.1.17.1.4.1.2.17|2|117
1.3.6.1.2.1.17.1.4.1.2.18|2|118
1.3.6.1.2.1.17.7.1.2.2.1.2.12.2.0.0.0.0.10|2|17
1.3.6.1.2.1.17.7.1.2.2.1.2.12.2.0.0.0.0.11|2|18
1.3.6.1.2.1.17.7.1.2.2.1.2.12.2.0.0.0.0.255|2|17
1.3.6.1.2.1.17.7.1.2.2.1.3.12.2.0.0.0.0.10|2|3
1.3.6.1.2.1.17.7.1.2.2.1.3.12.2.0.0.0.0.11|2|3
1.3.6.1.2.1.17.7.1.2.2.1.3.12.2.0.0.0.0.255|2|4
1.3.6.1.2.1.31.1.1.1.1.9|4|Vlan9
1.3.6.1.2.1.31.1.1.1.1.117|4|GE1/0/17
1.3.6.1.2.1.31.1.1.1.1.118|4|GE1/0/18
"""
BRIDGE = """\
1.3.6.1.2.1.1.5.0|4|SW-OLD
1.3.6.1.2.1.2.2.1.2.3|4|Port 3
1.3.6.1.2.1.17.1.4.1.2.3|2|3
1.3.6.1.2.1.17.4.3.1.2.2.0.0.0.0.10|2|3
1.3.6.1.2.1.17.4.3.1.3.2.0.0.0.0.10|2|3
1.3.6.1.2.1.17.7.1.2.2.1.2.1.2.0.0.0.0.255|2|3
1.3.6.1.2.1.17.7.1.2.2.1.3.1.2.0.0.0.0.255|2|4
"""


@pytest.fixture(scope="module")
def agent() -> Iterator[int]:
    need("snmpsimd")
    # The agent runs as nobody, whom pytest's own folders do not let in.
    with tempfile.TemporaryDirectory(prefix="minewarden-snmp-") as made:
        yield from _running(Path(made))


def _running(folder: Path) -> Iterator[int]:
    (folder / "campus.snmprec").write_text(SWITCH)
    (folder / "old.snmprec").write_text(BRIDGE)
    folder.chmod(0o777)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "snmpsimd", f"--data-dir={folder}", f"--cache-dir={folder / 'cache'}",
        "--v3-user=reader", "--v3-auth-key=authsecret", "--v3-auth-proto=SHA",
        "--v3-priv-key=privsecret", "--v3-priv-proto=AES", f"--agent-udpv4-endpoint=127.0.0.1:{port}",
    ]  # fmt: skip
    if os.geteuid() == 0:
        command += ["--process-user=nobody", "--process-group=nogroup"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(100):
            if "Listening" in (folder / "log").read_text() or process.poll() is not None:
                break
            time.sleep(0.1)
        assert process.poll() is None, (folder / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(10)


def asked(tmp_path: Path, port: int, *login: str) -> list[str]:
    out = tmp_path / "switches.csv"
    assert main(["switches", "127.0.0.1", "--timeout", "1", "--port", str(port), "--out", str(out), *login]) == 0
    header, *rows = out.read_text(encoding="utf-8").splitlines()
    assert header == "switch,time,ip,mac,vlan,port"
    return [",".join(cell for number, cell in enumerate(row.split(",")) if number != 1) for row in rows]


def secret(tmp_path: Path, name: str, text: str) -> str:
    path = tmp_path / name
    path.write_text(text + "\n")
    return str(path)


WHOLE = [
    "SW-3F-02,,02:00:00:00:00:0a,12,GE1/0/17",
    "SW-3F-02,,02:00:00:00:00:0b,12,GE1/0/18",
    "SW-3F-02,10.12.9.14,02:00:00:00:00:0a,,Vlan9",
]


@pytest.mark.real
def test_a_switch_with_vlans_tells_both_tables(agent: int, tmp_path: Path) -> None:
    assert asked(tmp_path, agent, "--community-file", secret(tmp_path, "c", "campus")) == WHOLE


@pytest.mark.real
def test_version_3_with_authentication_and_privacy(agent: int, tmp_path: Path) -> None:
    secrets = [secret(tmp_path, name, text) for name, text in (("a", "authsecret"), ("p", "privsecret"))]
    login = ["--user", "reader", "--auth-file", secrets[0], "--privacy-file", secrets[1], "--context", "campus"]
    assert asked(tmp_path, agent, *login) == WHOLE


@pytest.mark.real
def test_an_old_bridge_tells_its_table_without_vlans(agent: int, tmp_path: Path) -> None:
    rows = asked(tmp_path, agent, "--community-file", secret(tmp_path, "c", "old"))
    assert rows == ["SW-OLD,,02:00:00:00:00:0a,,Port 3"]


@pytest.mark.real
def test_a_wrong_community_is_said_and_nothing_is_invented(
    agent: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none.csv"
    given = ["--community-file", secret(tmp_path, "c", "guess"), "--out", str(out)]
    assert main(["switches", "127.0.0.1", "--timeout", "1", "--port", str(agent), *given]) == 1
    assert "127.0.0.1" in capsys.readouterr().err
    assert out.read_text().splitlines() == ["switch,time,ip,mac,vlan,port"]


@pytest.mark.real
def test_what_was_asked_traces_an_address_that_nobody_leased(
    agent: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(tmp_path, agent, "--community-file", secret(tmp_path, "c", "campus"))
    when = (tmp_path / "switches.csv").read_text().splitlines()[1].split(",")[1]
    assert main(["trace", str(tmp_path / "switches.csv"), "--at", when, "--public", "10.12.9.14"]) in (0, 1)
    said = capsys.readouterr().out
    assert "02:00:00:00:00:0a" in said
    assert "GE1/0/17" in said
