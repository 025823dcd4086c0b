"""What every test shares: nothing but loopback may be reached."""

import gc
import socket
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A worker of pytest-xdist has a main module without a file; Spark's client takes that for its own doctests and asks for
# parts that are not installed.
main = sys.modules["__main__"]
if main.__spec__ is None and not hasattr(main, "__file__"):
    main.__file__ = __file__

_LONG = ("browser", "real", "bench", "scenarios", "desk/test_every_route_has_a_rule.py")
LONG = tuple(Path(__file__).parent / name for name in _LONG)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the walks, the real servers and whatever else takes more than twenty seconds a file first, else in the order
    thrown: a file of minutes that comes last leaves all workers but one idle."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in LONG))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays until the end: to look through it for garbage, again and again, was a sixth of the time
    of collecting and a twentieth of that of the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000)
        gc.enable()


def pytest_unconfigure() -> None:
    """Let the program's end find all that it has to take down."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anything but loopback and local sockets, so that no test can reach the world."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])  # type: ignore[index]
            if not (host.startswith("127.") or host in ("::1", "localhost", "")):
                raise AssertionError(f"a test tried to connect to {host}")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
