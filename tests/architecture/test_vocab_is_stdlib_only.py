"""The ground floor stands on the standard library alone, so that every program can carry it."""

import ast
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).resolve().parents[2] / "src/minewarden/vocab"


@pytest.mark.parametrize("path", sorted(GROUND.glob("*.py")), ids=lambda path: path.stem)
def test_it_imports_nothing_foreign(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            own = name.startswith("minewarden.vocab")
            assert own or top in sys.stdlib_module_names, f"{path.name} imports {name}; vocab is standard library only"
