"""The sockets outlive their listening process, which ends with the watch; what it loses is said."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from minewarden.patrol.watch_address import Address
from minewarden.patrol.watch_receiver import LOSSES, Receiver
from minewarden.patrol.watch_spool import files_of
from minewarden.vocab.errors import UsageError
from minewarden.vocab.message import message
from minewarden.vocab.words import render


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


def lines(folder: Path) -> list[bytes]:
    return sorted(line for path in files_of(folder) for line in path.read_bytes().splitlines())


def test_it_listens_and_a_killed_listener_is_replaced_without_a_message_lost(tmp_path: Path) -> None:
    receiver = Receiver([Address("udp", "127.0.0.1", 0)], tmp_path / "spool")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.connect(receiver.addresses[0])
            device.send(b"<13>x: before")
            wait(lambda: lines(receiver.folder) == [b"<13>x: before"])
            os.kill(receiver._process.pid, signal.SIGKILL)
            receiver._process.wait()
            device.send(b"<13>x: between")
            (said,) = receiver.settle()
            assert said.message.id == "watch.listener_ended"
            assert receiver.settle() == []
            wait(lambda: lines(receiver.folder) == [b"<13>x: before", b"<13>x: between"])
    finally:
        receiver.close()


def test_what_has_come_when_it_is_closed_is_kept_and_its_socket_is_gone(tmp_path: Path) -> None:
    receiver = Receiver([Address("unix", path=tmp_path / "eve.sock")], tmp_path / "spool")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sensor:
        sensor.connect(str(tmp_path / "eve.sock"))
        sensor.sendall(b'{"a":1}\n' * 1000)
        receiver.close()
    assert lines(receiver.folder) == [b'{"a":1}'] * 1000
    assert not (tmp_path / "eve.sock").exists()


def test_it_ends_with_a_watch_that_was_killed_and_the_next_can_begin(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from minewarden.patrol.watch_address import Address;"
        "from minewarden.patrol.watch_receiver import Receiver;"
        "r = Receiver([Address('udp', '127.0.0.1', 0), Address('unix', path=Path(sys.argv[1]) / 'eve.sock')],"
        " Path(sys.argv[1]) / 'spool'); print(r.addresses[0][1], flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        process.kill()
    receiver = Receiver(
        [Address("udp", "127.0.0.1", port), Address("unix", path=tmp_path / "eve.sock")], tmp_path / "spool"
    )
    receiver.close()


def test_an_address_that_cannot_be_had_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "held").write_text("")
    for addresses, spool in (
        (
            [Address("unix", path=tmp_path / "a.sock"), Address("unix", path=tmp_path / "none" / "b.sock")],
            tmp_path / "s",
        ),
        ([Address("unix", path=tmp_path / "a.sock")], tmp_path / "held"),
    ):
        with pytest.raises(UsageError) as refused:
            Receiver(addresses, spool)
        assert refused.value.message.id in ("watch.cannot_listen", "watch.cannot_spool")
        assert not (tmp_path / "a.sock").exists()


@pytest.mark.parametrize("reason", LOSSES)
def test_each_loss_has_its_sentence_with_what_to_do(reason: str) -> None:
    assert "7" in render(message(f"watch.lost_{reason}", count=7), "zh")
    assert "7" in render(message(f"watch.lost_{reason}", count=7), "en")
