"""Looks at this very machine with stand-ins running on it: renamed sleeps, made-up configurations, a busy loop, a
program whose file is gone, a mount over a process. Never a miner. Both front ends must see the same."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from minewarden.selfcheck.build import HOST, build
from minewarden.selfcheck.front_ends import shell
from tests.real.needs import need, need_root
from tests.selfcheck.hosts import MONERO, POOLS

pytestmark = pytest.mark.real
SCHEMA = json.loads((HOST.parent / "report.schema.json").read_text(encoding="utf-8"))
SLEEP = shutil.which("sleep") or "/bin/sleep"


@contextmanager
def standing_in(*arguments: str, exe: str = SLEEP, cwd: Path | None = None) -> Iterator[int]:
    """A sleeping program with these arguments (`sleep` takes the last one for its time)."""
    process = subprocess.Popen([*arguments], executable=exe, cwd=cwd)
    try:
        time.sleep(0.2)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def python_of(folder: Path) -> str:
    """A program that takes any arguments and sleeps: Python under another name."""
    return os.path.realpath(sys.executable)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "minecheck.pyz").write_bytes(build(POOLS))
    (folder / "minecheck.sh").write_bytes(shell(POOLS))
    need("dash")
    return {
        "python": [sys.executable, "-I", str(folder / "minecheck.pyz"), "--json", "--full"],
        "sh": ["dash", str(folder / "minecheck.sh")],
    }


def looked(command: list[str]) -> dict[str, Any]:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    stated = json.loads(ended.stdout)
    jsonschema.validate(stated, SCHEMA)
    assert ended.returncode == (3 if stated["result"] in ("confirmed", "likely") else 0)
    return stated  # type: ignore[no-any-return]


def of(stated: dict[str, Any], pid: int) -> set[str]:
    return {finding["check"] for finding in stated["findings"] if finding["subject"] == f"pid:{pid}"}


@pytest.mark.parametrize("front", ["python", "sh"])
def test_a_renamed_sleep_with_a_miners_arguments_in_a_folder_for_scraps(front, files, tmp_path) -> None:
    copy = Path("/tmp") / f"minewarden-stand-in-{os.getpid()}"
    shutil.copy(python_of(tmp_path), copy)
    try:
        code = "import time; time.sleep(60)"
        arguments = [str(copy), "-c", code, "-o", "stratum+tcp://xmr.pool.example.net:3333", "-u", MONERO]
        with standing_in(*arguments, exe=str(copy)) as pid:
            stated = looked(files[front])
            assert {"cmdline", "scraps"} <= of(stated, pid)
            assert stated["result"] == "confirmed"
            assert MONERO not in json.dumps(stated)
            copy.unlink()
            assert "deleted" in of(looked(files[front]), pid)
    finally:
        copy.unlink(missing_ok=True)


@pytest.mark.parametrize("front", ["python", "sh"])
def test_a_sleep_with_a_miners_name_alone_is_no_accusation(front, files, tmp_path) -> None:
    with standing_in("xmrig", "60") as pid:
        stated = looked(files[front])
        if front == "sh":
            # The shell goes by the executable, which a name in the arguments does not change.
            assert "cmdline" not in of(stated, pid)
        assert "cmdline" not in of(stated, pid)


@pytest.mark.parametrize("front", ["python", "sh"])
def test_a_program_that_calls_itself_a_thread_of_the_kernel(front, files) -> None:
    with standing_in("[kworker/0:3]", "60") as pid:
        assert "disguise" in of(looked(files[front]), pid)


@pytest.mark.parametrize("front", ["python", "sh"])
def test_busy_compilers_and_packers_are_not_accused(front, files) -> None:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    packer = subprocess.Popen(["sh", "-c", "while :; do head -c 4000000 /dev/zero | gzip -9 > /dev/null; done"])
    try:
        assert looked(files[front])["result"] in ("nothing-found", "unclear", "not-able-to-tell")
    finally:
        for process in (*loops, packer):
            process.kill()
            process.wait()


def test_a_process_under_a_mount_is_named(files, tmp_path) -> None:
    need_root()
    need("unshare", "mount")
    script = tmp_path / "inside.sh"
    script.write_text(
        "sleep 60 & hidden=$!\nmkdir -p empty\nmount --bind empty /proc/$hidden || exit 77\n"
        f"{' '.join(files['python'])} > report.json\nkill $hidden\necho $hidden > pid\n"
    )
    ended = subprocess.run(["unshare", "--mount", "sh", str(script)], cwd=tmp_path, timeout=120, check=False)
    assert ended.returncode != 77, "the mount over the process failed"
    stated = json.loads((tmp_path / "report.json").read_text())
    assert "proc-mount" in of(stated, int((tmp_path / "pid").read_text()))


def test_a_graphics_card_that_somebody_uses_fully_is_said_and_alone_accuses_nobody(files, tmp_path) -> None:
    with standing_in(SLEEP, "60") as pid:
        fake = tmp_path / "nvidia-smi"
        fake.write_text(f'#!/bin/sh\ncase "$1" in *compute*) echo "{pid}, 2400";; *) echo "99, 180.5";; esac\n')
        fake.chmod(0o755)
        environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        ended = subprocess.run(
            files["python"], capture_output=True, text=True, env=environment, timeout=120, check=False
        )
        stated = json.loads(ended.stdout)
        assert "gpu" in of(stated, pid)
        assert stated["result"] in ("nothing-found", "unclear")
