"""Measures handing a district's ledger in: 9 412 rows of which 300 are wrong, as one xlsx, and writes bench/LEDGER.md.

    python -m bench.ledger

A fresh desk on SQLite is given 180 schools with a line and a range each. Two things are measured, in a process of their
own: the preview (reading, trying each row, keeping the file sealed) and the confirmation, which plans afresh and writes.
Making the file is not measured.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS, WRONG, MOST_S, MOST_MIB = 9412, 300, 60, 512


def main() -> None:
    """Furnish, measure in a process of its own, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(_measure(args.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        environment = {**os.environ, "MINEWARDEN_DATA": folder, "MINEWARDEN_SECRET_KEY": "bench" * 12}
        told = []
        for step in ("furnish", "measure"):
            command = [sys.executable, "-m", "bench.ledger", "--measure", str(Path(folder) / step)]
            told.append(subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout)
    found = json.loads(told[1])
    (HERE / "LEDGER.md").write_text(_page(found), encoding="utf-8")
    print(_page(found))


def _measure(place: Path) -> dict[str, float]:
    """One step of two: the file and the desk; or the import of it."""
    from minewarden.desk.start import migrate, prepare

    prepare()
    if place.name == "furnish":
        migrate()
        _furnish(place.with_name("ledger.xlsx"))
        return {}
    from django.utils import timezone

    from minewarden.desk.ledger import imports
    from minewarden.desk.ledger.books import BOOKS
    from minewarden.desk.ledger.models import Asset
    from minewarden.desk.org.models import Person

    by = Person.objects.select_related("unit").get(username="bench")
    content = place.with_name("ledger.xlsx").read_bytes()
    begun = time.perf_counter()
    kept = imports.receive(
        BOOKS["assets"], by=by, unit=by.unit, name="ledger.xlsx", content=content, now=timezone.now()
    )
    seen = time.perf_counter()
    imports.confirm(kept, by=by, now=timezone.now(), correct_only=True)
    done = time.perf_counter()
    columns = len(BOOKS["assets"].table.columns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if (Asset.objects.count(), kept.counts["error"]) != (ROWS - WRONG, WRONG):
        raise SystemExit("not the rows that were expected")
    return {
        "preview_s": seen - begun,
        "confirm_s": done - seen,
        "peak_mib": peak,
        "columns": columns,
        "file_kib": len(content) / 1024,
    }


def _furnish(file: Path) -> None:
    from minewarden.desk.ledger.columns import ASSETS
    from minewarden.desk.org import actions as org
    from minewarden.desk.org.models import Role
    from minewarden.documents.sheet_write import listing
    from tests.scenarios.s4_ledger_week.district import furnish, right_rows, spoiled_rows

    district = org.create_unit(by=None, kind="district", name="云川市临江区教育局")
    person = org.create_person(by=None, unit=district, username="bench", name="量测", password="Qing-Shan-2026")
    org.grant_post(person, role=Role.KEEPER, unit=district, by=None)
    furnish(district)
    file.write_bytes(listing(ASSETS, spoiled_rows(right_rows())[0]))


def _page(found: dict[str, float]) -> str:
    total = found["preview_s"] + found["confirm_s"]
    return f"""# A district's ledger as one file

{ROWS} rows of {found["columns"]:.0f} columns, {WRONG} of them wrong, one xlsx of {found["file_kib"]:.0f} KiB, into a desk on SQLite with 180 schools.
Made by `python -m bench.ledger` on {os.cpu_count()} cores, Python {platform.python_version()}, one process.

| step | measured | limit |
|---|---:|---:|
| preview of every row, s | {found["preview_s"]:.1f} | |
| confirmation, planned afresh and written, s | {found["confirm_s"]:.1f} | |
| both, s | {total:.1f} | {MOST_S} |
| peak resident memory, MiB | {found["peak_mib"]:.0f} | {MOST_MIB} |
"""


if __name__ == "__main__":
    main()
