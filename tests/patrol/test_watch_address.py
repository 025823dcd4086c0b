"""Addresses are read as they are written, and a socket that somebody else holds is left to him."""

import socket
from pathlib import Path

import pytest

from minewarden.patrol import watch_address
from minewarden.patrol.watch_address import Address, opened, parse_address
from minewarden.vocab.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://192.0.2.1:5514", Address("udp", "192.0.2.1", 5514)),
        ("tcp://[2001:db8::1]:601", Address("tcp", "2001:db8::1", 601)),
        ("udp://0.0.0.0:514", Address("udp", "0.0.0.0", 514)),
        ("unix:///run/minewarden/eve.sock", Address("unix", path=Path("/run/minewarden/eve.sock"))),
        ("unixgram:///run/e.sock", Address("unixgram", path=Path("/run/e.sock"))),
    ],
)
def test_an_address_is_read_and_said_as_it_is_written(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "514",
            "192.0.2.1:514",
            "udp://192.0.2.1",
            "udp://log.example:514",
            "udp://192.0.2.1:70000",
            "http://192.0.2.1:80",
        ),
        *(
            "unix://run/eve.sock",
            "unix://",
            "unix:///",
            "unix:///" + "x" * 120,
            "tcp://192.0.2.1:5/x",
            "udp://[192.0.2.1:5",
        ),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_address(text)
    assert refused.value.message.id == "watch.bad_listen"
    assert "udp://192.0.2.1:5514" in refused.value.said("zh")


def test_the_socket_of_a_dead_process_is_replaced_and_that_of_a_living_one_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_address, "_WAIT_S", 0.2)
    address = Address("unix", path=tmp_path / "eve.sock")
    living = opened(address)
    with pytest.raises(UsageError) as refused:
        opened(address)
    assert refused.value.message.id == "watch.cannot_listen"
    living.close()
    opened(address).close()


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    path = tmp_path / "eve.sock"
    path.write_text("mine")
    with pytest.raises(UsageError):
        opened(Address("unixgram", path=path))
    assert path.read_text() == "mine"


def test_a_port_that_another_holds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_address, "_WAIT_S", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(UsageError) as refused:
            opened(Address("udp", "127.0.0.1", held.getsockname()[1]))
    assert str(held) != refused.value.message.params["address"]
    assert refused.value.message.params["address"].startswith("udp://127.0.0.1:")


def test_strangers_on_this_machine_may_not_write_to_a_local_socket(tmp_path: Path) -> None:
    opened(Address("unix", path=tmp_path / "eve.sock")).close()
    assert (tmp_path / "eve.sock").stat().st_mode & 0o7777 == 0o660


def test_much_is_asked_of_the_system_for_datagrams() -> None:
    with opened(Address("udp", "127.0.0.1", 0)) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= 2 * 65536
        assert not made.getblocking()
