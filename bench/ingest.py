"""How fast `minewarden ingest` fills a lake, beside a Python loop over the lines that does the same, and the bare read of
the bytes, in one run; and how that grows with the rows.

    python -m bench.ingest [--sizes 1000000 3000000] [--times 3] [--slow-rows 1000000] [--forms TSV JSON] [--cold]
                           [--section TITLE] [--keep DIR] [--only-make]

Zeek's conn log as TSV and as JSON, made here from fixed numbers. The loop (bench/line_by_line.py, which hashes the file and
writes the same table to Parquet) takes a file of `--slow-rows`; of JSON by the standard library and by orjson. Its rate is
that of a row once it runs: of two files, one with half the rows. Each run says how many cores other work had beside it.
With `--keep` the logs stay and are used again, so that a quiet moment need not be spent on making them. A log larger than
memory comes from the disk: with `--cold` nothing of it lies in memory before any run, whatever its size, so that the bare
read of the bytes is that of the disk too. Writes the section "Logs into the lake" of bench/RESULTS.md, or the one named.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.measure import Cost, run
from bench.results import machine, table, write_section
from bench.scan import BARE_READ, LINE_BY_LINE
from bench.scan import _zeek_json as write_json
from bench.scan import _zeek_tsv as write_tsv

MINEWARDEN = str(Path(sys.executable).with_name("minewarden"))
FORMS: dict[str, Callable[[Path, int], None]] = {"TSV": write_tsv, "JSON": write_json}
_PART = 1_000_000
_HEADS = (
    *("data", "work", "rows/s", "MiB/s", "rows per CPU-second", "wall s", "CPU s", "peak MiB"),
    *("cores of other work", "CPU a row to that of `ingest`", "wall a row to that of `ingest`"),
)
_LOOPS = {"TSV": ("orjson",), "JSON": ("json", "orjson")}


def repeated(path: Path, part: Path, rows: int, part_rows: int, *, cold: bool = False) -> None:
    """A log of so many rows out of one of fewer, whose header is written once.

    `cold`: it goes to the disk part by part and out of memory, which is left to whatever else runs here.
    """
    lines = part.read_bytes()
    head = lines.rindex(b"\n#") + 1 if lines.startswith(b"#") else 0
    body = lines.index(b"\n", head) + 1 if head else 0
    with path.open("wb") as file:
        file.write(lines[:body])
        for _ in range(rows // part_rows):
            file.write(lines[body:])
            if cold:
                file.flush()
                forget(path)


def forget(path: Path) -> None:
    """Have nothing of a file lie in memory: what is new goes to the disk first."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _row(form: str, rows: int, size: int, work: str, cost: Cost, of: Cost, of_rows: int) -> tuple[str, ...]:
    """`size`: bytes. `of`, `of_rows`: what `ingest` cost, and for how many rows."""
    rates = f"{rows / cost.wall_s:,.0f}", f"{size / 2**20 / cost.wall_s:,.0f}", f"{rows / cost.cpu_s:,.0f}"
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


def make(form: str, folder: Path, sizes: list[int], slow_rows: int, *, cold: bool = False) -> None:
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
            repeated(_log(folder, form, rows), part, rows, part_rows, cold=cold)


def _slow(folder: Path, form: str, rows: int) -> Path:
    return folder / f"slow-{rows}.{form}"


def _log(folder: Path, form: str, rows: int) -> Path:
    return folder / f"log-{rows}.{form}"


def _often(command: list[str], path: Path, times: int, *, cold: bool, after: Callable[[], None] = lambda: None) -> Cost:
    """The run with the median of wall seconds. Raises RuntimeError where one fails."""
    costs = []
    for _ in range(times):
        if cold:
            forget(path)
        costs.append(run(command))
        after()
    if any(cost.code for cost in costs):
        raise RuntimeError(f"{' '.join(command)} failed")
    return sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]


def _measured(
    form: str, folder: Path, sizes: list[int], slow_rows: int, times: int, *, cold: bool
) -> list[tuple[str, ...]]:
    make(form, folder, sizes, slow_rows, cold=cold)
    found, lake = [], folder / "lake"
    for rows in sizes:
        path = _log(folder, form, rows)
        command, size = [MINEWARDEN, "ingest", str(path), "--lake", str(lake)], path.stat().st_size
        cost = _often(command, path, times, cold=cold, after=lambda: shutil.rmtree(lake))
        found.append(_row(form, rows, size, "`ingest`", cost, cost, rows))
        bare = _often([sys.executable, "-c", BARE_READ, str(path)], path, times, cold=cold)
        found.append(_row(form, rows, size, "bare read", bare, cost, rows))
    for parser in _LOOPS[form]:
        slow, half = _slow(folder, form, slow_rows), _slow(folder, form, slow_rows // 2)
        loop, count = _looped([*LINE_BY_LINE, "--into", str(folder), "--json", parser], slow, half, slow_rows)
        work = "a Python loop" + (f", {parser}" if form == "JSON" else "")
        found.append(_row(form, count, slow.stat().st_size - half.stat().st_size, work, loop, cost, rows))
    return found


def main() -> None:
    """Generate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 3_000_000])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--slow-rows", type=int, default=1_000_000)
    parser.add_argument("--forms", choices=FORMS, nargs="+", default=list(FORMS))
    parser.add_argument("--cold", action="store_true", help="have nothing of a log in memory before each run")
    parser.add_argument("--section", default="Logs into the lake", help="section of bench/RESULTS.md to write")
    parser.add_argument("--keep", type=Path, help="folder for the logs, used again where they stand")
    parser.add_argument("--only-make", action="store_true", help="make the logs and end")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minewarden-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        if args.only_make:
            for form in args.forms:
                make(form, folder, args.sizes, args.slow_rows, cold=args.cold)
            return
        rows = [
            row
            for form in args.forms
            for row in _measured(form, folder, args.sizes, args.slow_rows, args.times, cold=args.cold)
        ]
    write_section(args.section, _lines(args, rows))


def _lines(args: argparse.Namespace, rows: list[tuple[str, ...]]) -> list[str]:
    options = f"--sizes {' '.join(map(str, args.sizes))} --times {args.times} --slow-rows {args.slow_rows}"
    options += f" --forms {' '.join(args.forms)}" if set(args.forms) != set(FORMS) else ""
    options += " --cold" if args.cold else ""
    chosen = f"the run with the median of wall seconds of {args.times} whole processes" if args.times > 1 else "one run"
    before = " Nothing of a log lay in memory before each run." if args.cold else ""
    return [
        f"Made by `python -m bench.ingest {options}`; {chosen}, start-up included.{before} The loop does the same work (typed "
        "and checked columns, addresses in one spelling, SHA-256, the same Parquet table, whose rows are equal), without its "
        f"start-up, and is compared with the largest file. {machine()}; wall seconds hold for so many cores of other work only "
        "as stand beside them.",
        "",
        *table(_HEADS, rows),
    ]


if __name__ == "__main__":
    main()
