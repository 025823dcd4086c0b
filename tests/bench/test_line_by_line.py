"""The loop that `ingest` is compared with does the same work: the same rows in the same table, the same hash."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bench import line_by_line
from bench.ingest import FORMS
from minewarden.cli.main import main


@pytest.mark.parametrize("parser", ["json", "orjson"])
@pytest.mark.parametrize("form", list(FORMS))
def test_the_loop_writes_what_ingest_writes(
    tmp_path: Path, form: str, parser: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, lake = tmp_path / "conn.log", tmp_path / "lake"
    FORMS[form](log, 2000)
    assert main(["ingest", str(log), "--lake", str(lake), "--format", "jsonl"]) == 0
    record = json.loads(capsys.readouterr().out)
    monkeypatch.setattr("sys.argv", ["line_by_line", "--json", parser, "--into", str(tmp_path), str(log)])
    line_by_line.main()
    assert capsys.readouterr().out.split() == ["2000", record["sha256"]]
    (kept,) = (lake / "conn").glob("*.parquet")
    assert pq.read_table(kept).equals(pq.read_table(tmp_path / "conn.log.parquet"))
