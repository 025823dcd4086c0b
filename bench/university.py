"""Measures scenario S3 whole: `minewarden scan` on one day of a university's DNS log, twelve million lines.

    python -m bench.university [--lines 12000000]

The log is that of `tests/scenarios/s3_university`, whose test reads the same day with fewer lines. Beside the time and the
memory stands what was found: three hosts, and not one name that anybody else asked for.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.measure import run
from bench.results import machine, table, write_section
from tests.scenarios.s3_university import day

SCAN = [sys.executable, "-m", "minewarden", "scan", "--format", "jsonl", "--zone", "Asia/Shanghai"]


def main() -> None:
    """Write the day, scan it, look at what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=day.LINES)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        folder = Path(made)
        day.write(folder / "query.log", lines)
        mib = (folder / "query.log").stat().st_size / 2**20
        cost = run([*SCAN, str(folder / "query.log"), "--out", str(folder / "found.jsonl")])
        found = [json.loads(line) for line in (folder / "found.jsonl").read_text(encoding="utf-8").splitlines()]
        text = (folder / "found.jsonl").read_text(encoding="utf-8")
    hosts = sorted({one["host"] for one in found})
    foreign = sum(day.site(number) in text for number in range(day.SITES))
    rows = [
        (
            f"{lines:,}",
            f"{mib:,.0f}",
            f"{cost.wall_s:.1f}",
            f"{lines / cost.wall_s:,.0f}",
            f"{cost.cpu_s:.1f}",
            f"{cost.peak_mib:.0f}",
        )
    ]
    section = [
        f"Made by `python -m bench.university --lines {lines}` on {machine()}.",
        "",
        *table(("lines", "MiB", "wall s", "lines/s", "CPU s", "peak MiB"), rows),
        "",
        f"Hosts in the findings: {', '.join(hosts)}; findings: {len(found)}, all of grade "
        f"{', '.join(sorted({e['grade'] for one in found for e in one['evidence']}))}. Names of other sites in what goes up: {foreign} of {day.SITES:,}.",
    ]
    if lines == day.LINES:
        write_section("A university's day of DNS queries (S3)", section)
    print("\n".join(section))


if __name__ == "__main__":
    main()
