"""Practice, nasty scenario N2: a notice without a source port, an exit with 1 012 users, three reached the pool."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import Batch
from minewarden.telemetry.readers.nat import NatCsvReader
from minewarden.trace.chain import Question, trace
from minewarden.trace.directory import LakeDirectory
from minewarden.vocab.attribution import Certainty
from minewarden.vocab.net import Endpoint
from tests.telemetry.conftest import source_of

CITY = ZoneInfo("Asia/Shanghai")
EXIT, POOL = "203.0.113.10", Endpoint("198.51.100.77", 3333)
TOLD = datetime(2026, 3, 12, 21, 14, 37, tzinfo=CITY)
USERS = [f"10.{20 + number // 250}.{number % 250}.7" for number in range(1012)]
STEADY, REPEATED, ONCE, EARLIER = USERS[700], USERS[3], USERS[500], USERS[9]
WIDE = timedelta(minutes=10)


def row(inside: str, begin: datetime, length: timedelta, port: int, peer: Endpoint) -> str:
    return f"{begin.isoformat()},{(begin + length).isoformat()},{inside},{EXIT},{port},{peer.ip},{peer.port}"


def log() -> bytes:
    chance = random.Random(20260312)
    lines = []
    for number, user in enumerate(USERS):
        for turn in range(3):
            begin = TOLD + timedelta(seconds=chance.randrange(-500, 500))
            peer = Endpoint(f"192.0.2.{chance.randrange(1, 255)}", 443)
            lines.append(row(user, begin, timedelta(seconds=90), 1024 + number * 3 + turn, peer))
    minute = timedelta(minutes=1)
    lines.append(row(STEADY, TOLD - 25 * minute, 50 * minute, 50001, POOL))
    lines += [row(REPEATED, TOLD + shift * minute, 2 * minute, 50010 + shift, POOL) for shift in (-9, -3, 1, 6)]
    lines.append(row(ONCE, TOLD + 6 * minute, timedelta(seconds=20), 50020, POOL))
    lines.append(row(EARLIER, TOLD - 120 * minute, minute, 50030, POOL))
    lines.append(row(USERS[11], TOLD, minute, 50040, Endpoint(POOL.ip, 443)))
    chance.shuffle(lines)
    return "\n".join(["time,end,inside_ip,outside_ip,outside_port,dst_ip,dst_port", *lines, ""]).encode()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    with lake.writer(SourceRecord(1, "nat.csv", "nat_csv", offset_s=0.0)) as writer:
        for item in NatCsvReader().read(source_of(log(), offset="0s")):
            assert isinstance(item, Batch)
            writer.write(item.table, item.rows)
    return lake


def test_those_who_reached_the_pool_are_candidates_ranked_by_overlap_and_repeat(lake: Lake) -> None:
    [answer] = trace(lake, [Question(EXIT, 0, TOLD, peer=POOL, tolerance=WIDE)], LakeDirectory(lake))
    assert [(c.internal_ip, c.certainty) for c in answer.candidates] == [
        (STEADY, Certainty.LIKELY),
        (REPEATED, Certainty.POSSIBLE),
        (ONCE, Certainty.POSSIBLE),
    ]
    assert [len(c.hops[0].rows) for c in answer.candidates] == [1, 4, 1]
    assert [(w.id, w.params.get("count")) for w in answer.warnings] == [("trace.not_unique", 3)]


def test_without_the_destination_everybody_behind_the_exit_is_a_candidate(lake: Lake) -> None:
    [answer] = trace(lake, [Question(EXIT, 0, TOLD, tolerance=WIDE)], LakeDirectory(lake))
    assert {c.internal_ip for c in answer.candidates} == set(USERS)
    assert Certainty.UNIQUE not in {c.certainty for c in answer.candidates}


def test_without_a_log_nobody_is_named(tmp_path: Path) -> None:
    empty = Lake(tmp_path / "empty")
    question = Question(EXIT, 0, TOLD, peer=POOL, tolerance=WIDE, needs_nat=True)
    [answer] = trace(empty, [question], LakeDirectory(empty))
    assert answer.candidates == ()
    assert [w.id for w in answer.warnings] == ["trace.no_translation"]
