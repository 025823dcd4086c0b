"""How long the preview of a notice of 20 000 lines takes: the reading alone, and the desk's whole preview of it.

    .venv/bin/python -m bench.intake [--lines 20000]    (writes bench/INTAKE.md)

The lines are made as offices write them: a head of two lines, several addresses in a cell, harmless and full-width
spellings, dates in seven forms. Time is that of `intake.isolation.read`, from the bytes to the notice in the caller:
start of the process, reading, and the way back as JSON. CPU and memory
(largest resident size) are those of the bounded process; of the desk's whole preview, those of the desk's own.

The whole preview is `desk.notices.intake.take_in` on a desk with 5 000 units and 40 000 ranges, on SQLite: the reading
above, whose each address was at the time of the activity, which running case it may belong to, and the lines written.
"""

import argparse
import io
import ipaddress
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import psutil
import xlsxwriter

from minewarden.intake.isolation import read
from minewarden.vocab.words import DISPLAY_ZONE

HEAD = [
    "序号",
    "IP地址",
    "源端口",
    "目的IP",
    "目的端口",
    "矿池域名",
    "币种",
    "首次发现时间",
    "末次发现时间",
    "归属单位",
    "备注",
]
BEGIN = datetime(2026, 3, 1)
RECEIVED = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
MOST_S, GOAL_S = 60, 30
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def rows(count: int) -> list[list[object]]:
    """The lines, with every spelling in turn."""
    made: list[list[object]] = []
    for number in range(count):
        ip = f"203.0.{number // 250 % 200}.{number % 250 + 1}"
        cell = (
            ip,
            ip.replace(".", "[.]"),
            ip.translate(_WIDE),
            f"{ip}、198.51.100.{number % 200}",
            f"2001:db8::{number:x}",
        )[number % 5]
        at = BEGIN + timedelta(seconds=47 * number % 900_000)
        serial = (at - datetime(1899, 12, 30)) / timedelta(days=1)
        forms: tuple[object, ...] = (
            *(
                f"{at:%Y-%m-%d %H:%M:%S}",
                f"{at.month}月{at.day}日{at.hour}时{at.minute}分",
                f"{at:%Y%m%d%H%M%S}",
                serial,
            ),
            *(
                f"{at:%Y/%m/%d} 下午{at.hour % 12}:{at.minute:02}",
                f"{at:%Y-%m-%dT%H:%M:%S}Z",
                int(at.timestamp() * 1000),
            ),
        )
        unit = f"云川市第{number % 400}中学"
        made.append(
            [
                number + 1,
                cell,
                40_000 + number % 20_000,
                "198.51.100.77",
                3333,
                "POOL.example.net.",
                "XMR",
                forms[number % 7],
                forms[0],
                unit,
                "",
            ]
        )
    return made


def as_xlsx(lines: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEAD, *lines]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def as_csv(lines: list[list[object]]) -> bytes:
    rows: list[Sequence[object]] = [HEAD, *lines]
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode("gb18030")


def as_docx(lines: list[list[object]]) -> bytes:
    made = docx.Document()
    table = made.add_table(1, len(HEAD))
    row = table.rows[0]._tr
    for cell, text in zip(table.rows[0].cells, HEAD, strict=True):
        cell.text = text
    for line in lines:
        new = deepcopy(row)
        for cell, value in zip(new.tc_lst, line, strict=True):
            for run in cell.p_lst[0].r_lst:
                run.text = str(value)
        table._tbl.append(new)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


FORMS: dict[str, Callable[[list[list[object]]], bytes]] = {"xlsx": as_xlsx, "csv": as_csv, "docx": as_docx}


class Peak:
    """The largest resident size of the bounded process, looked at fifty times a second.

    Not what the system says of ended children: there the size of whoever started them counts as theirs.
    """

    def __init__(self) -> None:
        self.mib, self._over = 0, threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> "Peak":
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for child in psutil.Process().children():
                with suppress(psutil.Error, OSError):
                    if "minewarden.intake.worker" in child.cmdline():
                        self.mib = max(self.mib, child.memory_info().rss >> 20)


def one(form: str, count: int) -> dict[str, object]:
    """One form, in a process of its own."""
    data = FORMS[form](rows(count))
    begun = time.perf_counter()
    with Peak() as peak:
        notice = read(f"notice.{form}", data, zone=DISPLAY_ZONE, latest=RECEIVED)
    seconds = time.perf_counter() - begun
    assert len(notice.lines) == count, (form, notice.warnings)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "form": form,
        "lines": count,
        "seconds": round(seconds, 1),
        "worker_cpu_s": round(spent.ru_utime + spent.ru_stime, 1),
        "worker_mib": peak.mib,
        "file_mib": round(len(data) / 2**20, 1),
    }


def in_the_city(lines: list[list[object]]) -> list[list[object]]:
    """The same lines, four of five with an address of the invented city's schools."""
    first = int(ipaddress.ip_address("198.18.0.0"))
    for number, line in enumerate(lines):
        if number % 5 != 4:
            ip = str(ipaddress.ip_address(first + number * 7 % 50_000))
            line[1] = (ip, ip.replace(".", "[.]"), ip.translate(_WIDE), f"{ip}、198.51.100.{number % 200}")[number % 5]
    return lines


def furnish() -> None:
    """A desk with the units and ranges of a whole city, and hardly anything else."""
    from django.utils import timezone

    from bench.desk_city import SIZE, build
    from minewarden.desk.start import migrate

    migrate()
    few = replace(
        SIZE, staff=100, assets=100, cases=100, open_cases=50, leads=10, documents=2, lines=10, records=10, messages=10
    )
    build(few, now=timezone.now())


def whole(form: str, count: int) -> dict[str, object]:
    """The desk's preview of one form."""
    from django.utils import timezone

    from minewarden.desk.ledger.models import UnitRange
    from minewarden.desk.notices import intake
    from minewarden.desk.org.models import Person, Unit

    # Made by another process, whose memory does not count.
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        file = Path(folder) / "notice"
        subprocess.run(
            [sys.executable, "-m", "bench.intake", "--make", str(file), "--form", form, "--lines", str(count)],
            check=True,
        )
        data = file.read_bytes()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    by = Person.objects.select_related("unit").get(username="u1")
    now = timezone.now()
    begun, computed = time.perf_counter(), time.process_time()
    received = intake.take_in(
        by=by, now=now, office=by.unit, name=f"notice.{form}", content=data, received_at=now, source="bench"
    )
    seconds, computed = time.perf_counter() - begun, time.process_time() - computed
    spent, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    attributed = received.lines.exclude(unit=None).count()
    assert attributed == count * 4 // 5, (form, attributed, received.warnings)
    return {
        "form": form,
        "lines": received.lines.count(),
        "attributed": attributed,
        "seconds": round(seconds, 1),
        "desk_cpu_s": round(computed, 1),
        "worker_cpu_s": round(spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime, 1),
        "desk_mib": round(own.ru_maxrss / 1024),
        "units": Unit.objects.count(),
        "ranges": UnitRange.objects.count(),
    }


def desk(step: str, count: int) -> dict[str, object]:
    """One step in a process that has the desk: `furnish`, or the form to preview."""
    from minewarden.desk.start import prepare

    prepare()
    if step == "furnish":
        furnish()
        return {}
    return whole(step, count)


def asked_of(*arguments: str, **environment: str) -> dict[str, Any]:
    """What this program answers in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.intake", *arguments]
    told = subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def table(found: list[dict[str, Any]], keys: tuple[str, ...]) -> list[str]:
    rows_ = ([row[key] for key in keys] for row in found)
    return [
        "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in rows_
    ]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lines", type=int, default=20_000)
    asked.add_argument("--form", choices=sorted(FORMS))
    asked.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--desk", help=argparse.SUPPRESS)
    asked.add_argument("--keep", type=Path, help="furnish the desk in this folder once and use it again")
    args = asked.parse_args()
    if args.make:
        args.make.write_bytes(FORMS[args.form](in_the_city(rows(args.lines))))
        return
    if args.form:
        print(json.dumps(one(args.form, args.lines)))
        return
    if args.desk:
        print(json.dumps(desk(args.desk, args.lines)))
        return
    many = ("--lines", str(args.lines))
    read_ = [asked_of("--form", form, *many) for form in FORMS]
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as folder:
        place = {"MINEWARDEN_DATA": str(args.keep or folder), "MINEWARDEN_SECRET_KEY": "bench" * 12}
        if not (args.keep and args.keep.exists()):
            asked_of("--desk", "furnish", **place)
        previews = [asked_of("--desk", form, *many, **place) for form in FORMS]
    lines = [
        "# What a preview of a notice costs",
        "",
        f"Made by `python -m bench.intake --lines {args.lines}`: one run of each form. The load average was "
        f"{os.getloadavg()[0]:.0f} on {os.cpu_count()} cores.",
        "",
        "## Reading, in the bounded process",
        "",
        "| form | lines | file MiB | wall s | CPU s of the process | peak MiB of the process |",
        "|---|--:|--:|--:|--:|--:|",
        *table(read_, ("form", "lines", "file_mib", "seconds", "worker_cpu_s", "worker_mib")),
        "",
        "## The desk's whole preview: read, attributed, compared with running cases, kept",
        "",
        f"{previews[0]['units']:,} units, {previews[0]['ranges']:,} ranges, SQLite. A row with two addresses is two lines. "
        f"Limit {MOST_S} s, goal {GOAL_S} s.",
        "",
        "| form | lines | with a unit | wall s | CPU s of the desk | CPU s of the bounded process | peak MiB of the desk |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *table(previews, ("form", "lines", "attributed", "seconds", "desk_cpu_s", "worker_cpu_s", "desk_mib")),
    ]
    (Path(__file__).parent / "INTAKE.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
