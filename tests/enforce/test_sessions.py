"""Who is on the network now: by account, by device, and only those of whom something was heard."""

from datetime import timedelta

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.sessions import Session, heard, open_sessions
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import to_us
from tests.enforce.rules import NOW, SOON

MAC = "02:00:00:00:00:0a"


def told(ago: int, event: str, session: str = "S1", login: str = "zhangz", **more: object) -> dict:
    """A record so many minutes ago."""
    return {
        "ts": to_us(NOW - timedelta(minutes=ago)), "event": event, "session": session, "login": login, "mac": MAC,
        "nas": "192.0.2.1", "origin": 1, "row": 1,
    } | more  # fmt: skip


def lake(*rows: dict) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.register("session", pa.Table.from_pylist(list(rows), schema=TABLES["session"]))
    return connection


def rule(value: str = "zhangz", target: Target = Target.ACCOUNT, ends=SOON) -> BlockRule:
    return BlockRule(target, value, ends, "r")


def on(connection: duckdb.DuckDBPyConnection, *rules: BlockRule) -> list[str]:
    return [one.key for one in open_sessions(connection, rules, now=NOW)]


def test_by_account_and_by_device() -> None:
    connection = lake(
        told(30, "start"), told(20, "interim", ip="10.12.9.14"), told(15, "interim"),
        told(10, "start", "S2", "lisi"), told(10, "start", "S3", "wangw", mac=None),
    )  # fmt: skip
    (found,) = open_sessions(connection, [rule()], now=NOW)
    assert found == Session("192.0.2.1", "S1", "zhangz", "10.12.9.14", MAC, NOW - timedelta(minutes=15))
    assert on(connection, rule(MAC, Target.STATION)) == ["S1@192.0.2.1", "S2@192.0.2.1"]
    assert on(connection, rule(), rule("lisi"), rule("zhang"), rule("ZHANGZ")) == ["S1@192.0.2.1", "S2@192.0.2.1"]


def test_what_ended_fell_silent_or_cannot_be_reached_is_not_on() -> None:
    assert on(lake(told(30, "start"), told(20, "stop")), rule()) == []
    assert on(lake(told(20, "stop"), told(20, "interim")), rule()) == [], "of one moment, the end counts"
    assert on(lake(told(25 * 60, "interim")), rule()) == []
    assert on(lake(told(30, "start", nas=None)), rule()) == []
    assert on(lake(told(-5, "start")), rule()) == [], "not yet"


def test_the_same_identifier_at_two_servers_is_two_sessions() -> None:
    connection = lake(told(30, "start"), told(20, "stop"), told(25, "start", nas="sw-lib"))
    assert on(connection, rule()) == ["S1@sw-lib"]


def test_a_session_that_changed_hands_is_the_last_one_s() -> None:
    connection = lake(told(30, "start"), told(20, "interim", login="lisi"))
    assert on(connection, rule()) == []
    assert on(connection, rule("lisi")) == ["S1@192.0.2.1"]


def test_rules_that_are_over_or_name_no_person_ask_for_nobody() -> None:
    connection = lake(told(30, "start"))
    assert on(connection, rule(ends=NOW), rule("zhangz", Target.NAME)) == []


def test_what_was_heard_of_a_session() -> None:
    connection = lake(told(30, "start"), told(20, "stop"), told(9, "start", "S2"), told(25 * 60, "start", "S3"))
    keys = [("192.0.2.1", name) for name in ("S1", "S2", "S3", "S4")]
    assert heard(connection, keys, now=NOW) == {
        keys[0]: (True, NOW - timedelta(minutes=20)),
        keys[1]: (False, NOW - timedelta(minutes=9)),
        keys[2]: (True, NOW - timedelta(hours=25)),
    }
    assert heard(connection, [], now=NOW) == {}


@given(
    st.lists(
        st.tuples(st.integers(0, 1300), st.sampled_from(["start", "interim", "stop"]), st.integers(0, 3)), max_size=20
    )
)
def test_as_a_plain_reading_of_the_records_has_it(records: list[tuple[int, str, int]]) -> None:
    last: dict[int, tuple[int, bool]] = {}
    for ago, event, number in records:
        last[number] = max(last.get(number, (-9999, False)), (-ago, event == "stop"))
    expected = sorted(f"S{number}@192.0.2.1" for number, (_, ended) in last.items() if not ended)
    assert on(lake(*(told(ago, event, f"S{number}") for ago, event, number in records)), rule()) == expected
