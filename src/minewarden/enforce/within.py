"""Which names lie within a tree that is blocked as a whole."""

from collections.abc import Iterable

from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.net import parents


def trees(rules: Iterable[BlockRule]) -> frozenset[str]:
    """The names whose whole subtree is blocked."""
    return frozenset(rule.value for rule in rules if rule.target is Target.SUBTREE)


def within(name: str, blocked: frozenset[str]) -> bool:
    """Whether a tree above this name is blocked; the name itself does not count."""
    return any(above in blocked for above in parents(name)[1:])
