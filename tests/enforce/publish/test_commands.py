"""A device's program: its answer, or a failure that tells what it said."""

import sys

import pytest

from minewarden.enforce.publish.commands import run
from minewarden.enforce.publisher import PublishError


def test_its_answer_comes_back() -> None:
    echo = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read())"]
    assert run("d", echo, b"given") == b"given"


def test_a_bad_end_tells_what_was_said() -> None:
    with pytest.raises(PublishError, match="no such zone"):
        run("d", [sys.executable, "-c", "import sys; sys.exit('no such zone')"])
    with pytest.raises(PublishError, match="device d"):
        run("d", ["/nowhere/at-all"])
