"""A name within a tree that is blocked."""

from minewarden.enforce.within import trees, within
from tests.enforce.rules import SAMPLE


def test_what_lies_below_and_not_the_name_itself() -> None:
    blocked = trees(SAMPLE)
    assert blocked == {"bad.example.net"}
    assert within("eu1.bad.example.net", blocked)
    assert not within("bad.example.net", blocked)
    assert not within("notbad.example.net", blocked)
