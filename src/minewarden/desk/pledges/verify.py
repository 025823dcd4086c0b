"""Check the chain of signatures, the texts, the handwriting and the scans: what was altered is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.kit import masks, sealed
from minewarden.desk.pledges.chain import GENESIS, digest, text_digest
from minewarden.desk.pledges.evidence import content_of, purpose
from minewarden.desk.pledges.models import Ink, Scan, Signature, Text
from minewarden.desk.pledges.retention import ends
from minewarden.desk.pledges.seals import ACTION
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import Message, Param, message

_AT_ONCE = 500


@dataclass(slots=True)
class Verdict:
    """What was looked at, and everything that is wrong, in words."""

    signatures: int = 0
    texts: int = 0
    inks: int = 0
    scans: int = 0
    seals: int = 0
    end: str = ""
    faults: list[Message] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def sentence(self) -> Message:
        """The finding in words."""
        if self.faults:
            return message("desk_pledges.verify_broken", count=len(self.faults))
        counts = {"signatures": self.signatures, "texts": self.texts, "inks": self.inks, "scans": self.scans}
        return message("desk_pledges.verify_whole", seals=self.seals, hash=self.end or "-", **counts)


def verify() -> Verdict:
    """Look at everything. Memory does not grow with the number of signatures."""
    verdict = Verdict()
    for text in Text.objects.all():
        verdict.texts += 1
        if text_digest(text) != text.sha256:
            verdict.faults.append(message("desk_pledges.verify_text", text=text.title, number=text.number))
    _chain(verdict)
    _scans(verdict)
    return verdict


def _chain(verdict: Verdict) -> None:
    seals, over = _seals(), {text.pk: day for text, day in ends().items()}
    hashes = dict(Text.objects.values_list("pk", "sha256"))
    previous, last = GENESIS, 0
    for row, ink in _rows():
        if row.seq != last + 1:
            verdict.faults.append(message("desk_pledges.verify_removed", first=last + 1, last=row.seq - 1))
        elif row.prev_hash != previous:
            verdict.faults.append(_named("verify_unlinked", row))
        if digest(row) != row.hash:
            verdict.faults.append(_named("verify_changed", row))
        if hashes.get(row.text_id) != row.text_sha256:
            verdict.faults.append(_named("verify_other_text", row))
        if row.ink_sha256 and not _holds(row, ink, over):
            verdict.faults.append(_named("verify_ink", row))
        if seals.pop(row.seq, row.hash) != row.hash:
            verdict.faults.append(_named("verify_resealed", row))
        previous, last = row.hash, row.seq
        verdict.signatures += 1
        verdict.inks += bool(row.ink_sha256)
    verdict.end = previous if last else ""
    if cut := [seq for seq in seals if seq > last]:
        verdict.faults.append(message("desk_pledges.verify_cut", first=last + 1, last=max(cut)))
    verdict.seals = Record.objects.filter(action=ACTION).count()


def _seals() -> dict[int, str]:
    """Number -> hash, as the log of the desk has it."""
    found = Record.objects.filter(action=ACTION).values_list("after", flat=True)
    return {int(after["seq"]): str(after["hash"]) for after in found if after}


def _rows() -> Iterator[tuple[Signature, Ink | None]]:
    last = 0
    while rows := list(Signature.objects.filter(seq__gt=last).order_by("seq")[:_AT_ONCE]):
        inks = Ink.objects.in_bulk([row.seq for row in rows])
        for row in rows:
            yield row, inks.get(row.seq)
        last = rows[-1].seq


def _holds(row: Signature, ink: Ink | None, over: Mapping[int, date]) -> bool:
    if ink is None:
        return False
    if ink.deleted_at is not None:
        # Deleted when its time was over, as the log says; deleted before that is a fault like any other.
        return row.text_id in over and over[row.text_id] <= timezone.localdate(ink.deleted_at)
    try:
        content = sealed.unseal(bytes(ink.sealed), purpose(row.ink_sha256))
    except ConfigError:
        return False
    return sha256(content).hexdigest() == row.ink_sha256


def _scans(verdict: Verdict) -> None:
    for scan in Scan.objects.filter(signatures__isnull=False).distinct():
        verdict.scans += 1
        said = set(scan.signatures.values_list("scan_sha256", flat=True))
        try:
            found = sha256(content_of(scan)).hexdigest()
        except ConfigError:
            found = ""
        if found != scan.sha256 or said - {scan.sha256}:
            verdict.faults.append(message("desk_pledges.verify_scan", name=scan.name, unit=scan.unit.label))


def _named(key: str, row: Signature) -> Message:
    """Whose it is, as the log may say it: the name is masked, number and unit are not."""
    facts: dict[str, Param] = {
        "seq": row.seq,
        "unit": row.unit_name,
        "name": masks.name(row.name),
        "number": row.number,
    }
    return message(f"desk_pledges.{key}", **facts)
