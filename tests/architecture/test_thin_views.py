"""Views of the desk stay thin: they ask access, forms, actions and queries, and touch no database themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

DESK = Path(__file__).parents[2] / "src/minewarden/desk"
VIEWS = sorted([*DESK.glob("*/*views.py"), DESK / "org/account.py"])
LONGEST = 25
FORBIDDEN = {
    "objects",
    "filter",
    "exclude",
    "save",
    "delete",
    "create",
    "update",
    "atomic",
    "bulk_create",
    "raw",
    "select_for_update",
}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def faults(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and (length := node.end_lineno - node.lineno + 1) > LONGEST:
            found.append(f"{node.name} has {length} lines; a view has at most {LONGEST}")
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN:
            found.append(f"line {node.lineno}: .{node.attr} belongs into access, queries or actions")
    return found


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_views_are_thin(path):
    assert faults(path.read_text(encoding="utf-8")) == []


def test_there_are_views_to_look_at():
    assert {path.parent.name for path in VIEWS} >= {"org", "audit", "ledger"}


def test_a_thick_view_is_found():
    assert faults("def v(request):\n    return Case.objects.filter(pk=1)\n") != []
    assert faults("def v(request):\n" + "    x = 1\n" * 30) != []
