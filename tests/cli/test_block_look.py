"""`minewarden block dry-run` over a lake, and `serve-edl` as a firewall meets it."""

import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.enforce.bundle import compile_to
from tests.enforce.made_orders import order, write_orders
from tests.enforce.rules import SAMPLE


def test_what_would_have_been_met_by_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    log = tmp_path / "query.log"
    stamp = now.strftime("%d-%b-%Y %H:%M:%S.000")
    log.write_text("".join(
        f"{stamp} client @0x1 10.1.0.{n}#5353 (pool.example.net): query: pool.example.net IN A +E(0) (192.0.2.53)\n"
        for n in (1, 2, 2)
    ))  # fmt: skip
    assert main(["ingest", str(log), "--lake", str(tmp_path / "lake"), "--zone", "UTC"]) == 0
    write_orders(tmp_path / "o.json", order(now=now), order("other.example.net", now))
    (tmp_path / "units.csv").write_text("单位,网段\n第一中学,10.1.0.0/16\n", encoding="utf-8")
    given = ["--orders", str(tmp_path / "o.json"), "--lake", str(tmp_path / "lake"), "--days", "2"]
    capsys.readouterr()
    assert main(["block", "dry-run", *given, "--units", str(tmp_path / "units.csv")]) == 0
    out = capsys.readouterr().out
    assert "2 条规则中有 1 条会命中" in out
    assert "pool.example.net：3 次，2 个终端" in out
    assert "第一中学：3 次，2 个终端" in out


def test_wrong_use_is_told(tmp_path: Path) -> None:
    write_orders(tmp_path / "o.json", order())
    (tmp_path / "lake").mkdir()
    common = ["block", "dry-run", "--orders", str(tmp_path / "o.json"), "--lake", str(tmp_path / "lake")]
    assert main([*common[:-1], str(tmp_path / "absent")]) == 2
    assert main([*common, "--days", "0"]) == 2
    (tmp_path / "units.csv").write_text("a,10.0.0.0/8\nb,everything\n")
    assert main([*common, "--units", str(tmp_path / "units.csv")]) == 1
    for more in (["--listen", "nowhere"], ["--listen", "0.0.0.0:0"], ["--allow", "x"], ["--listen", "127.0.0.1:99999"]):
        assert main(["block", "serve-edl", str(tmp_path), *more]) == 2


def test_a_firewall_gets_the_list_and_then_304(tmp_path: Path) -> None:
    compile_to(tmp_path, ["edl"], SAMPLE, now=SAMPLE[0].expires_at.replace(year=2026, month=11))
    command = [sys.executable, "-m", "minewarden", "block", "serve-edl", str(tmp_path), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            place = next(word for word in server.stdout.readline().split() if "http://" in word)
            place = "http://" + place.partition("http://")[2].partition("/")[0]
            with urllib.request.urlopen(f"{place}/domains.txt", timeout=10) as answer:
                assert answer.read() == (tmp_path / "domains.txt").read_bytes()
                tag = answer.headers["ETag"]
            again = urllib.request.Request(f"{place}/domains.txt", headers={"If-None-Match": tag})
            with pytest.raises(urllib.error.HTTPError) as unchanged:
                urllib.request.urlopen(again, timeout=10)
            assert unchanged.value.code == 304
            unchanged.value.close()
        finally:
            server.terminate()
