"""One file that an older Python runs by itself, and that is the same bytes each time."""

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

from minewarden.selfcheck.build import HOST, build
from tests.selfcheck.hosts import POOLS

SCHEMA = json.loads((HOST.parent / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(HOST.rglob("*.py")), ids=lambda path: path.relative_to(HOST).as_posix())
def test_the_hosts_part_is_python_3_9_and_needs_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_the_same_source_makes_the_same_bytes() -> None:
    assert build(POOLS) == build({name: list(reversed(values)) for name, values in POOLS.items()})


def interpreters() -> list[str]:
    """The oldest interpreter from 3.9 on that is here and starts, and this one."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(":")]
    places += sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    older = [shutil.which(f"python3.{minor}", path=str(place)) for minor in (9, 10) for place in places]
    return [*[found for found in older if found and starts(found)][:1], sys.executable]


def starts(python: str) -> bool:
    """Whether it runs; a shim may stand for a version that nobody chose."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("python", interpreters())
def test_the_file_runs_alone_and_keeps_to_the_schema(tmp_path: Path, python: str) -> None:
    made = tmp_path / "minecheck.pyz"
    made.write_bytes(build(POOLS))
    out = tmp_path / "report.json"
    command = [python, "-I", str(made), "--json", "--out", str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert ended.returncode in (0, 3), ended.stderr
    stated = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.validate(stated, SCHEMA)
    assert json.loads(ended.stdout) == stated


def test_the_pools_and_the_words_are_inside() -> None:
    with zipfile.ZipFile(io.BytesIO(build(POOLS))) as archive:
        assert json.loads(archive.read("minecheck/facts.json")) == POOLS
        assert "zh" in json.loads(archive.read("minecheck/words.json"))["result_confirmed"]
