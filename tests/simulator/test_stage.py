"""The stage: real sockets on loopback, a virtual clock, and exact counts."""

import socket
from collections import Counter
from datetime import UTC, datetime
from time import monotonic

import pytest

from minewarden.simulator.dialogues import DIALOGUES
from minewarden.simulator.framing import HttpAnswers, HttpRequests, Lines
from minewarden.simulator.pcapfile import play
from minewarden.simulator.session import Script, Session
from minewarden.vocab.net import Endpoint

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def session(dialogue: str, **script: float) -> Session:
    return Session(dialogue, Endpoint("10.0.0.1", 1), Endpoint("192.0.2.1", 2), START, Script(**script))  # type: ignore[arg-type]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_days_pass_in_a_moment_and_in_order(dialogue) -> None:
    before = monotonic()
    chunks = play(session(dialogue, jobs=96, job_every_s=1800, shares=50))
    assert monotonic() - before < 5
    times = [chunk.at_us for chunk in chunks]
    assert times == sorted(times)
    assert chunks[0].up


def test_only_loopback_is_touched(monkeypatch) -> None:
    bound: list[str] = []
    real = socket.socket.bind

    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        bound.append(address[0])
        real(self, address)

    monkeypatch.setattr(socket.socket, "bind", bind)
    play(session("cryptonote", jobs=2))
    assert set(bound) == {"127.0.0.1"}


def test_counts_are_those_of_the_script() -> None:
    lines = Lines()
    methods: Counter[str] = Counter()
    for chunk in play(session("cryptonote", jobs=7, shares=4, rejected=1, keepalive_s=60)):
        for text in lines.decode(chunk.data):
            assert isinstance(text, dict)
            methods[text.get("method") or ("error" if text["error"] else "result")] += 1
    assert methods == {"login": 1, "job": 6, "submit": 4, "keepalived": 3, "error": 1, "result": 1 + 3 + 3}


def test_an_answer_takes_the_time_of_the_way() -> None:
    login, answer = play(session("cryptonote", jobs=2))[:2]
    assert (login.up, answer.up) == (True, False)
    assert answer.at_us - login.at_us == 30_000 + 4_000, "the way there and back, and the server's thinking"


@pytest.mark.parametrize("chunked", [False, True])
def test_http_is_taken_apart_as_it_was_put_together(chunked) -> None:
    up, down = HttpRequests("node.example", "agent/1"), HttpAnswers(chunked=chunked)
    assert up.decode(up.encode({"a": 1}) + up.encode({"b": 2})) == [{"a": 1}, {"b": 2}]
    whole = up.encode({"c": "x" * 50})
    assert up.decode(whole[:30]) == []
    assert up.decode(whole[30:]) == [{"c": "x" * 50}]
    assert down.decode(down.encode({"d": [1, 2, 3]})) == [{"d": [1, 2, 3]}]
