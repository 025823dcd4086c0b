"""The life of a reported pool as a table: 已上报, 待市级审核, 待复核, 已审结, and 退回补充 and 已撤回 beside it.

A district passes on what its schools report; the city reviews. Whoever accepts something that will be blocked needs a
second person, so the review waits in between; a review that accepts nothing needs none.
"""

from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class State(StrEnum):
    """Where a report stands."""

    REPORTED = "reported"
    RELAYED = "relayed"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What somebody does to a report."""

    RELAY = "relay"
    REVIEW = "review"
    SETTLE = "settle"
    AGREE = "agree"
    REFUSE = "refuse"
    RETURN = "return"
    AMEND = "amend"
    WITHDRAW = "withdraw"


OPEN = (State.REPORTED, State.RELAYED, State.REVIEWED, State.RETURNED)
UNREVIEWED = (State.REPORTED, State.RELAYED)
_TABLE: dict[tuple[State, Verb], State] = {
    (State.REPORTED, Verb.RELAY): State.RELAYED,
    **{(state, Verb.REVIEW): State.REVIEWED for state in UNREVIEWED},
    **{(state, Verb.SETTLE): State.DECIDED for state in UNREVIEWED},
    (State.REVIEWED, Verb.AGREE): State.DECIDED,
    (State.REVIEWED, Verb.REFUSE): State.RELAYED,
    **{(state, Verb.RETURN): State.RETURNED for state in UNREVIEWED},
    (State.RETURNED, Verb.AMEND): State.REPORTED,
    **{(state, Verb.WITHDRAW): State.WITHDRAWN for state in (*UNREVIEWED, State.RETURNED)},
}


def step(state: State, verb: Verb) -> State:
    """The state that follows. Raises TransitionError, in words, where the table has none."""
    try:
        return _TABLE[state, verb]
    except KeyError:
        raise TransitionError(message("desk_library.illegal")) from None


def possible(state: State) -> frozenset[Verb]:
    """What can be done in a state."""
    return frozenset(verb for source, verb in _TABLE if source is state)
