"""The front ends for hosts without Python: whole, and of one mind with the other."""

import json
import re
import subprocess
from pathlib import Path

import pytest

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
    # Nothing that writes, ends or fetches stands in it.
    for verb in ("Invoke-WebRequest", "Stop-Process", "Remove-Item", "Set-", "Start-Process", "Invoke-Expression"):
        assert not re.search(rf"(?<!Set-StrictMode){verb}(?!StrictMode)", text), verb


@pytest.mark.parametrize("pair", ["{}", "()", "[]"])
def test_powershells_brackets_are_balanced(pair: str) -> None:
    text = powershell(POOLS).decode("utf-8-sig")
    bare = re.sub(r"@'\n.*?\n'@|'[^'\n]*'|\"[^\"\n]*\"|#[^\n]*", "", text, flags=re.DOTALL)
    assert bare.count(pair[0]) == bare.count(pair[1])
