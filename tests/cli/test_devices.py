"""`minewarden devices`: what logs saw, as the table that the desk's ledger takes in."""

import csv
import io
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.desk.ledger.columns import SEEN
from minewarden.documents.sheet_read import read_table

LEASES = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
    "10.12.9.14,02:00:5e:00:00:01,,43200,1773364477,1,0,0,=cmd|' /C calc'!A0,0,,0\n"
    "10.12.9.15,02:00:5e:00:00:02,,43200,1773364477,1,0,0,lab-7,0,,0\n"
)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    logs = tmp_path / "kea-leases4.csv"
    logs.write_text(LEASES)
    assert main(["--language", "en", "ingest", str(logs), "--lake", str(tmp_path / "lake")]) == 0
    return tmp_path / "lake"


def test_the_ledger_takes_the_file_as_it_is_written(
    lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seen.csv"
    capsys.readouterr()
    assert main(["--language", "en", "devices", "--lake", str(lake), "--out", str(out)]) == 0
    assert "devices: 2, of which 2 with a MAC address; 0 without a time" in capsys.readouterr().err
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert [row["mac"] for row in rows] == ["02:00:5e:00:00:01", "02:00:5e:00:00:02"]
    assert rows[0]["hostname"].startswith("'="), "a spreadsheet must not run what a host calls itself"
    reading = read_table(out.read_bytes(), out.name, SEEN)
    assert reading.unknown == ()
    assert [column.key for column in reading.missing] == ["unit"], "whose they are is said when the file is handed in"
    assert reading.rows[1].texts == {
        "mac": "02:00:5e:00:00:02", "ip": "10.12.9.15", "hostname": "lab-7", "first_seen": "2026-03-12",
        "last_seen": "2026-03-12", "source": "kea-leases4.csv",
    }  # fmt: skip


def test_without_a_file_it_goes_to_standard_output(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["devices", "--lake", str(lake)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "mac,ip,hostname,first_seen,last_seen,source"


def test_a_lake_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "devices", "--lake", str(tmp_path / "none")]) == 2
    assert "there is no such lake" in capsys.readouterr().err
