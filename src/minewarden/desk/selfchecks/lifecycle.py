"""The life of what has to be mended, as a table: 待整改, 待复查, 已销号.

Who mended it does not say himself that it is mended: the one who looks again is another person, which the database
holds as well.
"""

from dataclasses import dataclass
from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class State(StrEnum):
    """Where it stands."""

    OPEN = "open"
    MENDED = "mended"
    CLOSED = "closed"


class Verb(StrEnum):
    """What somebody does about it."""

    MEND = "mend"
    ACCEPT = "accept"
    RETURN = "return"
    POSTPONE = "postpone"


class Duty(StrEnum):
    """Who may: the unit's people who mend, whoever looks again, whoever may give more time."""

    MEND = "mend"
    LOOK = "look"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: State
    verb: Verb
    target: State
    duty: Duty


TRANSITIONS = (
    Transition(State.OPEN, Verb.MEND, State.MENDED, Duty.MEND),
    Transition(State.OPEN, Verb.POSTPONE, State.OPEN, Duty.ALLOW),
    Transition(State.MENDED, Verb.ACCEPT, State.CLOSED, Duty.LOOK),
    Transition(State.MENDED, Verb.RETURN, State.OPEN, Duty.LOOK),
)
_BY_KEY = {(row.source, row.verb): row for row in TRANSITIONS}


def step(state: State, verb: Verb) -> Transition:
    """The row for a verb in a state. Raises TransitionError, in words, where the table has none."""
    try:
        return _BY_KEY[state, verb]
    except KeyError:
        raise TransitionError(message("desk_selfchecks.illegal")) from None


def possible(state: State) -> tuple[Transition, ...]:
    """What can be done in a state, in the order of the table."""
    return tuple(row for row in TRANSITIONS if row.source == state)
