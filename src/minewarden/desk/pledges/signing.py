"""Signatures from telephones, written together when they come together.

A school signs in one hour. Each signature must be on the disk before the telephone says so, and a disk takes its time
for that, whether one signature or twenty are written. So whoever comes while another is writing waits at the door, and
the next to write takes along all who wait. One at a time, the same happens with one signature.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import transaction
from django.utils import timezone

from minewarden.desk.kit import sealed
from minewarden.desk.pledges.chain import hold, join
from minewarden.desk.pledges.evidence import purpose
from minewarden.desk.pledges.ink import Ink as Strokes
from minewarden.desk.pledges.models import Ink, Signature, Signer, Text
from minewarden.desk.pledges.texts import InForce
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Param, message


class Refused(TransitionError):
    """The pledge was not taken; the message says why and what to do."""

    @classmethod
    def of(cls, key: str, **facts: Param) -> "Refused":
        """By the word of it, with what it names."""
        return cls(message(f"desk_pledges.{key}", **facts))


@dataclass(slots=True)
class Wish:
    """Somebody who has read the text in force and signed on a canvas. `ip` and `agent` say from where."""

    signer_id: int
    text: Text
    texts: InForce
    ink: Strokes
    at: datetime
    guardian: str = ""
    relation: str = ""
    ip: str = ""
    agent: str = ""


@dataclass(slots=True)
class _Waiting:
    wish: Wish
    sealed: bytes
    answer: "Signature | Refused | BaseException | None" = None
    repeated: bool = False


@dataclass(slots=True)
class Desk:
    """Where signatures of this process wait to be written."""

    _door: Lock = field(default_factory=Lock)
    _pen: Lock = field(default_factory=Lock)
    _queue: list[_Waiting] = field(default_factory=list)

    def take(self, *wishes: Wish) -> tuple[Signature, bool]:
        """Write signatures, all of them in one transaction; they are on the disk when this returns. The answer is the
        first one's, with whether the person had signed before.

        The same again (a double touch, two tabs) gives the signature that there is, and writes nothing. Raises Refused
        for the first one; of the others, those that are refused are left out.
        """
        mine = [_Waiting(wish, sealed.seal(wish.ink.packed(), purpose(wish.ink.sha256))) for wish in wishes]
        with self._door:
            self._queue += mine
        with self._pen:
            if mine[0].answer is None:
                with self._door:
                    batch, self._queue = self._queue, []
                _write(batch)
        if isinstance(mine[0].answer, Signature):
            return mine[0].answer, mine[0].repeated
        raise mine[0].answer or RuntimeError("a signature was left at the door")


_desk = Desk()


def sign(wish: Wish, also: Iterable[Signer] = ()) -> tuple[Signature, bool]:
    """Take a signature from a telephone: the signature, and whether it was there before. Raises Refused.

    also: the rows of the same person in the rolls of other units, for which the one handwriting is given as well. Each
    becomes a signature of its own, which names its own unit.
    """
    return _desk.take(wish, *(replace(wish, signer_id=row.pk) for row in also))


def _write(batch: Sequence[_Waiting]) -> None:
    """Write what waits in one transaction; where the database refuses, everybody who waited is told."""
    try:
        with transaction.atomic():
            _written(batch)
    except Exception as error:  # noqa: BLE001  # handed to every one of them, who raises it
        for waiting in batch:
            waiting.answer = error


def _written(batch: Sequence[_Waiting]) -> None:
    end = hold()
    numbers = {waiting.wish.signer_id for waiting in batch}
    held = Signer.objects.select_related("unit").select_for_update(of=("self",), no_key=True)
    signers = {row.pk: row for row in held.filter(pk__in=numbers).order_by("pk")}
    fresh: dict[int, tuple[_Waiting, Signature]] = {}
    for waiting in batch:
        whose = waiting.wish.signer_id
        try:
            made = _judged(waiting.wish, signers.get(whose))
        except Refused as refusal:
            waiting.answer = refusal
            continue
        if whose in fresh or made.hash:
            waiting.answer, waiting.repeated = (fresh[whose][1] if whose in fresh else made), True
        else:
            waiting.answer = made
            fresh[whose] = waiting, made
    _added(list(fresh.values()), signers, end)


def _added(fresh: Sequence[tuple[_Waiting, Signature]], signers: Mapping[int, Signer], end: tuple[int, str]) -> None:
    join([made for _, made in fresh], end)
    Signature.objects.bulk_create([made for _, made in fresh])
    Ink.objects.bulk_create([Ink(signature=made, sealed=waiting.sealed) for waiting, made in fresh])
    for _, made in fresh:
        note(signers[made.signer_id], made)


def _judged(wish: Wish, signer: Signer | None) -> Signature:
    """The signature to write, or the one that is there already (it has a hash). Raises Refused."""
    if signer is None or signer.left_on is not None or signer.category == Signer.Category.UNIT:
        raise Refused.of("refused_not_due")
    if wish.texts.text_for(signer).pk != wish.text.pk:
        raise Refused.of("refused_new_text")
    if wish.texts.holds(signer) and signer.signature is not None:
        return signer.signature
    if wish.text.variant == Text.Variant.GUARDIAN and not (wish.guardian and wish.relation):
        raise Refused.of("refused_no_guardian")
    made = named(signer, wish.text, at=wish.at)
    made.guardian, made.relation, made.ip, made.agent = wish.guardian, wish.relation, wish.ip, wish.agent[:200]
    made.way, made.ink_sha256 = Signature.Way.PHONE, wish.ink.sha256
    return made


def named(signer: Signer, text: Text, *, at: datetime) -> Signature:
    """A signature with all that is said by value; how it was signed is for the caller to add."""
    return Signature(
        at=at, signer=signer, text=text, text_sha256=text.sha256, unit=signer.unit, unit_name=signer.unit.name,
        group=signer.group, category=signer.category, number=signer.number, name=signer.name,
        signed_on=timezone.localdate(at),
    )  # fmt: skip


def note(signer: Signer, made: Signature) -> None:
    """Let the row of the roll know of its signature; a reason for not signing is over."""
    facts: dict[str, Any] = {"signature": made, "text": made.text, "signed_at": made.at, "again": False}
    if signer.reason:
        facts |= {"reason": "", "reason_note": "", "reason_until": None, "reason_at": None, "reason_by": None}
        facts |= {"excused_at": None, "excused_by": None}
    Signer.objects.filter(pk=signer.pk).update(**facts)
