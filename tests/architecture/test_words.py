"""Every sentence stands in both languages with the same parameters, and every identifier in the code has a sentence."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from minewarden.vocab.words import placeholders

SOURCE = Path(__file__).resolve().parents[2] / "src/minewarden"
TABLES = sorted((SOURCE / "words").glob("*.toml"))
HAN = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_each_key_is_whole(path: Path) -> None:
    for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert set(entry) == {"zh", "en"}, f"{path.name} [{key}] must have zh and en, nothing else"
        assert all(sentence.strip() for sentence in entry.values()), f"{path.name} [{key}] is empty"
        assert placeholders(entry["zh"]) == placeholders(entry["en"]), f"{path.name} [{key}]: other parameters"
        # Names and examples may be Chinese in an English sentence; the sentence itself may not.
        assert 3 * len(HAN.findall(entry["en"])) < len(entry["en"]), (
            f"{path.name} [{key}]: Chinese in the English sentence"
        )


def calls() -> list[tuple[str, int, str, frozenset[str] | None]]:
    """Every `message("table.key", ...)` in the source: file, line, identifier, parameters (None where unpacked)."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                names = [keyword.arg for keyword in node.keywords]
                given = None if None in names else frozenset(n for n in names if n)
                found.append((str(path.relative_to(SOURCE)), node.lineno, node.args[0].value, given))
    return found


def test_every_identifier_has_its_sentence_and_parameters() -> None:
    tables = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in TABLES}
    faults = []
    for place, line, identifier, given in calls():
        table, _, key = identifier.partition(".")
        entry = tables.get(table, {}).get(key)
        if entry is None:
            faults.append(f"{place}:{line}: no sentence {identifier} in words/{table}.toml")
        elif given is not None and not placeholders(entry["zh"]) <= given:
            faults.append(f"{place}:{line}: {identifier} wants {sorted(placeholders(entry['zh']) - given)}")
    assert not faults, "\n".join(faults)
