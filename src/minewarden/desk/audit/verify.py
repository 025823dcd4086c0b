"""Check the whole chain: a changed, removed, inserted or cut-off record is named."""

from dataclasses import dataclass
from typing import Literal

from minewarden.desk.audit.chain import GENESIS, Anchor, digest, read_anchor
from minewarden.desk.audit.models import Record
from minewarden.vocab.message import Message, message

Fault = Literal["changed", "removed", "unlinked", "cut", "rewritten", "unanchored", "anchor_unreadable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found: how many records hold, and the first that does not (None: all hold).

    `more`: the check stopped at its bound after `end`; neither the rest nor the anchor was looked at yet.
    """

    held: int
    end: Anchor | None
    fault: Fault | None = None
    seq: int = 0
    more: bool = False

    @property
    def whole(self) -> bool:
        """Whether all was looked at and nothing is wrong."""
        return self.fault is None and not self.more

    @property
    def sentence(self) -> Message:
        """The finding in words."""
        if self.fault is not None:
            return message(f"desk_audit.fault_{self.fault}", seq=self.seq, held=self.held)
        if self.more:
            return message("desk_audit.verified_so_far", held=self.held)
        if self.end is None:
            return message("desk_audit.verified_empty")
        return message("desk_audit.verified", held=self.held, seq=self.end.seq, hash=self.end.hash)


def verify(expected: Anchor | None = None, *, after: Anchor | None = None, most: int | None = None) -> Verdict:
    """Walk the chain from its first record, then hold its end against the anchor in the data folder.

    `expected` is a number and a hash that somebody wrote down elsewhere: it also finds a log that was rewritten
    together with the anchor. Memory does not grow with the log. `most` bounds how many records are looked at, and
    `after` goes on behind the end of a check that was so bounded.
    """
    marks: list[Anchor] = [expected] if expected is not None else []
    kept: Anchor | None = None
    unreadable = False
    try:
        kept = read_anchor()
    except (ValueError, OSError):
        unreadable = True
    if kept is not None:
        marks.append(kept)
    verdict = _walk({mark.seq: mark.hash for mark in reversed(marks)}, after, most)
    if not verdict.whole:
        return verdict
    last = verdict.end.seq if verdict.end else 0
    if unreadable:
        return Verdict(verdict.held, verdict.end, "anchor_unreadable", last)
    if cut := [mark.seq for mark in marks if mark.seq > last]:
        return Verdict(verdict.held, verdict.end, "cut", min(last + 1, *cut))
    if kept is None and verdict.end is not None:
        return Verdict(verdict.held, verdict.end, "unanchored", last)
    return verdict


def _walk(marks: dict[int, str], after: Anchor | None, most: int | None) -> Verdict:
    """Follow the hashes; a record that carries a mark must have its hash."""
    previous, end = (after.hash, after) if after is not None else (GENESIS, None)
    held = after.seq if after is not None else 0
    last = held + most if most is not None else None
    for entry in Record.objects.filter(seq__gt=held).order_by("seq").iterator(chunk_size=2000):
        if held == last:
            return Verdict(held, end, more=True)
        if entry.seq != held + 1:
            return Verdict(held, end, "removed", held + 1)
        if entry.prev_hash != previous:
            return Verdict(held, end, "unlinked", entry.seq)
        if digest(entry) != entry.hash:
            return Verdict(held, end, "changed", entry.seq)
        if marks.get(entry.seq, entry.hash) != entry.hash:
            return Verdict(held, end, "rewritten", entry.seq)
        previous = entry.hash
        held += 1
        end = Anchor(entry.seq, entry.hash)
    return Verdict(held, end)
