"""What is sent to an access server and what its answers, its silence and accounting make of it."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from minewarden.enforce.publish.radius import CAUSES, Manner, RadiusPublisher, Refused, Server, Silent, station_id
from minewarden.enforce.publisher import PublishError
from minewarden.enforce.radius import Kind, number, text
from minewarden.enforce.sessions import Session
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import Endpoint
from tests.enforce.rules import NOW, SOON
from tests.enforce.test_radius import SECRET, answered

Reply = Callable[[bytes, int], bytes | None]
QUICK = {"tries": 3, "wait": 0.1}


def ack(packet: bytes, _: int) -> bytes:
    return answered(packet[0] + 1, asked=packet)


def nak(cause: int) -> Reply:
    return lambda packet, _: answered(packet[0] + 2, number(Kind.ERROR_CAUSE, cause), asked=packet)


@contextmanager
def nas(reply: Reply) -> Iterator[tuple[Server, list[bytes]]]:
    """An access server that answers as it is told to; `reply` gets the packet and how many came before it."""
    seen: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    packet, place = link.recvfrom(4096)
                except TimeoutError:
                    continue
                given = reply(packet, len(seen))
                seen.append(packet)
                if given is not None:
                    link.sendto(given, place)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Server(Endpoint("127.0.0.1", link.getsockname()[1]), SECRET), seen
        finally:
            ended.set()
            thread.join()


class Accounting:
    """Who is on, as the test has it."""

    def __init__(self, *sessions: Session) -> None:
        self.on = {one.key: one for one in sessions}
        self.ended: set[str] = set()

    def wanted(self, rules, now: datetime) -> list[Session]:
        named = {rule.value for rule in rules if rule.expires_at > now}
        return [one for one in self.on.values() if one.login in named]

    def heard(self, keys) -> dict:
        return {
            (nas_, session): (key in self.ended, self.on[key].seen)
            for nas_, session in keys
            if (key := f"{session}@{nas_}") in self.on
        }


def session(name: str = "S1", login: str = "zhangz", *, seen: datetime = NOW, **more: str) -> Session:
    return Session(
        **{
            "nas": "192.0.2.1",
            "session": name,
            "login": login,
            "ip": "10.12.9.14",
            "mac": "02:00:00:00:00:0a",
            "seen": seen,
        }
        | more
    )  # type: ignore[arg-type]


def account(login: str = "zhangz") -> BlockRule:
    return BlockRule(Target.ACCOUNT, login, SOON, "r")


def publisher(folder: Path, server: Server, accounting: Accounting, **manner) -> RadiusPublisher:
    return RadiusPublisher(
        "access", {"*": server}, accounting.wanted, accounting.heard, folder / "s.json", Manner(**(QUICK | manner))
    )


def values(packet: bytes) -> dict[int, bytes]:
    found, at = {}, 20
    while at < len(packet):
        found[packet[at]] = packet[at + 2 : at + packet[at + 1]]
        at += packet[at + 1]
    return found


def test_the_session_is_named_by_all_that_accounting_told(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session(), session("S2", "lisi")))
        assert device.wanted([account()], now=NOW) == {"off S1@192.0.2.1"}
        device.push([account()], now=NOW)
        assert device.held() == {"off S1@192.0.2.1"}
        device.push([account()], now=NOW)
    (packet,) = seen
    told = values(packet)
    assert packet[0] == 40
    assert (told[1], told[44], told[31]) == (b"zhangz", b"S1", b"02-00-00-00-00-0A")
    assert (told[4], told[8]) == (socket.inet_aton("192.0.2.1"), socket.inet_aton("10.12.9.14"))
    assert abs(struct.unpack("!I", told[55])[0] - time.time()) < 60
    assert packet[20] == Kind.MESSAGE_AUTHENTICATOR, "it stands first"


def test_a_server_known_by_name_only_and_a_device_that_is_not_known(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        device = publisher(
            tmp_path, server, Accounting(session(nas="sw-lib", mac="", ip="2001:db8::9")), station_form=""
        )
        device.push([account()], now=NOW)
    told = values(seen[0])
    assert (told[32], 4 in told, 31 in told, len(told[168])) == (b"sw-lib", False, False, 16)


def test_a_server_that_does_not_stand_in_the_file_gets_nothing(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session()))
        device.servers = {"192.0.2.9": server}
        with pytest.raises(Silent) as told:
            device.push([account()], now=NOW)
    assert told.value.message.id == "radius.no_server"
    assert seen == []


def test_what_is_lost_is_sent_again_octet_by_octet(tmp_path: Path) -> None:
    with nas(lambda packet, before: ack(packet, 0) if before == 2 else None) as (server, seen):
        publisher(tmp_path, server, Accounting(session())).push([account()], now=NOW)
    assert len(seen) == 3
    assert len(set(seen)) == 1


@pytest.mark.parametrize(
    ("reply", "id_"),
    [
        (lambda p, _: None, "radius.silent"), (lambda p, _: b"noise", "radius.silent"),
        (lambda p, _: answered(41, asked=p, secret=b"x"), "radius.forged"),
    ],
)  # fmt: skip
def test_silence_and_forgery_are_told_apart(tmp_path: Path, reply: Reply, id_: str) -> None:
    with nas(reply) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session()))
        with pytest.raises(Silent) as told:
            device.push([account()], now=NOW)
    assert told.value.message.id == id_
    assert len(seen) == 3
    assert device.held() == frozenset()


def test_a_forged_answer_does_not_drown_the_true_one(tmp_path: Path) -> None:
    with nas(lambda p, n: answered(41, asked=p, secret=b"x") if n == 0 else ack(p, n)) as (server, _):
        device = publisher(tmp_path, server, Accounting(session()))
        device.push([account()], now=NOW)
        assert device.held()


def test_a_port_where_nobody_listens_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        server = Server(Endpoint("127.0.0.1", probe.getsockname()[1]), SECRET)
    with pytest.raises(Silent) as told:
        publisher(tmp_path, server, Accounting(session())).push([account()], now=NOW)
    assert told.value.message.id == "radius.unreachable"


@pytest.mark.parametrize("cause", [*sorted(CAUSES - {503}), 999])
def test_every_refusal_has_a_sentence(tmp_path: Path, cause: int) -> None:
    with nas(nak(cause)) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session(), session("S2", "lisi")))
        with pytest.raises(Refused) as told:
            device.push([account(), account("lisi")], now=NOW)
    assert len(seen) == 2, "the others are tried all the same"
    assert str(cause) in told.value.said("zh")
    assert told.value.said("zh") != told.value.said("en")


def test_a_session_that_the_server_does_not_have_is_over(tmp_path: Path) -> None:
    with nas(nak(503)) as (server, _):
        device = publisher(tmp_path, server, Accounting(session()))
        device.push([account()], now=NOW)
        assert device.held() == {"off S1@192.0.2.1"}


def test_a_session_of_which_more_comes_was_not_ended(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        accounting = Accounting(session())
        device = publisher(tmp_path, server, accounting)
        device.push([account()], now=NOW)
        accounting.on["S1@192.0.2.1"] = session(seen=NOW + timedelta(seconds=59))
        assert device.held(), "that was on its way"
        accounting.on["S1@192.0.2.1"] = session(seen=NOW + timedelta(minutes=10))
        assert device.held() == frozenset()
        assert device.wanted([account()], now=NOW) == {"off S1@192.0.2.1"}
        device.push([account()], now=NOW + timedelta(minutes=11))
        assert device.held()
    assert len(seen) == 2


@pytest.mark.parametrize("how", ["ended", "forgotten"])
def test_a_session_that_accounting_ended_is_held_no_more(tmp_path: Path, how: str) -> None:
    with nas(ack) as (server, _):
        accounting = Accounting(session())
        device = publisher(tmp_path, server, accounting)
        device.push([account()], now=NOW)
        if how == "ended":
            accounting.ended.add("S1@192.0.2.1")
        else:
            accounting.on.clear()
        assert device.held() == frozenset()


COA = {"act": "coa", "aside": (text(11, "aside"),), "normal": (text(11, "normal"),)}


def test_set_aside_and_let_back_and_back_again(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session()), **COA)
        before = device.keep()
        device.push([account()], now=NOW)
        assert device.held() == {"aside S1@192.0.2.1"}
        after = device.keep()
        device.restore(before)
        assert device.held() == frozenset()
        device.restore(after)
        assert device.held() == {"aside S1@192.0.2.1"}
        device.push([], now=NOW)
    assert [(packet[0], values(packet)[11]) for packet in seen] == [
        (43, b"aside"), (43, b"normal"), (43, b"aside"), (43, b"normal"),
    ]  # fmt: skip


def test_what_cannot_be_let_back_stays_told(tmp_path: Path) -> None:
    refuse = False
    with nas(lambda p, n: nak(504)(p, n) if refuse else ack(p, n)) as (server, _):
        device = publisher(tmp_path, server, Accounting(session()), **COA)
        before = device.keep()
        device.push([account()], now=NOW)
        refuse = True
        for act in (lambda: device.push([], now=NOW), lambda: device.restore(before)):
            with pytest.raises(Refused):
                act()
            assert device.held() == {"aside S1@192.0.2.1"}


def test_what_was_ended_stays_ended_when_it_is_brought_back(tmp_path: Path) -> None:
    with nas(ack) as (server, seen):
        device = publisher(tmp_path, server, Accounting(session()))
        before = device.keep()
        device.push([account()], now=NOW)
        device.restore(before)
        assert device.held() == {"off S1@192.0.2.1"}
        device.push([], now=NOW)
        assert device.held() == frozenset()
    assert len(seen) == 1


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": "other", "sessions": {}}', '{"schema": "minewarden/radius-state/1"}']
)
def test_a_broken_state_is_a_device_that_does_not_answer(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    with nas(ack) as (server, _), pytest.raises(PublishError):
        publisher(tmp_path, server, Accounting()).held()


def test_the_state_is_for_its_owner_alone_and_no_secret_is_shown(tmp_path: Path) -> None:
    with nas(ack) as (server, _):
        publisher(tmp_path, server, Accounting(session())).push([account()], now=NOW)
    assert (tmp_path / "s.json").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "s.json").read_text())["sessions"]["off S1@192.0.2.1"]["login"] == "zhangz"
    assert SECRET.decode() not in repr(server) + (tmp_path / "s.json").read_text()


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("AA-BB-CC-DD-EE-FF", "02-AB-00-00-00-0A"), ("aa:bb:cc:dd:ee:ff", "02:ab:00:00:00:0a"),
        ("aabb-ccdd-eeff", "02ab-0000-000a"), ("aabb.ccdd.eeff", "02ab.0000.000a"), ("AABBCCDDEEFF", "02AB0000000A"),
    ],
)  # fmt: skip
def test_a_device_s_address_as_its_server_writes_it(form: str, written: str) -> None:
    assert station_id("02:ab:00:00:00:0a", form) == written
