"""Brings rules into the one order and number that every compiler starts from."""

from collections.abc import Iterable
from dataclasses import replace

from minewarden.vocab.blockrule import TERMINALS, BlockRule


def fold(rules: Iterable[BlockRule]) -> tuple[BlockRule, ...]:
    """One rule per key, sorted by key. Where the same thing was ordered more than once, the latest end holds, and the
    reasons and legal bases of all stand together, sorted: none of the orders is forgotten."""
    kept: dict[tuple[str, str, int], BlockRule] = {}
    texts: dict[tuple[str, str, int], tuple[set[str], set[str]]] = {}
    for rule in rules:
        key = rule.key
        before = kept.get(key)
        if before is None or rule.expires_at > before.expires_at:
            kept[key] = rule
        reasons, bases = texts.setdefault(key, (set(), set()))
        reasons.add(rule.reason)
        bases.add(rule.basis)
    return tuple(_merged(kept[key], *texts[key]) for key in sorted(kept))


def fold_for_network(rules: Iterable[BlockRule]) -> tuple[BlockRule, ...]:
    """As `fold`, without accounts and stations: name servers and firewalls cannot use them, and a person's name has no
    place in a file that travels to other units."""
    return fold(rule for rule in rules if rule.target not in TERMINALS)


def fold_for_access(rules: Iterable[BlockRule]) -> tuple[BlockRule, ...]:
    """As `fold`, of accounts and stations only."""
    return fold(rule for rule in rules if rule.target in TERMINALS)


def _merged(rule: BlockRule, reasons: set[str], bases: set[str]) -> BlockRule:
    if len(reasons) == 1 and len(bases) == 1:
        return rule
    return replace(rule, reason=_joined(reasons), basis=_joined(bases))


def _joined(texts: set[str]) -> str:
    """Joined on parts, so that folding what was folded before changes nothing."""
    parts = {part.strip() for text in texts for part in text.split("; ")}
    return "; ".join(sorted(part for part in parts if part))
