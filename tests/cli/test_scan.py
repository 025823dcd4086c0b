"""`minewarden scan`: what is shown, in which words, where it goes, and what the exit code says."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.cli.main import main
from tests.cli.conftest import DNS, LOOKING, MINER, POOL, WORKER

DNSMASQ = (
    "Mar 12 21:14:37 dnsmasq[812]: query[A] pool.supportxmr.com from 10.12.9.14\n"
    "Mar 12 21:14:37 dnsmasq[812]: forwarded pool.supportxmr.com to 198.51.100.53\n"
)


@pytest.fixture(scope="module")
def findings(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    out = tmp_path_factory.mktemp("out") / "findings.jsonl"
    assert main(["scan", str(logs), "--format", "jsonl", "--out", str(out)]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_both_hosts_are_found_and_told_apart(findings: list[dict[str, object]]) -> None:
    told = {line["host"]: (line["state"], line["server"], line["server_name"]) for line in findings}
    assert told == {MINER: ("confirmed", POOL, None), LOOKING: ("suspected", None, "pool.supportxmr.com")}


def test_a_scan_of_its_own_process_ends_without_a_word_of_what_is_left(logs: Path) -> None:
    command = [sys.executable, "-m", "minewarden", "--language", "en", "scan", str(logs)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = [line for line in ended.stderr.splitlines() if not line.startswith(("read: ", "detector "))]
    assert "findings: 2" in ended.stderr
    assert told == []


def test_persons_are_covered_unless_the_officer_asks(
    logs: Path, findings: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    covered = json.dumps(findings)
    assert main(["scan", str(logs / "mirror.pcap"), "--format", "jsonl", "--unmask"]) == 0
    (open_line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert open_line["worker"] == WORKER
    assert len(open_line["account"]) > 90
    assert WORKER not in covered
    assert open_line["account"] not in covered


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["等级", "确认", "疑似", "线索 2 条", "未溯源", "XMR", "xmrig/6.22.2"]),
        ("en", ["state", "confirmed", "suspected", "findings: 2", "not traced", "XMR", "xmrig/6.22.2"]),
    ],
)
def test_the_table_speaks_both_languages(
    logs: Path, capsys: pytest.CaptureFixture[str], language: str, words: list[str]
) -> None:
    assert main(["--language", language, "scan", str(logs)]) == 0
    told = capsys.readouterr()
    assert [word for word in words if word not in told.out + told.err] == []
    assert f"{POOL}:3333" in told.out
    assert "2026-03-12 12:14:3" in told.out, "Beijing time"
    assert WORKER not in told.out
    assert "\x1b" not in told.out, "no colours where no terminal is"


def test_only_what_is_sure_enough(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(logs), "--state", "probable"]) == 0
    told = capsys.readouterr().out
    assert MINER in told
    assert LOOKING not in told
    assert main(["--language", "en", "scan", str(logs / "dns.log"), "--state", "confirmed"]) == 0
    assert "Nothing was found" in capsys.readouterr().out


def test_detectors_without_data_are_named(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "scan", str(logs / "dns.log")]) == 0
    told = capsys.readouterr().err
    assert "ids_alert" in told
    assert "known_pool" not in told


def test_a_year_that_was_assumed_is_said_and_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "dnsmasq.log"
    log.write_text(DNSMASQ)
    modified = datetime(2026, 3, 13, tzinfo=UTC).timestamp()
    os.utime(log, (modified, modified))
    assert main(["--language", "en", "scan", str(log), "--zone", "Asia/Shanghai"]) == 0
    told = capsys.readouterr()
    assert told.err.count("carry no year") == 1
    assert "could not be read: 0" in told.err
    assert "2026-03-12 21:14:37" in told.out


def test_a_dns_exchange_without_a_question_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dns.log").write_text(DNS + "1773321278.000000\t10.12.3.22\t10.12.0.53\t-\t-\n")
    assert main(["--language", "en", "scan", str(tmp_path)]) == 0
    assert "1 records are not used" in capsys.readouterr().err


def test_a_line_that_cannot_be_read_is_named_kept_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dns.log").write_text(DNS + "1773321278.000000\tnowhere\t10.12.0.53\ta.example\tA\n")
    rejects = tmp_path / "rejects.jsonl"
    assert main(["--language", "en", "scan", str(tmp_path / "dns.log"), "--rejects", str(rejects)]) == 1
    told = capsys.readouterr()
    assert "dns.log:4: " in told.err
    assert "pool.supportxmr.com" in told.out
    assert json.loads(rejects.read_text())["line"] == 4


def test_times_without_a_zone_ask_for_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dnsmasq.log").write_text(DNSMASQ)
    assert main(["--language", "en", "scan", str(tmp_path)]) == 1
    assert "--zone" in capsys.readouterr().err


def test_the_folder_of_the_unit_declares_clocks_and_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dnsmasq.log").write_text(DNSMASQ)
    (tmp_path / "sources.toml").write_text('[[source]]\nmatch = "*"\nzone = "Asia/Shanghai"\n')
    assert main(["scan", str(tmp_path / "dnsmasq.log"), "--directory", str(tmp_path)]) == 0
    assert "10.12.9.14" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["{}/gone.log"],
        ["{}", "--zone", "Asia/Yunchuan"],
        ["{}", "--directory", "{}/gone"],
        ["{}", "--directory", "{}/dns.log"],
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_is_wrong(
    logs: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", *(word.format(logs) for word in wrong)]) == 2
    told = capsys.readouterr()
    assert wrong[-1].format(logs) in told.err
    assert told.out == ""


@pytest.mark.parametrize("option", ["--out", "--rejects"])
def test_a_place_that_cannot_be_written_is_named(
    logs: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "gone" / "file"
    assert main(["--language", "en", "scan", str(logs / "dns.log"), option, str(place)]) == 2
    assert f"cannot be written or used: {place}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["东湖.log".encode("gb18030"), b"\xff\xfe.log", b"a\x1b[2Jb.log"])
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_a_name_of_any_bytes_is_read_and_told(
    tmp_path: Path, name: bytes, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(DNS + "torn\n")
    assert main(["scan", str(tmp_path), "--format", form]) == 1
    told = capsys.readouterr()
    assert LOOKING in told.out
    assert "\x1b" not in told.out + told.err
