"""Files of questions: whatever they hold becomes questions within bounds, or sentences that say what is wrong."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minewarden.patrol.questions import Asked, ask, read_questions
from minewarden.vocab.errors import InputError, UsageError

TABLE = (
    "编号,时间,结束时间,公网IP,端口,目的IP,目的端口,域名,所属网络\n"
    "1,2026-03-12 21:14:37+08:00,,203.0.113.10,40213,198.51.100.7,3333,pool.example.org,\n"
    "2,2026年3月12日21时14分,2026年3月12日22时05分,[2001:db8::1]:40213,,,,,东区\n"
    '3,"2026/3/12 21:14",,203.0.113.11,,,,"a.example.org、b.example.org",\n'
).encode()
NOISE = (
    b"\0",
    b'"',
    b"\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b"9" * 30,
    b"0" * 9,
    "：".encode(),
    b"\xff\xfe",
    b"::",
    b"+99:99",
)


def read(path: Path, data: bytes) -> tuple[list[Asked], list[InputError]]:
    path.write_bytes(data)
    return read_questions(path, zone=UTC, tolerance=timedelta(seconds=60))


def test_a_table_is_read_whole(tmp_path: Path) -> None:
    asked, problems = read(tmp_path / "q.csv", TABLE)
    assert problems == []
    assert [(one.number, one.line, one.question.ip, one.question.port) for one in asked] == [
        ("1", 2, "203.0.113.10", 40213),
        ("2", 3, "2001:db8::1", 40213),
        ("3", 4, "203.0.113.11", 0),
    ]
    assert asked[2].question.names == ("a.example.org", "b.example.org")


@pytest.mark.parametrize("port", ["0", "65536", "0000809999", "八十", "-1", "1e3"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(UsageError) as refusal:
        ask("2026-03-12 21:14", "203.0.113.10", port=port, zone=UTC, tolerance=timedelta())
    assert refusal.value.message.id == "trace_cli.bad_port"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), gone=st.integers(0, 12), noise=st.binary(max_size=9) | st.sampled_from(NOISE))
@example(place=0.0, gone=400, noise=b"")
def test_damage_is_told_and_nothing_else_happens(tmp_path: Path, place: float, gone: int, noise: bytes) -> None:
    at = int(len(TABLE) * place)
    data = TABLE[:at] + noise + TABLE[at + gone :]
    try:
        asked, problems = read(tmp_path / "q.csv", data)
    except InputError as refusal:
        asked, problems = [], [refusal]
    assert all(said for problem in problems for said in (problem.said("zh"), problem.said("en")))
    for one in asked:
        assert 0 <= one.question.port < 65536
        assert one.question.peer is None or 0 <= one.question.peer.port < 65536
        assert 1 < one.line <= data.count(b"\n") + data.count(b"\r") + 1
