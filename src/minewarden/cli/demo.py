"""`minewarden demo`: the whole job on the invented city, from logs to the console, in one folder."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from minewarden.cli.progress import Progress
from minewarden.cli.table import print_findings
from minewarden.enforce.bundle import compile_to
from minewarden.enforce.findings import rules_from_findings
from minewarden.intel.watchset import WatchSet
from minewarden.patrol.proposal import line
from minewarden.patrol.rounds import Round, patrol
from minewarden.plugins import COMPILERS
from minewarden.simulator.story import write_city
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import State
from minewarden.vocab.message import Param, message
from minewarden.vocab.words import Language, render

STALE = timedelta(hours=40)
_DAYS = 30
Said = Callable[..., str]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    said = _voice(getattr(commands, "language", "zh"))
    parser = commands.add_parser("demo", help=said("help"), description=said("description"))
    parser.add_argument("--folder", type=Path, default=Path("demo"), metavar="DIR", help=said("folder"))
    parser.add_argument("--bind", default="127.0.0.1:8000", metavar="ADDRESS:PORT", help=said("bind"))
    parser.add_argument("--no-serve", action="store_true", help=said("no_serve"))
    parser.add_argument("--fresh", action="store_true", help=said("fresh"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do the whole job. 0: done (or the console was ended by Ctrl-C); 2: the folder or the address cannot be used."""
    said = _voice(args.language)
    console = Console(highlight=False)
    folder: Path = args.folder
    folder.mkdir(parents=True, exist_ok=True)
    now = _story_time(folder, datetime.now(UTC), fresh=args.fresh)
    _step(console, said("step_logs", folder=str(folder / "logs")))
    written = write_city(folder / "logs", now)
    console.print(said("logs_written", count=len(written), mib=f"{_mib(written):.1f}"))
    _step(console, said("step_scan", folder=str(folder / "logs")))
    result = _scan(folder, now, args.language)
    lines = _write_findings(folder / "findings.jsonl", result)
    print_findings(result.traced, sys.stdout, args.language)
    _step(console, said("step_block"))
    rules = rules_from_findings(lines, expires_at=now + timedelta(days=_DAYS), state=State.CONFIRMED)
    bundle = compile_to(folder / "blocks", list(COMPILERS), rules.rules, now=now)
    console.print(said("blocks_written", count=len(bundle.guarded.accepted), folder=str(folder / "blocks")))
    return _desk(args, folder, now, console, said)


def _desk(args: argparse.Namespace, folder: Path, now: datetime, console: Console, said: Said) -> int:
    """The console's part. Imported here: whoever has only the library sees the rest of the demonstration."""
    try:
        from minewarden.cli.demo_desk import open_desk
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "minewarden":
            raise
        console.print(said("no_desk", module=error.name))
        return 0
    return open_desk(args, folder, now, console, said)


def _story_time(folder: Path, now: datetime, *, fresh: bool) -> datetime:
    """When the story's day ends: fixed at the first run, so that a second run doubles nothing."""
    mark = folder / "story.json"
    if mark.exists() and not fresh:
        told = datetime.fromisoformat(json.loads(mark.read_text(encoding="utf-8"))["now"])
        if now - told < STALE:
            return told
    if mark.exists():
        _set_aside(folder)
    mark.write_text(json.dumps({"now": now.isoformat()}) + "\n", encoding="utf-8")
    return now


def _set_aside(folder: Path) -> None:
    """An older story's clocks have all run out; it is kept beside, not mixed with the new one and not destroyed."""
    stamp = datetime.fromtimestamp((folder / "story.json").stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = folder / f"before-{stamp}"
    aside.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if not path.name.startswith("before-"):
            path.rename(aside / path.name)


def _scan(folder: Path, now: datetime, language: Language) -> Round:
    lake = folder / "lake"
    for path in sorted(lake.rglob("*"), reverse=True):
        # The lake is made from the logs beside it, every time anew.
        path.rmdir() if path.is_dir() else path.unlink()
    declared = Declared.load(folder / "logs" / "sources.toml", None)
    with Progress(language) as progress:
        watchset = WatchSet.default()
        result = patrol([folder / "logs"], Lake(lake), declared=declared, watchset=watchset, watch=progress, now=now)
        progress.phase_done(result)
    return result


def _write_findings(path: Path, result: Round) -> list[dict[str, object]]:
    sources = {record.name: record for record in result.sources}
    lines = [line(traced, sources) for traced in result.traced]
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in lines), encoding="utf-8")
    return lines


def _step(console: Console, title: str) -> None:
    console.print(Rule(title, align="left"))


def _mib(paths: list[Path]) -> float:
    return sum(path.stat().st_size for path in paths) / 2**20


def _voice(language: Language) -> Said:
    def said(key: str, **params: Param) -> str:
        return render(message(f"demo.{key}", **params), language)

    return said
