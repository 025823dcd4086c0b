"""How long the preview of a notice of 20 000 lines takes, and how much memory its bounded process needs.

    .venv/bin/python -m bench.intake [--lines 20000]    (writes bench/INTAKE.md)

The lines are made as offices write them: a head of two lines, several addresses in a cell, harmless and full-width
spellings, dates in seven forms. Time is that of `intake.isolation.read`, from the bytes to the notice in the caller:
start of the process, reading, and the way back as JSON. CPU and memory
(largest resident size) are those of the bounded process.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docx
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
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in [HEAD, *lines]).encode("gb18030")


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


def one(form: str, count: int) -> dict[str, object]:
    """One form, in a process of its own so that the memory is that of this form."""
    data = FORMS[form](rows(count))
    begun = time.perf_counter()
    notice = read(f"notice.{form}", data, zone=DISPLAY_ZONE, latest=RECEIVED)
    seconds = time.perf_counter() - begun
    assert len(notice.lines) == count, (form, notice.warnings)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "form": form,
        "lines": count,
        "seconds": round(seconds, 1),
        "worker_cpu_s": round(spent.ru_utime + spent.ru_stime, 1),
        "worker_mib": round(spent.ru_maxrss / 1024),
        "file_mib": round(len(data) / 2**20, 1),
    }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lines", type=int, default=20_000)
    asked.add_argument("--form", choices=sorted(FORMS))
    args = asked.parse_args()
    if args.form:
        print(json.dumps(one(args.form, args.lines)))
        return
    lines = [
        "# What a preview of a notice costs",
        "",
        f"Made by `python -m bench.intake --lines {args.lines}`: one reading of each form, in the bounded process. The load",
        f"average was {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores: the wall clock says more of others than of this; "
        "trust the CPU seconds and the memory.",
        "",
        "| form | lines | file MiB | wall s | CPU s of the process | peak MiB of the process |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for form in FORMS:
        command = [sys.executable, "-m", "bench.intake", "--form", form, "--lines", str(args.lines)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        cells = (found[key] for key in ("form", "lines", "file_mib", "seconds", "worker_cpu_s", "worker_mib"))
        lines.append("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |")
    (Path(__file__).parent / "INTAKE.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
