"""Days on which something goes wrong, as whoever types the commands meets them: nothing is lost, nothing stays half
done unnoticed, and what is said names the device, the person or the clock."""

import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import dns.rrset
import pytest

from minewarden.enforce.book import Book
from minewarden.vocab.words import DISPLAY_ZONE
from tests.cli.test_block_apply import Desk
from tests.enforce.made_orders import POOL, order

SECRET = "bG9vcGJhY2stb25seS1sb29wYmFjay1vbmx5ISE="


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def with_resolver(desk: Desk, port: int) -> None:
    """A name server beside the lists."""
    (desk.folder / "key").write_text(SECRET)
    (desk.folder / "devices.toml").write_text(
        '[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n[device.resolver]\nkind = "bind"\n'
        f'server = "127.0.0.1"\nkey_name = "mw"\nkey_file = "key"\nport = {port}\n'
    )


@pytest.fixture
def half_a_list() -> Iterator[int]:
    """A name server that begins to transfer its zone, and hangs up in the middle of it."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    link, _ = door.accept()
                except TimeoutError:
                    continue
                with link:
                    size = struct.unpack("!H", link.recv(2))[0]
                    answer = dns.message.make_response(dns.message.from_wire(link.recv(size), keyring=False))
                    soa = "localhost. hostmaster.localhost. 1 300 60 604800 60"
                    answer.answer.append(dns.rrset.from_text("minewarden.rpz.", 60, "IN", "SOA", soa))
                    for number in range(40):
                        name = f"p{number}.example.net.minewarden.rpz."
                        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", "."))
                    wire = answer.to_wire()
                    link.sendall(struct.pack("!H", len(wire)) + wire[: len(wire) // 2])

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(door.getsockname()[1])
        over.set()
        thread.join()


def test_a_server_that_answers_half_a_list(desk: Desk, half_a_list: int, capsys: pytest.CaptureFixture[str]) -> None:
    with_resolver(desk, half_a_list)
    assert desk.plan() == 1
    assert "无应答" in capsys.readouterr().out
    assert desk.apply() == 1
    assert "resolver" in capsys.readouterr().err
    assert not (desk.folder / "lists").exists(), "the device that answers was not touched either"
    assert Book(desk.folder / "book").unfinished() == []


def test_a_device_that_is_down(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with_resolver(desk, port)
    assert desk.plan() == 1
    assert desk.apply() == 1
    assert "未下发到任何设备" in capsys.readouterr().err
    assert not (desk.folder / "lists").exists()


def test_a_device_that_went_down_after_it_was_given_its_rules_keeps_nobody_else_blocked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk.folder / "devices.toml").write_text(
        '[device.lists]\nkind = "folder"\nform = "edl"\nfolder = "lists"\n'
        '[device.zone]\nkind = "folder"\nform = "rpz"\nfolder = "zone"\n'
    )
    assert (desk.plan(), desk.apply()) == (0, 0)
    (desk.folder / "zone" / "minewarden.rpz").unlink()
    (desk.folder / "zone" / "minewarden.rpz").mkdir()  # It cannot be read any more.
    assert desk.run("verify") == 1
    assert "zone：无应答" in capsys.readouterr().out
    assert desk.run("lift", POOL, "--reason", "误封") == 1
    assert POOL not in desk.names()


@pytest.mark.parametrize("step", ["apply", "lift", "recover"])
def test_a_clock_that_went_back(desk: Desk, capsys: pytest.CaptureFixture[str], step: str) -> None:
    assert (desk.plan(), desk.apply()) == (0, 0)
    later = datetime.now(UTC) + timedelta(hours=2)
    Book(desk.folder / "book").append("receipt", by="甲", now=later, device="lists", receipt={})
    desk.orders(order("other.example.net", now=datetime.now(UTC)))
    desk.plan()
    before = (desk.folder / "book" / "journal.jsonl").read_bytes()
    more = {"lift": [POOL, "--reason", "误封"]}.get(step, [])
    code = desk.apply() if step == "apply" else desk.run(step, *more)
    assert code == 1
    assert "时钟可能被调回" in capsys.readouterr().err
    assert desk.names() == f"{POOL}\n"
    assert (desk.folder / "book" / "journal.jsonl").read_bytes() == before


def test_two_people_apply_at_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.plan() == 0
    with Book(desk.folder / "book").held(by="乙", now=datetime.now(UTC)):
        assert desk.apply() == 1
        assert f"乙 正在下发（{datetime.now(DISPLAY_ZONE):%Y-%m-%d}" in capsys.readouterr().err
        assert not (desk.folder / "lists").exists()
    assert desk.apply() == 0
    assert desk.apply() == 1, "the same plan a second time was overtaken by the first"


def test_the_power_is_cut_between_the_plan_and_the_receipt(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert (desk.plan(), desk.apply()) == (0, 0)
    desk.orders(order("other.example.net", now=datetime.now(UTC)))
    plain = (desk.folder / "devices.toml").read_text()
    # The device is written, and before it is asked what it holds the program is gone.
    deadly = desk.folder / "deadly.toml"
    deadly.write_text(plain + 'reload = ["sh", "-c", "kill -9 $PPID"]\n')
    assert desk.plan() == 0
    command = [sys.executable, "-m", "minewarden", "block", "apply", str(desk.folder / "p.json")]
    command += ["--devices", str(deadly), "--book", str(desk.folder / "book"), "--by", "甲"]
    cut = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert cut.returncode == -9
    assert "other.example.net" in desk.names(), "it was half done"
    capsys.readouterr()
    assert desk.run("verify") == 1
    said = capsys.readouterr()
    assert "中断的下发" in said.err
    assert "不一致" in said.out
    desk.plan()
    assert desk.apply() == 1, "nothing else is applied over it"
    assert "recover" in capsys.readouterr().err
    assert desk.run("recover") == 0
    assert desk.names() == f"{POOL}\n"
    assert desk.run("verify") == 0
    journal = [json.loads(line) for line in (desk.folder / "book" / "journal.jsonl").read_text().splitlines()]
    assert [entry["act"] for entry in journal if entry["act"] != "receipt"] == ["begin", "done", "begin", "rolled-back"]
