"""The life of a record as a table: 拟办, 已函告, 已答复, 已决定, 办结; what was never sent may be dropped."""

from dataclasses import dataclass
from enum import StrEnum

from minewarden.desk.cases.lifecycle import Duty
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class State(StrEnum):
    """Where it stands."""

    DRAFT = "draft"
    SENT = "sent"
    ANSWERED = "answered"
    DECIDED = "decided"
    CLOSED = "closed"
    DROPPED = "dropped"


class Verb(StrEnum):
    """What somebody does about it."""

    SEND = "send"
    ANSWER = "answer"
    DECIDE = "decide"
    OBJECT = "object"
    CLOSE = "close"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: State
    verb: Verb
    target: State
    duty: Duty


TRANSITIONS = (
    Transition(State.DRAFT, Verb.SEND, State.SENT, Duty.APPROVE),
    Transition(State.DRAFT, Verb.DECIDE, State.DECIDED, Duty.HANDLE),
    Transition(State.DRAFT, Verb.DROP, State.DROPPED, Duty.HANDLE),
    Transition(State.SENT, Verb.ANSWER, State.ANSWERED, Duty.HANDLE),
    Transition(State.SENT, Verb.DECIDE, State.DECIDED, Duty.HANDLE),
    Transition(State.ANSWERED, Verb.DECIDE, State.DECIDED, Duty.HANDLE),
    Transition(State.ANSWERED, Verb.CLOSE, State.CLOSED, Duty.APPROVE),
    Transition(State.DECIDED, Verb.OBJECT, State.DECIDED, Duty.HANDLE),
    Transition(State.DECIDED, Verb.CLOSE, State.CLOSED, Duty.APPROVE),
)
OVER = (State.CLOSED, State.DROPPED)
_BY_KEY = {(row.source, row.verb): row for row in TRANSITIONS}


def step(state: State, verb: Verb) -> Transition:
    """The row for a verb in a state. Raises TransitionError, in words, where the table has none."""
    try:
        return _BY_KEY[state, verb]
    except KeyError:
        raise TransitionError(message("desk_measures.illegal")) from None


def possible(state: State) -> tuple[Transition, ...]:
    """What can be done in a state, in the order of the table."""
    return tuple(row for row in TRANSITIONS if row.source == state)
