"""Who else must know that two cases became one, or one became two: apps above this one, which rest on cases."""

from collections.abc import Callable

from minewarden.desk.cases.models import Case

Follower = Callable[[Case, Case], object]
_merging: list[Follower] = []
_parting: list[Follower] = []


def follow(*, merging: Follower, parting: Follower) -> None:
    """Have `merging(goes, stays)` and `parting(case, made)` called in the transaction of every such act."""
    if merging not in _merging:
        _merging.append(merging)
        _parting.append(parting)


def merged(goes: Case, stays: Case) -> None:
    """Tell all that one case went into another."""
    for follower in _merging:
        follower(goes, stays)


def parted(case: Case, made: Case) -> None:
    """Tell all that another machine of a case has a case of its own."""
    for follower in _parting:
        follower(case, made)
