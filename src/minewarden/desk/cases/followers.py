"""Who else must know that cases are signed for, merge, part, or go to another unit: apps above, which rest on cases."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from minewarden.desk.cases.models import Case
from minewarden.desk.org.models import Person, Unit

Follower = Callable[[Case, Case], object]


class HandsOn(Protocol):
    """Hands a case that was not its unit's on to another one; False where the app has nothing to hand on."""

    def __call__(self, case: Case, *, unit: Unit, by: Person, now: datetime, reason: str) -> bool: ...


class SignsAlong(Protocol):
    """Signs for what a case came with and thereby for the case; False where there is nothing of the kind."""

    def __call__(self, case: Case, *, by: Person, now: datetime) -> bool: ...


_merging: list[Follower] = []
_parting: list[Follower] = []
_handing: list[HandsOn] = []
_signing: list[SignsAlong] = []


def follow(*, merging: Follower, parting: Follower, handing: HandsOn, signing: SignsAlong) -> None:
    """Have `merging(goes, stays)`, `parting(case, made)`, `handing` and `signing` called in the transaction of every
    such act."""
    if merging not in _merging:
        _merging.append(merging)
        _parting.append(parting)
        _handing.append(handing)
        _signing.append(signing)


def merged(goes: Case, stays: Case) -> None:
    """Tell all that one case went into another."""
    for follower in _merging:
        follower(goes, stays)


def parted(case: Case, made: Case) -> None:
    """Tell all that another machine of a case has a case of its own."""
    for follower in _parting:
        follower(case, made)


def handed_on(case: Case, *, unit: Unit, by: Person, now: datetime, reason: str) -> bool:
    """Whether an app hands the case on itself, since what it rests on goes along."""
    return any(follower(case, unit=unit, by=by, now=now, reason=reason) for follower in _handing)


def signed(case: Case, *, by: Person, now: datetime) -> bool:
    """Whether an app signs for the case itself, since what it came with is signed for along."""
    return any(follower(case, by=by, now=now) for follower in _signing)
