"""Golden files: what a compiler wrote is compared with what a person looked at and kept.

MINEWARDEN_GOLDEN=write writes them anew; then read the difference before it is kept.
"""

import os
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def hold_against_golden(form: str, files: Mapping[str, bytes]) -> None:
    """Compare every file with its golden twin, and the names of the files with those kept."""
    folder = FOLDER / form
    if os.environ.get("MINEWARDEN_GOLDEN") == "write":
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    for name, data in files.items():
        assert data.decode() == (folder / name).read_bytes().decode(), name
