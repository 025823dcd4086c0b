"""Brings rules into the one order and number that every compiler starts from."""

from collections.abc import Iterable
from dataclasses import replace

from minewarden.vocab.blockrule import BlockRule


def fold(rules: Iterable[BlockRule]) -> tuple[BlockRule, ...]:
    """One rule per key, sorted by key. Where the same thing was ordered more than once, the latest end holds, and the
    reasons and legal bases of all stand together, sorted: none of the orders is forgotten."""
    kept: dict[tuple[str, str, int], BlockRule] = {}
    texts: dict[tuple[str, str, int], tuple[set[str], set[str]]] = {}
    for rule in rules:
        before = kept.get(rule.key)
        if before is None or rule.expires_at > before.expires_at:
            kept[rule.key] = rule
        reasons, bases = texts.setdefault(rule.key, (set(), set()))
        reasons.add(rule.reason)
        bases.add(rule.basis)
    return tuple(
        replace(kept[key], reason=_joined(texts[key][0]), basis=_joined(texts[key][1])) for key in sorted(kept)
    )


def _joined(texts: set[str]) -> str:
    """Joined on parts, so that folding what was folded before changes nothing."""
    parts = {part.strip() for text in texts for part in text.split("; ")}
    return "; ".join(sorted(part for part in parts if part))
