"""A process is asked however busy the machine is, and stopped only where it hangs."""

import sys

import pytest

from minewarden.documents import bounded
from minewarden.documents.bounded import ask


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.25)


def asked(program: str, given: bytes = b"") -> tuple[int, bytes]:
    return ask([sys.executable, "-I", "-c", program], given)


def test_the_answer_is_what_it_wrote_with_its_code() -> None:
    large = bytes(3_000_000)
    said = asked("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1] + b'x'); sys.exit(4)", large)
    assert said == (4, large + b"x")


def test_one_that_goes_on_computing_is_waited_for() -> None:
    program = "import sys, time\nsys.stdin.read()\nwhile time.process_time() < 1: pass\nprint('read')"
    assert asked(program) == (0, b"read\n")


def test_one_that_hangs_is_stopped() -> None:
    assert asked("import threading; threading.Event().wait()") == (-9, b"")
