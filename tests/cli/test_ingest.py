"""`minewarden ingest`: what a person reads in stays, is told with its hash, and is detected in later."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from minewarden.cli.main import main

ZEEK = (
    "#separator \\x09\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\n"
    "1773321178.0\tCa\t10.1.2.3\t5000\t192.0.2.53\t53\tudp\txmr-eu1.nanopool.org\tA\n"
    "torn\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "dns.log"
    path.write_text(ZEEK)
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return code, out, err


def test_rows_rejects_and_the_hash_of_the_original(log: Path, tmp_path: Path, capsys: Any) -> None:
    rejects = tmp_path / "rejects.jsonl"
    code, out, err = said(capsys, "ingest", log, "--lake", tmp_path / "lake", "--format", "jsonl", "--rejects", rejects)
    assert code == 1
    record = json.loads(out)
    assert record["rows"] == {"dns": 1}
    assert record["rejects"] == 1
    assert record["sha256"] == hashlib.sha256(log.read_bytes()).hexdigest()
    assert json.loads(rejects.read_text())["line"] == 5
    assert "5" in err


@pytest.mark.parametrize(
    ("language", "word"), [("zh", "新读入 1 个来源、1 行"), ("en", "newly read: sources 1, rows 1")]
)
def test_a_person_reads_it(language: str, word: str, log: Path, tmp_path: Path, capsys: Any) -> None:
    _, out, _ = said(capsys, "--language", language, "ingest", log, "--lake", tmp_path / "lake")
    assert word in out
    assert "dns 1" in out


def test_the_lake_stays_and_is_searched_without_the_logs(log: Path, tmp_path: Path, capsys: Any) -> None:
    lake = tmp_path / "lake"
    said(capsys, "ingest", log, "--lake", lake)
    log.rename(tmp_path / "moved.log")
    code, out, _ = said(capsys, "detect", "run", "--lake", lake, "--format", "jsonl")
    assert code == 0
    assert json.loads(out)["host"] == "10.1.2.3"
    _, again, err = said(capsys, "--language", "en", "ingest", tmp_path / "moved.log", "--lake", lake)
    assert "rows 0" in again
    assert "dns.log" in err


def test_wrong_usage(tmp_path: Path, capsys: Any) -> None:
    code, _, err = said(capsys, "--language", "en", "ingest", tmp_path / "none", "--lake", tmp_path / "lake")
    assert (code, "no such" in err) == (2, True)
    assert not (tmp_path / "lake").exists()
