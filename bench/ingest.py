"""How fast `minewarden ingest` fills a lake, beside a Python loop over the lines that does the same, and the bare read of
the bytes, in one run; and how that grows with the rows.

    python -m bench.ingest [--sizes 1000000 3000000] [--times 3] [--slow-rows 1000000]

Zeek's conn log as TSV and as JSON, made here from fixed numbers. The loop (bench/line_by_line.py, which hashes the file and
writes the same table to Parquet) takes a file of `--slow-rows`; of JSON by the standard library and by orjson. Its rate is
that of a row once it runs: of two files, one with half the rows. Writes the section "Logs into the lake" of bench/RESULTS.md.
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
_HEADS = (
    *("data", "work", "rows/s", "rows per CPU-second", "wall s", "CPU s", "peak MiB"),
    *("CPU a row to that of `ingest`", "wall a row to that of `ingest`"),
)
_LOOPS = {"TSV": ("orjson",), "JSON": ("json", "orjson")}


def repeated(path: Path, part: Path, rows: int, part_rows: int) -> None:
    """A log of so many rows out of one of fewer, whose header is written once."""
    lines = part.read_bytes()
    head = lines.rindex(b"\n#") + 1 if lines.startswith(b"#") else 0
    body = lines.index(b"\n", head) + 1 if head else 0
    with path.open("wb") as file:
        file.write(lines[:body])
        for _ in range(rows // part_rows):
            file.write(lines[body:])


def _row(form: str, rows: int, work: str, cost: Cost, of: Cost, of_rows: int) -> tuple[str, ...]:
    """`of`, `of_rows`: what `ingest` cost, and for how many rows."""
    rates = f"{rows / cost.wall_s:,.0f}", f"{rows / cost.cpu_s:,.0f}"
    figures = *rates, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", f"{cost.peak_mib:.0f}"
    ratios = (mine / rows / (its / of_rows) for mine, its in ((cost.cpu_s, of.cpu_s), (cost.wall_s, of.wall_s)))
    return (f"{form}, {rows:,}", work, *figures, *(f"{ratio:.3g}" for ratio in ratios))


def _looped(command: list[str], slow: Path, half: Path, slow_rows: int) -> tuple[Cost, int]:
    """What the loop costs for half of the rows, its start and imports left out."""
    whole, part = run([*command, str(slow)]), run([*command, str(half)])
    if whole.code or part.code:
        raise RuntimeError("the loop failed")
    less = Cost(whole.wall_s - part.wall_s, whole.cpu_s - part.cpu_s, whole.peak_mib, 0)
    return less, slow_rows - slow_rows // 2


def _measured(form: str, folder: Path, sizes: list[int], slow_rows: int, times: int) -> list[tuple[str, ...]]:
    part, slow, half = folder / f"part.{form}", folder / f"slow.{form}", folder / f"half.{form}"
    FORMS[form](part, min(_PART, *sizes))
    FORMS[form](slow, slow_rows)
    FORMS[form](half, slow_rows // 2)
    found = []
    for rows in sizes:
        path = folder / f"log.{form}"
        repeated(path, part, rows, min(_PART, *sizes))
        costs = []
        for _ in range(times):
            costs.append(run([MINEWARDEN, "ingest", str(path), "--lake", str(folder / "lake")]))
            shutil.rmtree(folder / "lake")
        if any(cost.code for cost in costs):
            raise RuntimeError("ingest failed")
        cost = sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]
        found.append(_row(form, rows, "`ingest`", cost, cost, rows))
        bare = median([sys.executable, "-c", BARE_READ, str(path)], times)
        found.append(_row(form, rows, "bare read", bare, cost, rows))
        path.unlink()
    for parser in _LOOPS[form]:
        loop, count = _looped([*LINE_BY_LINE, "--into", str(folder), "--json", parser], slow, half, slow_rows)
        work = "a Python loop" + (f", {parser}" if form == "JSON" else "")
        found.append(_row(form, count, work, loop, cost, rows))
    return found


def main() -> None:
    """Generate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 3_000_000])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--slow-rows", type=int, default=1_000_000)
    args = parser.parse_args()
    begun = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        rows = [row for form in FORMS for row in _measured(form, Path(made), args.sizes, args.slow_rows, args.times)]
    sizes = " ".join(map(str, args.sizes))
    lines = [
        f"Made by `python -m bench.ingest --sizes {sizes} --times {args.times} --slow-rows {args.slow_rows}`; the run with the "
        f"median of wall seconds of {args.times} whole processes, start-up included. The loop does the same work (typed and "
        "checked columns, addresses in one spelling, SHA-256, the same Parquet table, whose rows are equal), without its "
        f"start-up, and is compared with the largest file. {machine()}, which other work shares (load {begun:.0f} at the start, "
        f"{os.getloadavg()[0]:.0f} at the end): wall seconds hold for that load only.",
        "",
        *table(_HEADS, rows),
    ]
    write_section("Logs into the lake", lines)


if __name__ == "__main__":
    main()
