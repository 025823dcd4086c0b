"""Writes one section of bench/RESULTS.md and leaves the others as they are, so that each program can be run alone."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"


def machine() -> str:
    """What the figures were made on, and when."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, Python {platform.python_version()}, {platform.system()}, {datetime.now(UTC):%Y-%m-%d}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def write_section(title: str, lines: Iterable[str], path: Path = RESULTS) -> None:
    """Put the section `## title` in the place of the one that stands there, else at the end."""
    text = f"## {title}\n\n" + "\n".join(lines).strip() + "\n\n"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    there = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", old, re.MULTILINE | re.DOTALL)
    new = old[: there.start()] + text + old[there.end() :] if there else old.rstrip("\n") + "\n\n" + text
    path.write_text(new.rstrip("\n") + "\n", encoding="utf-8")
    print(text)
