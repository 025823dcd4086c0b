"""The life of an assignment as a table: a notice handed to a unit, from the delivery to its end.

The clock belongs to the assignment, so its states say nothing of the case: 未送达, 已送达, 已签收, and the three ends
非本单位 (returned), 已转办 (relayed) and 已撤回 (withdrawn), in which no clock runs.
"""

from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class State(StrEnum):
    """Where an assignment stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SIGNED = "signed"
    RETURNED = "returned"
    RELAYED = "relayed"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What somebody does to an assignment."""

    TELL = "tell"
    SIGN = "sign"
    RETURN = "return"
    RELAY = "relay"
    WITHDRAW = "withdraw"


OPEN = (State.PENDING, State.DELIVERED, State.SIGNED)
_TABLE: dict[tuple[State, Verb], State] = {
    (State.PENDING, Verb.TELL): State.DELIVERED,
    (State.PENDING, Verb.SIGN): State.SIGNED,
    (State.DELIVERED, Verb.SIGN): State.SIGNED,
    **{(state, Verb.RETURN): State.RETURNED for state in OPEN},
    **{(state, Verb.RELAY): State.RELAYED for state in OPEN if state is not State.PENDING},
    **{(state, Verb.WITHDRAW): State.WITHDRAWN for state in OPEN},
}


def step(state: State, verb: Verb) -> State:
    """The state that follows. Raises TransitionError, in words, where the table has none."""
    try:
        return _TABLE[state, verb]
    except KeyError:
        raise TransitionError(message("desk_notices.illegal")) from None


def possible(state: State) -> frozenset[Verb]:
    """What can be done in a state."""
    return frozenset(verb for source, verb in _TABLE if source is state)
