"""Who else must know that two cases became one: apps above this one, which rest on cases, follow a merging."""

from collections.abc import Callable

from minewarden.desk.cases.models import Case

Follower = Callable[[Case, Case], object]
_followers: list[Follower] = []


def follow(follower: Follower) -> Follower:
    """Have `follower(goes, stays)` called in the transaction of every merging, for what rests on the one that goes."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


def merged(goes: Case, stays: Case) -> None:
    """Tell them all."""
    for follower in _followers:
        follower(goes, stays)
