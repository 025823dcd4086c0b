"""`minewarden detect run`: what a watch put into a lake is found there again, and wrong places are told apart.
`minewarden detect settings` prints a file that may be given back."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.config.settings import Config
from minewarden.detect.tuning import Tuning, listed
from tests.cli.conftest import LOOKING, MINER


@pytest.fixture(scope="module")
def lake(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that a watch has written."""
    place = tmp_path_factory.mktemp("kept")
    for path in logs.rglob("*"):
        # A capture is read once it has lain still for a while.
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 60))
    arguments = ["patrol", "watch", str(logs), "--lake", str(place / "lake"), "--out", str(place / "out.jsonl")]
    assert main([*arguments, "--settle", "1s", "--window", "90000h", "--keep-days", "9000", "--once"]) == 0
    return place / "lake"


def detected(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    assert main(["detect", "run", "--format", "jsonl", *arguments]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {line["host"]: line["state"] for line in lines}


def test_the_lake_of_a_watch_is_asked_without_its_logs(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path for path in lake.rglob("*.parquet"))
    assert detected(capsys, "--lake", str(lake)) == {MINER: "confirmed", LOOKING: "suspected"}
    assert detected(capsys, "--lake", str(lake), "--state", "confirmed") == {MINER: "confirmed"}
    assert sorted(path for path in lake.rglob("*.parquet")) == before


def test_a_window_leaves_out_what_is_older(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert detected(capsys, "--lake", str(lake), "--window", "1h") == {}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--window", "soon"], "--window"),
        (["--cluster", "localhost:15002"], "sc://"),
        (["--cluster-lake", "hdfs:///lake"], "--cluster"),
        (["--directory", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_is_told(lake: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str) -> None:
    assert main(["detect", "run", "--lake", str(lake), *arguments]) == 2
    assert word in capsys.readouterr().err


def test_a_lake_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "run", "--lake", str(tmp_path / "lake")]) == 2
    assert "patrol watch" in capsys.readouterr().err
    assert not (tmp_path / "lake").exists()


def test_the_cluster_of_the_environment_is_used(
    lake: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINEWARDEN_CLUSTER", "http://nowhere")
    assert main(["detect", "run", "--lake", str(lake)]) == 2
    assert "http://nowhere" in capsys.readouterr().err
    # An empty option beats it.
    assert detected(capsys, "--lake", str(lake), "--cluster", "")[MINER] == "confirmed"


def test_the_file_that_is_printed_can_be_given_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minewarden.toml").write_text("[detect.push_flow]\nleast_pushes = 12\n", encoding="utf-8")
    assert main(["detect", "settings", "--directory", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert tomllib.loads(told)["detect"]["push_flow"] == {"least_pushes": 12}
    whole = re.sub(r"^# (\w+ = )", r"\1", told, flags=re.MULTILINE)
    again = Tuning.of(Config({"detect": tomllib.loads(whole)["detect"]}, {}))
    assert len(tomllib.loads(whole)["detect"]) == len({one.detector for one in listed(again)})
    assert [one.value for one in listed(again) if one.name != "least_pushes"] == [
        one.own for one in listed(again) if one.name != "least_pushes"
    ]


def test_every_problem_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minewarden.toml").write_text("[detect.push_flow]\nx = 1\nleast_share = 7\n", encoding="utf-8")
    assert main(["detect", "settings", "--directory", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.strip().split("\n")) == 2


def test_a_scan_with_wrong_settings_does_not_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minewarden.toml").write_text("[detect.push_flow]\nleast_share = 7\n", encoding="utf-8")
    assert main(["scan", str(tmp_path), "--directory", str(tmp_path)]) == 2
    assert "least_share" in capsys.readouterr().err
