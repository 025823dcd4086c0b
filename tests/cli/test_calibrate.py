"""`minewarden detect calibrate`: what it says of outcomes, what it writes, and that every step can be taken back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from minewarden.cli import calibrate
from minewarden.cli.main import main
from minewarden.detect.calibrate import Threshold
from minewarden.detect.labels import Label, Outcome, Reason, write_labels
from tests.cli.test_detect import lake

__all__ = ["lake"]

DECIDED = datetime(2026, 11, 29, tzinfo=UTC)


def pushed(outcome: Outcome, count: int, weight: float) -> list[Label]:
    reasons = (Reason("push_flow", "behaviour", weight),)
    return [Label(f"{outcome}{n}", outcome, DECIDED, "suspected", 0.5, reasons) for n in range(count)]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Twenty false alarms, all weaker than the ten true findings."""
    path = tmp_path / "labels.jsonl"
    write_labels(pushed(Outcome.FALSE_ALARM, 20, 5.0) + pushed(Outcome.TRUE, 10, 5.5), path)
    return path


@dataclass(frozen=True)
class _Settings:
    least_weight: float = field(default=2.0, metadata={"least": 0.5, "most": 6.0})


@dataclass(frozen=True)
class _Tunable:
    settings: _Settings = _Settings()


@pytest.fixture(autouse=True)
def tunable(monkeypatch: pytest.MonkeyPatch) -> None:
    """One detector with a threshold, whatever the others have."""

    class Detectors:
        def load_all(self) -> dict[str, Any]:
            return {"push_flow": _Tunable, "stratum": object}

    monkeypatch.setattr(calibrate, "DETECTORS", Detectors())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["误报 20", "推送节奏 (push_flow)：10/30 属实", "由 2 调到 5.25", "可少 20/20 次"]),
        ("en", ["20 false alarms", "spared 20 of 20"]),
    ],
)  # fmt: skip
def test_outcomes_are_said_and_nothing_is_written_unasked(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: list[str]
) -> None:
    unit = tmp_path / "unit"
    unit.mkdir()
    arguments = ["detect", "calibrate", "--labels", str(labels), "--directory", str(unit)]
    assert main(["--language", language, *arguments]) == 0
    told = capsys.readouterr().out
    assert [word for word in words if word not in told] == []
    assert list(unit.iterdir()) == []


def test_what_is_written_is_kept_and_taken_back(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "minewarden.toml"
    settings.write_text("# ours\n[detect.push_flow]\nleast_weight = 2.25\n", encoding="utf-8")
    unit = ["--directory", str(tmp_path)]
    assert main(["detect", "calibrate", "--labels", str(labels), *unit, "--write"]) == 0
    assert settings.read_text(encoding="utf-8") == "# ours\n[detect.push_flow]\nleast_weight = 5.25\n"
    assert "--rollback" in capsys.readouterr().out
    assert main(["detect", "calibrate", *unit, "--rollback"]) == 0
    assert settings.read_text(encoding="utf-8") == "# ours\n[detect.push_flow]\nleast_weight = 2.25\n"
    assert (tmp_path / "minewarden.toml").read_text(encoding="utf-8").startswith("# ours")
    assert main(["detect", "calibrate", *unit, "--rollback"]) == 2


def test_the_first_thing_written_is_taken_back_too(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = ["--directory", str(tmp_path)]
    assert main(["detect", "calibrate", "--labels", str(labels), *unit, "--write"]) == 0
    assert f"--directory {tmp_path} --rollback" in capsys.readouterr().out
    assert main(["detect", "calibrate", *unit, "--rollback"]) == 0
    assert "另存为" in capsys.readouterr().out
    assert (tmp_path / "minewarden.toml").read_text(encoding="utf-8") == ""


def told_of(labels: list[Label], tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    path = tmp_path / "given.jsonl"
    write_labels(labels, path)
    assert main(["detect", "calibrate", "--labels", str(path), *more]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("last_first", [True, False])
def test_of_several_decisions_on_one_finding_the_latest_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], last_first: bool
) -> None:
    early = Label("a", Outcome.TRUE, DECIDED, "suspected", 0.5, ())
    late = Label("a", Outcome.FALSE_ALARM, DECIDED.replace(hour=5), "suspected", 0.5, ())
    paths = [tmp_path / "0.jsonl", tmp_path / "1.jsonl"]
    for path, label in zip(paths, (late, early) if last_first else (early, late), strict=True):
        write_labels([label], path)
    assert main(["detect", "calibrate", "--labels", *map(str, paths)]) == 0
    assert "误报 1" in capsys.readouterr().out


def test_a_detector_that_is_silent_in_a_finding_has_no_rate(
    labels: Path, lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "found.jsonl"
    evidence = '[{"detector": "push_flow", "weight": 5.0}, {"detector": "stratum", "weight": 0}]'
    found.write_text(f'{{"id": "f1", "evidence": {evidence}}}\n', encoding="utf-8")
    assert main(["detect", "calibrate", "--labels", str(labels), "--findings", str(found), "--lake", str(lake)]) == 0
    rates = [line for line in capsys.readouterr().out.splitlines() if "报警率" in line]
    assert len(rates) == 1
    assert "push_flow" in rates[0]


def test_with_nothing_decided_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_of([], tmp_path, capsys, "--write", "--directory", str(tmp_path))
    assert "export-labels" in told
    assert "设置未改动" in told
    assert not (tmp_path / "minewarden.toml").exists()


def test_false_alarms_alone_are_no_ground_to_be_sure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_of(pushed(Outcome.FALSE_ALARM, 20, 5.0), tmp_path, capsys)
    assert "没有一条属实可作对照" in told
    assert "可考虑" in told


def test_a_detector_that_is_no_longer_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reasons = (Reason("old.thing", "behaviour", 5.0), Reason("push_flow", "behaviour", 5.0))
    gone = [Label(f"g{n}", Outcome.FALSE_ALARM, DECIDED, "suspected", 0.5, reasons) for n in range(25)]
    told = told_of(gone, tmp_path, capsys)
    assert "old.thing 在本程序里已没有" in told
    assert "push_flow 在" not in told


def test_decisions_of_a_clock_that_ran_ahead_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = Label("a", Outcome.TRUE, datetime(2999, 1, 1, tzinfo=UTC), "suspected", 0.5, ())
    assert "1 条结论的认定时间在将来（最晚 2999-01-01" in told_of([ahead], tmp_path, capsys)
    (tmp_path / "given.jsonl").unlink()
    assert "将来" not in told_of(pushed(Outcome.TRUE, 1, 5.0), tmp_path, capsys)


def test_the_rate_of_alarms_is_told_by_the_lakes_pairs(
    labels: Path, lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "found.jsonl"
    line = '{"id": "f1", "evidence": [{"detector": "push_flow", "weight": 5.0}]}\n'
    found.write_text(line * 2 + "no finding\n", encoding="utf-8")
    arguments = ["detect", "calibrate", "--labels", str(labels), "--findings", str(found), "--lake", str(lake)]
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert "报警率 推送节奏 (push_flow)" in told.out
    assert "对“主机—服务器”中 1 条" in told.out
    assert "基准每万对 1 条" in told.out
    assert "found.jsonl:3" in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--write", "--labels", "x"], ["--rollback"], ["--findings", "x", "--labels", "x"],
        ["--rollback", "--labels", "x", "--directory", "."], ["--labels", "x", "--directory", "nowhere"],
        ["--labels", "x", "--lake", "nowhere"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "calibrate", *arguments]) == 2
    assert capsys.readouterr().err


def test_spoilt_settings_are_told_and_stay(labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minewarden.toml").write_text("[detect", encoding="utf-8")
    assert main(["detect", "calibrate", "--labels", str(labels), "--directory", str(tmp_path), "--write"]) == 2
    assert "TOML" in capsys.readouterr().err
    assert (tmp_path / "minewarden.toml").read_text(encoding="utf-8") == "[detect"


def test_the_settings_value_goes_before_the_detectors_own() -> None:
    given = {"detect": {"push_flow": {"least_weight": 3}}}
    assert list(calibrate.thresholds(given)) == [Threshold("push_flow", 3.0, 0.5, 6.0)]
    assert list(calibrate.thresholds({})) == [Threshold("push_flow", 2.0, 0.5, 6.0)]
