"""Makes one file of the host's part: a zip that Python 3.9 or newer runs, with the words and the pools inside."""

import io
import json
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

HOST = Path(__file__).parent / "host"
WORDS = Path(__file__).parents[1] / "words" / "selfcheck.toml"
_SHEBANG = b"#!/usr/bin/env python3\n"
_START = '"""Starts the look."""\n\nimport sys\n\nfrom minecheck.program import main\n\nsys.exit(main())\n'
_MOMENT = (2026, 1, 1, 0, 0, 0)
"""In place of the time of each file, so that the same source makes the same bytes and their hash can be published."""


def words() -> dict[str, dict[str, str]]:
    """The sentences: identifier -> {zh, en}."""
    return dict(tomllib.loads(WORDS.read_text(encoding="utf-8")))


def build(pools: Mapping[str, Sequence[str]]) -> bytes:
    """The file. `pools`: `hosts` and `domains`, as `facts.pools` takes them."""
    held = io.BytesIO()
    held.write(_SHEBANG)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "__main__.py", _START)
        for path in sorted(HOST.rglob("*.py")):
            _put(archive, f"minecheck/{path.relative_to(HOST).as_posix()}", path.read_text(encoding="utf-8"))
        _put(archive, "minecheck/words.json", json.dumps(words(), ensure_ascii=False, sort_keys=True))
        facts = {name: sorted(values) for name, values in pools.items()}
        _put(archive, "minecheck/facts.json", json.dumps(facts, ensure_ascii=False, sort_keys=True))
    return held.getvalue()


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, text)
