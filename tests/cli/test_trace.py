"""`minewarden trace`: the scenarios N2 and N3 of practice as a person types them, and what is wrong usage."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from minewarden.cli.main import main
from minewarden.patrol import tracing
from tests.scenarios.n2_nat_without_port import test_nat_without_port as n2
from tests.scenarios.n3_clock_skew import test_clock_skew as n3

SCHEMA = json.loads((Path(tracing.__file__).parent / "trace.schema.json").read_text(encoding="utf-8"))
LOGS = n3.LOGS
EXIT_LOG, LEASES = LOGS / "nat-exit.log", LOGS / "kea-leases4.csv"
AT, PUBLIC = "2026-03-12T21:14:37+08:00", "203.0.113.10:40213"

Said = tuple[int, str, str]


@pytest.fixture
def trace(capsys: pytest.CaptureFixture[str]) -> Any:
    """`trace(...)` -> (exit code, standard output, standard error)."""

    def run(*arguments: object, language: str = "zh") -> Said:
        code = main(["--language", language, "trace", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def directory(tmp_path: Path) -> Any:
    """`directory(text)` -> a unit's folder with this sources.toml."""

    def make(declared: str) -> Path:
        folder = tmp_path / "unit"
        folder.mkdir(exist_ok=True)
        (folder / "sources.toml").write_text(declared, encoding="utf-8")
        return folder

    return make


def answers(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        jsonschema.validate(one, SCHEMA, format_checker=jsonschema.FormatChecker())
        hops = [hop for candidate in one["candidates"] for hop in candidate["hops"]]
        assert all(hop["rows"] for hop in hops), "every candidate carries the rows that it rests on, hop by hop"
        assert all(candidate["hops"] for candidate in one["candidates"])
    return found


def who(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["internal_ip"], one["mac"], one["certainty"]) for one in answer["candidates"]]


def test_n3a_a_registered_offset_gives_the_one_right_address(trace: Any, directory: Any) -> None:
    code, out, _ = trace(
        EXIT_LOG, "--at", AT, "--public", PUBLIC, "--directory", directory(n3.NAT_CLOCK), "--format", "jsonl"
    )
    [answer] = answers(out)
    assert code == 0
    assert who(answer) == [("10.12.9.14", "", "unique")]
    [hop] = answer["candidates"][0]["hops"]
    assert (hop["valid_from"], hop["valid_until"]) == ("2026-03-12T13:12:58Z", "2026-03-12T13:21:48Z")
    assert [row["row"] for row in hop["rows"]] == [3, 4]
    assert answer["warnings"] == []
    [source] = answer["sources"]
    assert (source["offset_s"], source["zone"], source["first"]) == (192.0, "Asia/Shanghai", "2026-03-12T12:36:48Z")


def test_n3b_a_change_of_lease_inside_the_window_names_both_devices(trace: Any, directory: Any) -> None:
    unit = directory(n3.NAT_CLOCK + n3.DHCP_CLOCK)
    code, out, err = trace(LOGS, "--at", AT, "--public", PUBLIC, "--directory", unit)
    assert code == 0
    first, second = out.index("候选 1/2 · 较可能"), out.index("候选 2/2 · 可能")
    assert n3.MAC_A in out[first:second]
    assert n3.MAC_B not in out[first:second]
    assert n3.MAC_B in out[second:]
    assert "有效 2026-03-12 20:14:45 至 2026-03-12 21:14:45" in out[first:second]
    assert "有效 2026-03-12 21:14:45 至 2026-03-12 22:14:45" in out[second:]
    assert "结果不唯一" in out[:first]
    assert "nat-exit.log:3" in out
    # The first and last converted times of each log, for a person to confirm.
    assert "换算后时间 2026-03-12 20:36:48 至 2026-03-12 21:12:58" in err
    assert "+192" in err


def test_n3c_an_unregistered_clock_names_both_addresses(trace: Any, directory: Any) -> None:
    unit = directory(n3.ZONE_ONLY)
    code, out, err = trace(EXIT_LOG, "--at", AT, "--public", PUBLIC, "--directory", unit)
    assert code == 0
    assert "10.12.8.66" in out
    assert "10.12.9.14" in out
    assert "时间偏差未登记，结果不唯一" in out
    assert "偏差未登记" in err


def test_n3d_a_log_without_a_zone_asks_for_it(trace: Any) -> None:
    code, out, err = trace(EXIT_LOG, "--at", AT, "--public", PUBLIC)
    assert code == 1
    assert f"{EXIT_LOG}:1" in err
    assert "时区" in err
    assert "没有候选" in out


def test_n3d_a_question_without_a_zone_asks_for_it(trace: Any, directory: Any) -> None:
    code, out, err = trace(EXIT_LOG, "--at", "2026-03-12 21:14:37", "--public", PUBLIC)
    assert (code, out) == (2, "")
    assert "没有写明时区" in err
    unit = directory('[[source]]\nmatch = "nat-*"\noffset = "+192s"\n')
    code, out, _ = trace(
        EXIT_LOG, "--at", "2026年3月12日21时14分37秒", "--zone", "+08:00", "--public", PUBLIC, "--directory", unit,
        "--format", "jsonl",
    )  # fmt: skip
    assert code == 0
    assert who(answers(out)[0]) == [("10.12.9.14", "", "unique")]


def test_n3d_utc_read_as_local_time_is_caught(trace: Any, directory: Any, tmp_path: Path) -> None:
    log = tmp_path / "nat-utc.csv"
    log.write_text(
        "time,end,inside_ip,outside_ip,outside_port\n"
        "2026-03-12 13:12:58,2026-03-12 13:21:48,10.12.9.14,203.0.113.10,40213\n",
        encoding="utf-8",
    )
    unit = directory(n3.NAT_CLOCK.replace("+192s", "0s"))
    code, out, err = trace(log, "--at", AT, "--public", PUBLIC, "--directory", unit)
    assert code == 0
    assert "可能时区有误" in out
    assert "没有候选" in out
    assert "换算后时间 2026-03-12 13:12:58" in err


def test_n2_those_who_reached_the_pool_are_candidates_in_order(trace: Any, directory: Any, tmp_path: Path) -> None:
    log = tmp_path / "nat.csv"
    log.write_bytes(n2.log())
    unit = directory('[[source]]\nmatch = "nat*"\noffset = "0s"\n')
    given = (log, "--at", AT, "--public", n2.EXIT, "--tolerance", "10m", "--directory", unit)
    code, out, _ = trace(*given, "--to", n2.POOL, "--format", "jsonl")
    assert code == 0
    expected = [(n2.STEADY, "", "likely"), (n2.REPEATED, "", "possible"), (n2.ONCE, "", "possible")]
    assert who(answers(out)[0]) == expected
    # Without the pool everybody behind the exit is one; a person is shown some, and told how many there are.
    code, out, _ = trace(*given)
    assert code == 0
    assert "另有 992 个候选未列出" in out
    assert out.count("· 地址转换") == 20


def test_many_questions_are_answered_in_one_pass(trace: Any, directory: Any, tmp_path: Path) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_bytes(
        "编号,活动时间,公网IP,端口,目的IP,目的端口\r\n"
        "TB-1,2026-03-12 21:14:37,203.0.113.10,40213,,\r\n"
        "\r\n"
        "TB-2,昨天,203.0.113.10,40213,,\r\n"
        "TB-3,2026/3/12 20:50,203.0.113.10,,198.51.100.77,3333\r\n"
        "TB-4,2026-03-12T13:14:37Z,192.0.2.99,,,\r\n".encode("gb18030")
    )
    unit = directory(n3.NAT_CLOCK + n3.DHCP_CLOCK)
    given = (LOGS, "--questions", questions, "--zone", "Asia/Shanghai", "--directory", unit)
    code, out, err = trace(*given, "--format", "jsonl")
    assert code == 1
    assert f"{questions}:4" in err
    assert "昨天" in err
    first, second, third = answers(out)
    assert [(one["question"]["number"], one["question"]["line"]) for one in (first, second, third)] == [
        ("TB-1", 2), ("TB-3", 5), ("TB-4", 6),
    ]  # fmt: skip
    assert [one[0] for one in who(first)] == ["10.12.9.14", "10.12.9.14"]
    assert [one[0] for one in who(second)] == ["10.12.8.66"]
    assert who(third) == []
    assert third["warnings"][0]["zh"].startswith("所给日志和台账中没有")
    code, out, _ = trace(*given, language="en")
    assert code == 1
    assert "TB-3 203.0.113.10 (peer 198.51.100.77:3333)" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--public", PUBLIC], "--at"),
        (["--at", AT], "--public"),
        (["--at", AT, "--public", "pool.example.org"], "names are not resolved"),
        (["--at", AT, "--public", "203.0.113.10:70000"], "203.0.113.10:70000"),
        (["--at", "2026-02-30T00:00:00Z", "--public", PUBLIC], "2026-02-30"),
        (["--at", "2026-03-12", "--public", PUBLIC], "hours and minutes"),
        (["--at", AT, "--until", "2026-03-12T21:00:00+08:00", "--public", PUBLIC], "before the beginning"),
        (["--at", AT, "--public", PUBLIC, "--tolerance=-5s"], "--tolerance"),
        (["--at", AT, "--public", PUBLIC, "--tolerance=a while"], "--tolerance"),
        (["--at", AT, "--public", PUBLIC, "--zone", "Mars/Base"], "Mars/Base"),
        (["--questions", "q.csv", "--at", AT], "--questions"),
    ],
)
def test_wrong_usage_says_what_to_write(trace: Any, arguments: list[str], told: str) -> None:
    code, out, err = trace(LEASES, *arguments, language="en")
    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be opened"),
        (b"", "no CSV"),
        (b"\x00\x01\x02\x03" * 50, "no CSV"),
        (b"at,port\n2026-03-12T21:14:37Z,1\n", "public"),
        (b"at,ip,public\n2026-03-12T21:14:37Z,192.0.2.1,192.0.2.1\n", "mean the same"),
    ],
)
def test_a_file_of_questions_that_is_none(trace: Any, tmp_path: Path, content: bytes | None, told: str) -> None:
    questions = tmp_path / "q.csv"
    if content is not None:
        questions.write_bytes(content)
    code, out, err = trace(LEASES, "--questions", questions, language="en")
    assert (code, out) == (1, "")
    assert str(questions) in err
    assert told in err
