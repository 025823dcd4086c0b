"""What is sent to a socket stands in the spool, each message once; what cannot be kept is counted."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.patrol import watch_listen
from minewarden.patrol.watch_address import Address, opened
from minewarden.patrol.watch_listen import Ear, Listener
from minewarden.patrol.watch_spool import Spool, files_of

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
NAMED = b"<134>Nov 24 09:00:00 gw named[1]: query %d"


class Stand:
    """A listener in the test's own process, on loopback and in the test's folder."""

    def __init__(self, folder: Path, made: ExitStack) -> None:
        self.folder, self._made = folder / "spool", made
        self.room: Callable[[], bool] = lambda: True
        addresses = [Address(kind, "127.0.0.1", 0) for kind in ("udp", "tcp")]
        addresses += [Address(kind, path=folder / f"{kind}.sock") for kind in ("unix", "unixgram")]
        self.sockets = {each.kind: made.enter_context(opened(each)) for each in addresses}
        ears = [Ear(each.kind, each.label, self.sockets[each.kind]) for each in addresses]
        self.spool = Spool(self.folder)
        take = self.spool.append
        self.spool.append = lambda *given: take(*given) if self.room() else 0  # type: ignore[method-assign]
        self.listener = Listener(ears, self.spool, lambda: NOW)
        made.callback(lambda: [talk.socket.close() for talk in self.listener._talks])

    def to(self, kind: str) -> socket.socket:
        heard = self.sockets[kind]
        made = self._made.enter_context(socket.socket(heard.family, heard.type))
        made.settimeout(5)
        made.connect(heard.getsockname())
        return made

    def turn(self, times: int = 20) -> None:
        for _ in range(times):
            self.listener.turn(0.01)

    def kept(self) -> dict[str, bytes]:
        return {str(path.parent.relative_to(self.folder)): path.read_bytes() for path in sorted(files_of(self.folder))}


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with ExitStack() as made:
        yield Stand(tmp_path, made)


def test_datagrams_are_filed_by_who_sends_and_who_says_them(stand: Stand) -> None:
    sender = stand.to("udp")
    for number in range(3):
        sender.send(NAMED % number)
    sender.send(b"<30>1 2026-11-24T09:00:00Z gw dhcpd 7 - - DHCPACK\n\0")
    sender.send(b'{"event_type":"dns"}')
    sender.send(b"hello")
    sender.send(b"")
    stand.turn()
    assert stand.kept() == {
        "syslog/127.0.0.1/named": b"".join(NAMED % number + b"\n" for number in range(3)),
        "syslog/127.0.0.1/dhcpd": b"<30>1 2026-11-24T09:00:00Z gw dhcpd 7 - - DHCPACK\n",
        "eve/127.0.0.1": b'{"event_type":"dns"}\n',
        "syslog/127.0.0.1/other": b"hello\n",
    }
    assert stand.listener.settle() == {}


def test_streams_are_parted_however_they_are_framed_and_cut(stand: Stand) -> None:
    counted, lines = stand.to("tcp"), stand.to("tcp")
    body = NAMED % 1
    framed = b"%d %s" % (len(body), body) + b"%d %s" % (len(body) + 5, body + b"\nmore")
    for place in range(0, len(framed), 7):
        counted.send(framed[place : place + 7])
        stand.turn(2)
    lines.send(NAMED % 2 + b"\n" + NAMED % 3)
    stand.turn()
    assert stand.kept()["syslog/127.0.0.1/named"] == body + b"\n" + body + b"#012more\n" + NAMED % 2 + b"\n"
    lines.close()
    stand.turn()
    assert stand.kept()["syslog/127.0.0.1/named"].endswith(NAMED % 3 + b"\n"), (
        "the last had no end but that of its stream"
    )


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
def test_events_come_through_a_local_socket_byte_by_byte_the_same(stand: Stand, kind: str) -> None:
    events = [b'{"event_type":"dns","n":%d,"x":"%s"}\n' % (number, b"y" * (number % 90)) for number in range(2000)]
    sensor = stand.to(kind)
    if kind == "unix":
        stream = b"".join(events)
        for place in range(0, len(stream), 5000):
            sensor.send(stream[place : place + 5000])
            stand.turn(1)
    else:
        for event in events:
            sensor.send(event.rstrip(b"\n"))
            stand.turn(1)
    stand.turn()
    assert stand.kept() == {f"eve/{kind}": b"".join(events)}


def test_a_line_without_end_takes_no_memory_and_is_counted(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_listen, "LINE_BYTES", 1000)
    monkeypatch.setattr(watch_listen, "MESSAGE_BYTES", 50)
    sensor = stand.to("unix")
    for part in (b'{"a":1}\n', b'{"b":"' + b"x" * 3000, b"x" * 3000, b'x"}\n{"c":3}\n'):
        sensor.send(part)
        stand.turn(3)
        assert all(len(talk.held) <= 1000 for talk in stand.listener._talks)
    first, cut, last = stand.kept()["eve/unix"].splitlines()
    assert (first, len(cut), last) == (b'{"a":1}', 50, b'{"c":3}')
    stand.to("udp").send(b"<13>" + b"y" * 100)
    stand.turn()
    assert stand.listener.settle() == {"long": 2}


def test_a_full_disk_makes_streams_wait_and_loses_no_message_of_them(stand: Stand) -> None:
    stand.room = lambda: False
    sensor, device = stand.to("unix"), stand.to("udp")
    sensor.settimeout(0.05)
    sent = 0
    event = b'{"event_type":"dns","x":"%s"}\n' % (b"y" * 900)
    with suppress(BlockingIOError, TimeoutError):
        while sent < 5000:
            sensor.sendall(event)
            sent += 1
            stand.turn(1)
    assert sent < 5000, "the sender has to wait"
    for number in range(5):
        device.send(NAMED % number)
    stand.turn()
    assert stand.listener.settle() == {"full": 5}, "datagrams cannot wait; they are counted"
    stand.room = lambda: True
    stand.turn()
    kept = stand.kept()["eve/unix"]
    assert kept.startswith(event * sent)
    assert kept.count(b"\n") == sent
    assert stand.listener.settle() == {}


def test_messages_missing_by_their_senders_count_are_counted_and_late_ones_are_not(stand: Stand) -> None:
    sender = stand.to("udp")
    for number in (1, 2, 5, 4, 6, 10, 1):
        sender.send(b'<13>1 - gw x - - [meta sequenceId="%d"] t' % number)
    stand.turn()
    assert stand.listener.settle() == {"gap": 1 + 3 - 1}


def test_no_more_connections_than_that(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_listen, "MOST_CONNECTIONS", 3)
    for _ in range(5):
        stand.to("tcp")
        stand.turn(2)
    assert len(stand.listener._talks) == 3
    assert stand.listener.settle() == {"connections": 2}


def test_when_it_ends_it_keeps_what_has_come(stand: Stand) -> None:
    device, sensor = stand.to("udp"), stand.to("unix")
    for number in range(50):
        device.send(NAMED % number)
    sensor.send(b'{"a":1}\n{"torn":')
    stand.listener.close()
    assert stand.kept()["syslog/127.0.0.1/named"].count(b"\n") == 50
    assert stand.kept()["eve/unix"] == b'{"a":1}\n{"torn":\n'
    assert (stand.folder / "SHA256SUMS").read_text().count("\n") == 2
