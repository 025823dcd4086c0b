"""What a real test needs. A skip names what is missing; where real servers are required, a missing one is a failure."""

import os
import shutil
from pathlib import Path

import pytest

REQUIRED = os.environ.get("MINEWARDEN_REQUIRE_REAL") == "1"


def missing(what: str) -> None:
    """Skip, or fail where MINEWARDEN_REQUIRE_REAL=1."""
    if REQUIRED:
        pytest.fail(f"missing component: {what} (MINEWARDEN_REQUIRE_REAL=1 makes this a failure)")
    pytest.skip(f"missing component: {what}")


def need(*programs: str) -> None:
    """Ask for programs on PATH (the system's sbin folders are looked at too)."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    for program in programs:
        if shutil.which(program, path=path) is None:
            missing(program)


def need_root() -> None:
    """Ask for root, which network namespaces need."""
    if os.geteuid() != 0:
        missing("root (to make network namespaces)")


def shared(*parts: str) -> Path:
    """A folder of the shared real data: beside the checkout, or where MINEWARDEN_SHARED says. Data is not a component:
    where it is absent the test is skipped."""
    here = Path(__file__).resolve().parents[2]
    places = [Path(os.environ["MINEWARDEN_SHARED"])] if "MINEWARDEN_SHARED" in os.environ else [here.parent / "shared"]
    for place in places:
        path = place.joinpath(*parts)
        if path.exists():
            return path
    pytest.skip(
        f"shared data absent: {'/'.join(parts)} (looked beside the checkout; MINEWARDEN_SHARED names another place)"
    )
    raise AssertionError
