"""The floors of the house hold, and each contract really catches a breach: a copy of the tree is broken on purpose."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = "The floors of the house"
PURE = "Pure rooms never reach Django"
GROUND = "The ground floor stands"
BREACHES = {
    "floors": (FLOORS, "telemetry/lake.py", "import minewarden.detect.fuse"),
    "rooms": (FLOORS, "enforce/compiler.py", "import minewarden.intel.watchset"),
    "a-new-room": (FLOORS, "vocab/net.py", "import minewarden.smuggler"),
    "pure": (PURE, "intel/watchset.py", "import django"),
    "pure-through-others": (PURE, "intel/watchset.py", "import minewarden.smuggler"),
    "ground": (GROUND, "vocab/clock.py", "import orjson"),
    "desk": ("The desk's own floors", "desk/cases/queries.py", "import minewarden.desk.reports.models"),
    "desk-through-the-log": ("The desk's own floors", "desk/audit/record.py", "import minewarden.desk.org.models"),
    "a-new-room-of-the-desk": ("The desk's own floors", "desk/smuggler.py", "import django"),
    "app": ("Inside an app", "desk/cases/models.py", "import minewarden.desk.cases.queries"),
    "reads-and-acts": ("Inside an app", "desk/blocks/queries.py", "import minewarden.desk.blocks.actions"),
    "log": ("Inside the log", "desk/audit/chain.py", "import minewarden.desk.audit.queries"),
    "readers": ("Readers do not", "telemetry/readers/zeek.py", "import minewarden.telemetry.readers.pcap"),
    "detectors": ("Detectors do not", "detect/detectors/stratum.py", "import minewarden.detect.detectors.known_pool"),
    "hops": ("Hops do not", "trace/hops/nat.py", "import minewarden.trace.hops.lease"),
    "compilers": ("Compilers do not", "enforce/compilers/rpz.py", "import minewarden.enforce.compilers.edl"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    environment = {"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    command = [program, "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_stands() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("breach", sorted(BREACHES))
def test_a_breach_is_caught(breach: str, copy: Path) -> None:
    contract, place, line = BREACHES[breach]
    if "smuggler" in line:
        (copy / "src/minewarden/smuggler.py").write_text(
            '"""Brings Django in through the back door."""\n\nimport django\n'
        )
    broken = copy / "src/minewarden" / place
    with broken.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}  # noqa\n")
    result = lint(copy)
    broken_contracts = [said for said in result.stdout.splitlines() if said.endswith("BROKEN")]
    assert any(said.startswith(contract) for said in broken_contracts), f"nobody noticed `{line}` in {place}"


def test_every_room_has_a_floor() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = next(c for c in config["tool"]["importlinter"]["contracts"] if c["id"] == "floors")
    placed = {name.strip().removeprefix("minewarden.") for layer in floors["layers"] for name in layer.split("|")}
    rooms = {p.name for p in (ROOT / "src/minewarden").iterdir() if (p / "__init__.py").exists()}
    modules = {p.stem for p in (ROOT / "src/minewarden").glob("*.py")} - {"__init__"}
    assert rooms | modules <= placed, f"give these a floor in pyproject.toml: {sorted((rooms | modules) - placed)}"
