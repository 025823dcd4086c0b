"""How fast `minewarden ingest` fills a lake, beside a Python loop over the lines and the bare read of the bytes, in one run;
and how that grows with the rows.

    python -m bench.ingest [--sizes 1000000 3000000] [--times 3] [--slow-rows 1000000]

Zeek's conn log as TSV and as JSON, made here from fixed numbers. The loop takes a file of `--slow-rows`. Writes the section
"Logs into the lake" of bench/RESULTS.md.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Cost, median, run
from bench.results import machine, table, write_section
from bench.scan import BARE_READ, LINE_BY_LINE
from bench.scan import _zeek_json as write_json
from bench.scan import _zeek_tsv as write_tsv

MINEWARDEN = str(Path(sys.executable).with_name("minewarden"))
FORMS: dict[str, Callable[[Path, int], None]] = {"TSV": write_tsv, "JSON": write_json}
_PART = 1_000_000
_HEADS = ("data", "work", "rows/s", "rows per CPU-second", "wall s", "CPU s", "peak MiB", "CPU to that of `ingest`")


def repeated(path: Path, part: Path, rows: int, part_rows: int) -> None:
    """A log of so many rows out of one of fewer, whose header is written once."""
    lines = part.read_bytes()
    head = lines.rindex(b"\n#") + 1 if lines.startswith(b"#") else 0
    body = lines.index(b"\n", head) + 1 if head else 0
    with path.open("wb") as file:
        file.write(lines[:body])
        for _ in range(rows // part_rows):
            file.write(lines[body:])


def _row(form: str, rows: int, work: str, cost: Cost, ratio: str) -> tuple[str, ...]:
    rates = f"{rows / cost.wall_s:,.0f}", f"{rows / cost.cpu_s:,.0f}"
    return (f"{form}, {rows:,}", work, *rates, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", f"{cost.peak_mib:.0f}", ratio)


def _measured(form: str, folder: Path, sizes: list[int], slow_rows: int, times: int) -> list[tuple[str, ...]]:
    part, slow = folder / f"part.{form}", folder / f"slow.{form}"
    FORMS[form](part, min(_PART, *sizes))
    FORMS[form](slow, slow_rows)
    found, each = [], 0.0
    for rows in sizes:
        path = folder / f"log.{form}"
        repeated(path, part, rows, min(_PART, *sizes))
        costs = []
        for _ in range(times):
            costs.append(run([MINEWARDEN, "ingest", str(path), "--lake", str(folder / "lake")]))
            shutil.rmtree(folder / "lake")
        cost = min(costs, key=lambda cost: cost.wall_s)
        each = cost.cpu_s / rows
        found.append(_row(form, rows, "`ingest`", cost, "1.0"))
        bare = median([sys.executable, "-c", BARE_READ, str(path)], times)
        found.append(_row(form, rows, "bare read", bare, f"{bare.cpu_s / cost.cpu_s:.3f}"))
        path.unlink()
    loop = run([*LINE_BY_LINE, str(slow)])
    found.append(_row(form, slow_rows, "a Python loop", loop, f"{loop.cpu_s / slow_rows / each:.1f} a row"))
    return found


def main() -> None:
    """Generate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 3_000_000])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--slow-rows", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        rows = [row for form in FORMS for row in _measured(form, Path(made), args.sizes, args.slow_rows, args.times)]
    sizes = " ".join(map(str, args.sizes))
    lines = [
        f"Made by `python -m bench.ingest --sizes {sizes} --slow-rows {args.slow_rows}`; the fastest of {args.times} runs of "
        f"whole processes, start-up included (the loop once; the bare read's median). {machine()}, which other work shares "
        f"(load {os.getloadavg()[0]:.0f} at the end): wall seconds hold for that load only.",
        "",
        *table(_HEADS, rows),
    ]
    write_section("Logs into the lake", lines)


if __name__ == "__main__":
    main()
