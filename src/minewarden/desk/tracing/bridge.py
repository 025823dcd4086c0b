"""The way to the tracing room: a program of its own reads the logs, so that none of them can hold up or fill the desk.

The logs are read where they were put down for the moment and removed afterwards: a case keeps the rows cited, and the
name and hash of the file that they stand in, not the log.
"""

import csv
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from minewarden.desk.kit.words import language
from minewarden.desk.ledger.models import Asset
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message

SECONDS = 120
MOST_MEMORY = 4 * 2**30
"""Of address space; the room itself keeps to less and spills."""
_DECLARED = "sources.toml"
_PATTERN = re.compile(r"[*?\[]")
"""What a pattern of names takes for more than itself."""
_ASSET_COLUMNS = {
    "number": "asset", "name": "name", "ip": "ip", "mac": "mac", "hostname": "hostname", "place": "place",
    "department": "department", "person_name": "person", "switch_port": "switch_port", "login": "login",
}  # fmt: skip


class Upload(Protocol):
    """A file as the browser sent it."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class Log:
    """A file with what the ledger has of the clock that stamped it. zone: empty where none is registered; offset:
    seconds by which the clock is fast, None where nobody measured it."""

    upload: Upload
    zone: str = ""
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as people write it; empty texts are not known. `tolerance` in seconds."""

    at: datetime
    public: str
    until: datetime | None = None
    to: str = ""
    name: str = ""
    site: str = ""
    zone: str = ""
    tolerance: int = 60


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer as `trace --format jsonl` states it, and what was said of the logs on the way."""

    answer: dict[str, Any]
    remarks: tuple[str, ...]


def run(asked: Asked, logs: Sequence[Log], assets: Iterable[Asset], lake: Path | None) -> Traced:
    """Trace in a bounded program of its own. Raises MinewardenError, in words, where it does not answer."""
    with tempfile.TemporaryDirectory(prefix="minewarden-desk-trace-") as made:
        folder = Path(made)
        command = [sys.executable, "-m", "minewarden", "--language", language(), "trace", "--format", "jsonl"]
        if logs:
            # Relative, so that rows are cited by the names that people know.
            command += [f"./{path.name}" for path in _put_down(folder / "logs", logs)]
        elif lake is not None:
            (folder / "logs").mkdir()
            command += ["--lake", str(lake)]
        else:
            raise MinewardenError(message("desk_tracing.no_logs"))
        _ledger(folder / "unit", assets)
        command += ["--directory", "../unit"]
        command += ["--at", asked.at.isoformat(), "--public", asked.public, "--tolerance", f"{asked.tolerance}s"]
        for flag in ("to", "name", "site", "zone"):
            if value := getattr(asked, flag):
                command += [f"--{flag}", value]
        if asked.until is not None:
            command += ["--until", asked.until.isoformat()]
        with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
            return _answer(command, folder, out, err)


def _answer(command: list[str], folder: Path, out: IO[bytes], err: IO[bytes]) -> Traced:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINEWARDEN_")}
    try:
        ended = subprocess.run(
            command, cwd=folder / "logs", env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            timeout=SECONDS, check=False, preexec_fn=_bounded,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise MinewardenError(message("desk_tracing.too_long", seconds=SECONDS)) from None
    out.seek(0)
    err.seek(0)
    said = err.read(65_536).decode("utf-8", "replace")
    remarks = tuple(line.strip() for line in said.splitlines() if line.strip())
    lines = out.read().splitlines()
    if ended.returncode not in (0, 1) or not lines:
        reason = remarks[-1][:300] if remarks else str(ended.returncode)
        raise MinewardenError(message("desk_tracing.failed", reason=reason))
    # What lies in the folder of the unit is cited by its name alone.
    return Traced(json.loads(lines[0].replace(b'"../unit/', b'"')), remarks)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _put_down(folder: Path, logs: Sequence[Log]) -> list[Path]:
    """The files under their own names, without any folder that a name might bring along, and beside them what is
    declared of their clocks: by the ledger first, since that is said of the very file, then by a file of declarations
    that came along."""
    folder.mkdir()
    (folder.parent / "unit").mkdir()
    paths: list[Path] = []
    declared, brought = "", ""
    for number, log in enumerate(logs, 1):
        plain = Path((log.upload.name or "").replace("\\", "/")).name.lstrip(".") or f"log-{number}"
        path = folder / plain
        if path.exists():
            path = folder / f"{number}-{plain}"
        with path.open("wb") as file:
            for chunk in log.upload.chunks():
                file.write(chunk)
        if plain == _DECLARED:
            brought += path.read_text(encoding="utf-8-sig", errors="replace") + "\n"
            path.unlink()
            continue
        declared += _declaration(path.name, log)
        paths.append(path)
    if declared or brought:
        (folder.parent / "unit" / _DECLARED).write_text(declared + brought, encoding="utf-8")
    return paths


def _declaration(name: str, log: Log) -> str:
    """What the ledger has of a file's clock, and of whatever is packed in it; empty where it has nothing."""
    clock = {"zone": log.zone} if log.zone else {}
    if log.offset is not None:
        clock["offset"] = f"{log.offset:+d}s"
    if not clock:
        return ""
    exact = _PATTERN.sub(r"[\g<0>]", name)
    tables = ({"match": match} | clock for match in (exact, f"{exact}/*"))
    return "".join("[[source]]\n" + "".join(f"{key} = {_text(one[key])}\n" for key in one) for one in tables)


def _text(value: str) -> str:
    """A text as TOML writes it: as JSON does, but for the one sign that JSON lets stand."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _ledger(unit: Path, assets: Iterable[Asset]) -> None:
    unit.mkdir(exist_ok=True)
    with (unit / "desk-ledger.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_ASSET_COLUMNS.values(), "unit"])
        for asset in assets:
            writer.writerow([*(getattr(asset, name) for name in _ASSET_COLUMNS), asset.unit.name])
