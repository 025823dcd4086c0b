"""The lock names the public default package hosts only: it must work for everybody, and tell nothing of anybody."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOSTS = {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_names_public_hosts_only() -> None:
    found = set(re.findall(r"https?://([^/\"\s]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert found <= HOSTS, f"uv.lock names {sorted(found - HOSTS)}"


def test_no_machine_path_is_committed() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home)/[\w.-]+")
    faults = []
    for folder in ("src", "tests", "docs", "bench", "scripts", "examples"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".md", ".toml", ".sh", ".html", ".json", ".txt"} and path.is_file():
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    # The self-check looks into the homes of the host that it runs on.
                    hosts = "selfcheck" in str(path.relative_to(ROOT)) and "/work/" not in line
                    if (match := pattern.search(line)) and not hosts and "test_lock.py" not in path.name:
                        faults.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not faults, "\n".join(faults)
