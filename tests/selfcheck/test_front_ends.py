"""The front ends for hosts without Python: whole, and of one mind with the other."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from minewarden.selfcheck.build import words
from minewarden.selfcheck.front_ends import powershell, shell
from tests.real.needs import need
from tests.selfcheck.hosts import POOLS


def test_no_gap_is_left_open() -> None:
    for made in (shell(POOLS), powershell(POOLS)):
        assert re.findall(rb"@[A-Z]{4,}@", made) == []


def test_the_shell_script_is_sound_posix(tmp_path: Path) -> None:
    need("dash", "shellcheck")
    script = tmp_path / "minecheck.sh"
    script.write_bytes(shell(POOLS))
    assert subprocess.run(["dash", "-n", script], check=False).returncode == 0
    checked = subprocess.run(["shellcheck", "-s", "sh", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_powershell_reads_it_as_utf_8_and_its_sentences_are_the_same() -> None:
    made = powershell(POOLS)
    assert made.startswith(b"\xef\xbb\xbf")
    text = made.decode("utf-8-sig")
    sentences = json.loads(re.search(r"@'\n(\{.*?\})\n'@", text, re.DOTALL)[1])  # type: ignore[index]
    assert sentences["result_confirmed"] == words()["result_confirmed"]
    for key in set(re.findall(r"Found '([a-z-]+)'", text)):
        assert f"check_{key.replace('-', '_')}" in sentences


def test_powershell_is_whole_by_its_grammar() -> None:
    root = _grown(powershell(POOLS))
    assert [(node.start_point, node.text) for node in _all(root) if node.is_error or node.is_missing] == []


def test_powershell_calls_nothing_that_writes_ends_or_fetches() -> None:
    called = {
        node.text.decode() for node in _all(_grown(powershell(POOLS))) if node.type == "command_name" and node.text
    }
    own = {"Say", "Hide", "Found", "Gap", "Is-Miner"}
    reading = {
        "Set-StrictMode", "New-Object", "Where-Object", "ForEach-Object", "ConvertFrom-Json", "ConvertTo-Json",
        "Get-CimInstance", "Get-ScheduledTask", "Get-Content", "Get-Item", "Get-Date", "Test-Path",
        "Join-Path", "Split-Path",
    }  # fmt: skip
    assert called == own | reading


def _grown(made: bytes) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(made.removeprefix(b"\xef\xbb\xbf")).root_node


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)
