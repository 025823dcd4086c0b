"""How fast `minewarden ingest` fills a lake, beside a Python loop over the lines that does the same, and the bare read of
the bytes, in one run; and how that grows with the rows.

    python -m bench.ingest [--sizes 1000000 3000000] [--times 3] [--slow-rows 1000000] [--keep DIR] [--only-make]

Zeek's conn log as TSV and as JSON, made here from fixed numbers. The loop (bench/line_by_line.py, which hashes the file and
writes the same table to Parquet) takes a file of `--slow-rows`; of JSON by the standard library and by orjson. Its rate is
that of a row once it runs: of two files, one with half the rows. Each run says how many cores other work had beside it.
With `--keep` the logs stay and are used again, so that a quiet moment need not be spent on making them. Writes the section "Logs into the lake" of bench/RESULTS.md.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
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
    *("cores of other work", "CPU a row to that of `ingest`", "wall a row to that of `ingest`"),
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
    figures = *rates, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", f"{cost.peak_mib:.0f}", f"{cost.others:.1f}"
    ratios = (mine / rows / (its / of_rows) for mine, its in ((cost.cpu_s, of.cpu_s), (cost.wall_s, of.wall_s)))
    return (f"{form}, {rows:,}", work, *figures, *(f"{ratio:.3g}" for ratio in ratios))


def _looped(command: list[str], slow: Path, half: Path, slow_rows: int) -> tuple[Cost, int]:
    """What the loop costs for half of the rows, its start and imports left out."""
    whole, part = run([*command, str(slow)]), run([*command, str(half)])
    if whole.code or part.code:
        raise RuntimeError("the loop failed")
    less = whole.wall_s - part.wall_s, whole.cpu_s - part.cpu_s, whole.peak_mib, 0, whole.others_s - part.others_s
    return Cost(*less), slow_rows - slow_rows // 2


def make(form: str, folder: Path, sizes: list[int], slow_rows: int) -> None:
    """The logs of a form, each one that does not stand there yet."""
    part_rows = min(_PART, *sizes)
    part = folder / f"part-{part_rows}.{form}"
    for path, rows in ((part, part_rows), (_slow(folder, form, slow_rows), slow_rows)):
        if not path.exists():
            FORMS[form](path, rows)
    if not (half := _slow(folder, form, slow_rows // 2)).exists():
        FORMS[form](half, slow_rows // 2)
    for rows in sizes:
        if not _log(folder, form, rows).exists():
            repeated(_log(folder, form, rows), part, rows, part_rows)


def _slow(folder: Path, form: str, rows: int) -> Path:
    return folder / f"slow-{rows}.{form}"


def _log(folder: Path, form: str, rows: int) -> Path:
    return folder / f"log-{rows}.{form}"


def _measured(form: str, folder: Path, sizes: list[int], slow_rows: int, times: int) -> list[tuple[str, ...]]:
    make(form, folder, sizes, slow_rows)
    found = []
    for rows in sizes:
        path, costs = _log(folder, form, rows), []
        for _ in range(times):
            costs.append(run([MINEWARDEN, "ingest", str(path), "--lake", str(folder / "lake")]))
            shutil.rmtree(folder / "lake")
        if any(cost.code for cost in costs):
            raise RuntimeError("ingest failed")
        cost = sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]
        found.append(_row(form, rows, "`ingest`", cost, cost, rows))
        bare = median([sys.executable, "-c", BARE_READ, str(path)], times)
        found.append(_row(form, rows, "bare read", bare, cost, rows))
    for parser in _LOOPS[form]:
        slow, half = _slow(folder, form, slow_rows), _slow(folder, form, slow_rows // 2)
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
    parser.add_argument("--keep", type=Path, help="folder for the logs, used again where they stand")
    parser.add_argument("--only-make", action="store_true", help="make the logs and end")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minewarden-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        if args.only_make:
            for form in FORMS:
                make(form, folder, args.sizes, args.slow_rows)
            return
        rows = [row for form in FORMS for row in _measured(form, folder, args.sizes, args.slow_rows, args.times)]
    sizes = " ".join(map(str, args.sizes))
    lines = [
        f"Made by `python -m bench.ingest --sizes {sizes} --times {args.times} --slow-rows {args.slow_rows}`; the run with the "
        f"median of wall seconds of {args.times} whole processes, start-up included. The loop does the same work (typed and "
        "checked columns, addresses in one spelling, SHA-256, the same Parquet table, whose rows are equal), without its "
        f"start-up, and is compared with the largest file. {machine()}; wall seconds hold for so many cores of other work only "
        "as stand beside them.",
        "",
        *table(_HEADS, rows),
    ]
    write_section("Logs into the lake", lines)


if __name__ == "__main__":
    main()
