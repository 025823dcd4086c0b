"""Where a server sent its miner, and whether it went: what is a target, and which sessions count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.stratum.handover import SLACK_US, Sent, followed, target_of
from minewarden.intel.watchset import WatchSet
from tests.detect.lake_rows import at, context_of

HOST, OLD, NEW = "10.20.3.17", "203.0.113.20", "198.51.100.7"
WINDOW_US = 1_800_000_000
SENT = Sent(HOST, OLD, 3333, NEW, 443, at(100), 1, 7)
NAMED = Sent(HOST, OLD, 3333, "next.pool.example", 443, at(100), 1, 7)


def went(seconds: float, dst: str = NEW, port: int = 443, **more: object) -> dict[str, object]:
    row = {"ts": at(seconds), "until": at(seconds + 600), "src": HOST, "src_port": 52000, "dst": dst, "dst_port": port}
    return {**row, "proto": "tcp", "established": True, **more}


def found(tmp_path, sent: Sent, **tables) -> list[tuple[str, bool, int]]:
    with context_of(tmp_path, WatchSet(()), **tables).lake.engine() as engine:
        return [(one.ip, one.before, one.sessions) for _, one in followed(engine, [sent], WINDOW_US)]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("198.51.100.7:443", ("198.51.100.7", 443)),
        ("198.51.100.7", ("198.51.100.7", 3333)),
        ("[2001:DB8::1]:443", ("2001:db8::1", 443)),
        ("2001:db8::1", ("2001:db8::1", 3333)),
        ("Next.Pool.example.:443", ("next.pool.example", 443)),
        ("localhost:443", None),
        ("198.51.100.7:0", None),
        ("198.51.100.7:70000", None),
        ("", None),
        ("a b.example:443", None),
    ],
)
def test_what_a_server_may_name(text: str, target: tuple[str, int] | None) -> None:
    assert target_of(text, 3333) == target


@given(st.text(max_size=200), st.integers(1, 65_535))
def test_whatever_a_server_says_is_a_target_or_none(text: str, port: int) -> None:
    target = target_of(text, port)
    assert target is None or (target[0] and 0 < target[1] < 65_536)


def test_who_went_there_is_found_and_who_went_elsewhere_or_later_is_not(tmp_path) -> None:
    assert found(tmp_path / "a", SENT, conn=[went(130), went(800)]) == [(NEW, False, 2)]
    others = [went(130, "198.51.100.8"), went(130, port=80), went(130, src="10.20.3.18"), went(100 + 1801)]
    assert found(tmp_path / "b", SENT, conn=[*others, went(140, established=False)]) == []


def test_clocks_may_differ_and_an_earlier_visit_is_remembered(tmp_path) -> None:
    slack = SLACK_US / 1e6
    assert found(tmp_path / "a", SENT, conn=[went(101 - slack)]) == [(NEW, False, 1)]
    assert found(tmp_path / "b", SENT, conn=[went(99 - slack)]) == []
    assert found(tmp_path / "c", SENT, conn=[went(-4000), went(130)]) == [(NEW, True, 1)]


def test_a_name_is_followed_to_what_it_was_resolved_to_or_said_to_be(tmp_path) -> None:
    asked = {"ts": at(101), "src": HOST, "dst": "10.0.0.2", "query": "next.pool.example"}
    answered = asked | {"answers": ["cname.example", NEW]}
    assert found(tmp_path / "a", NAMED, conn=[went(130)], dns=[answered]) == [(NEW, False, 1)]
    assert found(tmp_path / "b", NAMED, conn=[went(130)], dns=[asked]) == []
    hello = {"ts": at(131), "src": HOST, "src_port": 52000, "dst": NEW, "dst_port": 443, "sni": "next.pool.example"}
    assert found(tmp_path / "c", NAMED, conn=[went(130)], tls=[hello]) == [(NEW, False, 2)]
    assert found(tmp_path / "d", NAMED, conn=[went(130)], tls=[hello | {"sni": "other.example"}]) == []


def test_the_same_server_again_is_no_handover(tmp_path) -> None:
    again = Sent(HOST, OLD, 3333, OLD, 3333, at(100), 1, 7)
    assert found(tmp_path, again, conn=[went(130, OLD, 3333)]) == []


def test_nobody_was_sent(tmp_path) -> None:
    with context_of(tmp_path, WatchSet(()), conn=[went(130)]).lake.engine() as engine:
        assert list(followed(engine, [], WINDOW_US)) == []
