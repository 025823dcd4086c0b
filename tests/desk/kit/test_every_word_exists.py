"""Whatever a page, a form or the log calls by its identifier has its sentence, with the parameters it wants."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from minewarden.vocab.words import placeholders, table

DESK = Path(__file__).parents[3] / "src/minewarden/desk"
CALLERS = {"say", "word", "chinese"}
TABLE = re.compile(r"^zh = chinese_of\(\"(?P<table>[a-z0-9_]+)\"\)$", re.MULTILINE)
TAG = re.compile(r"{%\s*w\s+(['\"])(?P<id>[a-z0-9_]+\.[A-Za-z0-9_]+)\1(?P<rest>[^%]*)%}")
ADDED = re.compile(r"{%\s*w\s+(['\"])(?P<id>[a-z0-9_]+\.[A-Za-z0-9_]+_)\1\|add:")
CHIP = re.compile(r"{%\s*chip\s[^%]*(['\"])(?P<id>desk_[a-z0-9_]+\.[a-z0-9_]+)\1\s*%}")


def calls(*names: str) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Where, the first argument, and the parameters (None where they are unpacked)."""
    for path in sorted(DESK.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                given = [keyword.arg for keyword in node.keywords]
                place = f"{path.relative_to(DESK)}:{node.lineno}"
                yield place, node.args[0].value, None if None in given else frozenset(name for name in given if name)


def tags() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    for path in sorted((DESK / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for match in TAG.finditer(ADDED.sub("", text)):
            yield path.name, match["id"], frozenset(re.findall(r"(\w+)=", match["rest"]))
        for match in CHIP.finditer(text):
            yield path.name, match["id"], frozenset()


def fault(identifier: str, given: frozenset[str] | None) -> str:
    name, _, key = identifier.partition(".")
    try:
        entry = table(name)[key]
    except KeyError:
        return f"no sentence {identifier}"
    missing = placeholders(entry["zh"]) - (given if given is not None else placeholders(entry["zh"]))
    return f"{identifier} wants {sorted(missing)}" if missing else ""


def test_every_identifier_in_the_code_has_its_sentence():
    used = list(calls(*CALLERS))
    assert len(used) > 50
    assert [f"{place}: {said}" for place, identifier, given in used if (said := fault(identifier, given))] == []


def test_every_identifier_in_the_templates_has_its_sentence():
    used = list(tags())
    assert len(used) > 150
    assert [f"{place}: {said}" for place, identifier, given in used if (said := fault(identifier, given))] == []


def test_what_a_template_completes_by_itself_begins_some_sentence():
    used = [(path.name, match["id"]) for path in (DESK / "templates").rglob("*.html")
            for match in ADDED.finditer(path.read_text(encoding="utf-8"))]  # fmt: skip
    assert len(used) >= 5
    begun = {identifier: identifier.partition(".") for _, identifier in used}
    assert [name for name, (file, _, key) in begun.items() if not any(k.startswith(key) for k in table(file))] == []


def test_every_act_of_the_log_has_its_words():
    acts = {action for _, action, _ in calls("record", "taken_out")}
    assert len(acts) > 8
    assert sorted(action for action in acts if action.replace(".", "_") not in table("desk_acts")) == []


def test_every_sentence_of_a_paper_exists():
    tables = {path: found["table"] for path in DESK.rglob("*.py")
              if (found := TABLE.search(path.read_text(encoding="utf-8")))}  # fmt: skip
    assert len(tables) >= 8
    of = {str(path.relative_to(DESK)): table for path, table in tables.items()}
    used = [(place, f"{of[place.rpartition(':')[0]]}.{key}", given) for place, key, given in calls("zh")
            if place.rpartition(":")[0] in of]  # fmt: skip
    assert len(used) > 150
    assert [f"{place}: {said}" for place, identifier, given in used if (said := fault(identifier, given))] == []
