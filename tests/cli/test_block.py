"""`minewarden block compile` as a person runs it."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.cli import block
from minewarden.cli.main import main
from minewarden.plugins import COMPILERS


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    """Three findings: one to block, one inside a content network, one not sure enough."""
    lines = [
        {"id": "a", "server": "203.0.113.9", "server_name": "pool.example.net", "port": 3333, "state": "confirmed"},
        {"id": "b", "server": "104.16.0.1", "server_name": None, "port": 443, "state": "probable"},
        {"id": "c", "server": None, "server_name": "other.example.net", "port": None, "state": "suspected"},
    ]
    path = tmp_path / "findings.jsonl"
    path.write_text("".join(json.dumps({"schema": "minewarden/finding/1", **line}) + "\n" for line in lines))
    return path


def compiled(findings: Path | str, out: Path, *more: str) -> int:
    """Run the command."""
    return main(["block", "compile", "--from", str(findings), "--out", str(out), *more])


def test_it_writes_what_was_asked_and_says_so(
    findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert compiled(findings, out, "--to", "rpz,edl", "--to", "nftables") == 0
    assert (out / "domains.txt").read_text() == "pool.example.net\n"
    assert "203.0.113.9 . 3333 timeout 2592000s" in (out / "minewarden.nft").read_text()
    assert "pool.example.net CNAME ." in (out / "minewarden.rpz").read_text()
    assert not (out / "minewarden.rules").exists()
    shown = capsys.readouterr()
    assert "203.0.113.9:3333" in shown.out
    assert "编译规则 2 条，拒绝 0 条" in shown.out
    assert "--site" in shown.err


def test_refusals_are_shown_with_their_reason(
    findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site.toml"
    site.write_text('own = ["203.0.113.0/28"]\n')
    arguments = ["--language", "en", "block", "compile", "--from", str(findings), "--to", "all", "--out", str(tmp_path)]
    assert main([*arguments, "--state", "probable", "--site", str(site)]) == 1
    shown = capsys.readouterr()
    assert "touches the unit's own range 203.0.113.0/28" in shown.out
    assert "Cloudflare" in shown.out
    assert shown.err == ""
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert {item["form"] for item in manifest["files"]} == set(COMPILERS)
    assert [item["value"] for item in manifest["rules"]] == ["pool.example.net"]


def test_days_set_the_end(findings: Path, tmp_path: Path) -> None:
    assert compiled(findings, tmp_path / "out", "--to", "edl", "--days", "7") == 0
    ends = {rule["expires_at"] for rule in json.loads((tmp_path / "out" / "index.json").read_text())["rules"]}
    left = datetime.fromisoformat(ends.pop()) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert not ends


def test_a_site_with_a_shorter_limit_shortens_the_default(findings: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[limits]\nlongest_days = 3\n")
    assert compiled(findings, tmp_path / "out", "--to", "edl", "--site", str(site)) == 0
    assert compiled(findings, tmp_path / "out", "--to", "edl", "--site", str(site), "--days", "4") == 2


def test_a_long_list_is_shown_in_part(findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(findings.read_text().splitlines()[0])
    names = [{**line, "id": "[bold]x", "server_name": f"p{number}.example.net"} for number in range(300)]
    findings.write_text("".join(json.dumps(name) + "\n" for name in names))
    assert compiled(findings, tmp_path / "out", "--to", "edl") == 0
    shown = capsys.readouterr().out
    assert "另有 101 条" in shown
    assert "[bold]x" in shown
    assert len((tmp_path / "out" / "domains.txt").read_text().splitlines()) == 300


def test_findings_from_standard_input(findings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(findings.read_bytes())))
    assert compiled("-", tmp_path / "out", "--to", "edl") == 0
    assert (tmp_path / "out" / "ip-ports.txt").read_text() == "203.0.113.9:3333\n"


def test_a_line_that_is_no_finding_is_named_and_the_rest_is_used(
    findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings.write_text("not json\n" + findings.read_text())
    assert compiled(findings, tmp_path / "out", "--to", "edl") == 1
    assert f"{findings}:1: " in capsys.readouterr().err
    assert (tmp_path / "out" / "domains.txt").read_text() == "pool.example.net\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--to", "smoke"],
        ["--to", ","],
        ["--to", "rpz", "--days", "0"],
        ["--to", "rpz", "--days", "181"],
        ["--to", "rpz", "--site", "absent.toml"],
    ],
)
def test_wrong_usage_is_2_and_writes_nothing(
    findings: Path, tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert compiled(findings, tmp_path / "out", *wrong) == 2
    shown = capsys.readouterr()
    assert shown.err.strip()
    assert not shown.out
    assert not (tmp_path / "out").exists()


def test_files_that_cannot_be_read_or_written(
    findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compiled(tmp_path / "absent.jsonl", tmp_path / "out", "--to", "rpz") == 2
    assert "absent.jsonl" in capsys.readouterr().err
    assert compiled(findings, findings, "--to", "rpz") == 2
    assert str(findings) in capsys.readouterr().err


def test_help_speaks_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for language, word in (("zh", "到期"), ("en", "days until")):
        with pytest.raises(SystemExit):
            main(["--language", language, "block", "compile", "--help"])
        assert word in capsys.readouterr().out
    assert block.DEFAULT_DAYS == 30
