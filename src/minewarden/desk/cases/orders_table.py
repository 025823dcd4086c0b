"""The life of a 断网通知单 as a table: state, verb, next state, duty."""

from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class OrderState(StrEnum):
    """Where an order stands."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    ORDERED = "ordered"
    APPROVED = "approved"
    EXECUTED = "executed"
    ASKED_BACK = "asked-back"
    RESTORED = "restored"


class OrderVerb(StrEnum):
    """What somebody does to an order."""

    DECLINE = "decline"
    ORDER = "order"
    APPROVE = "approve"
    EXECUTE = "execute"
    ASK_BACK = "ask-back"
    KEEP = "keep"
    RESTORE = "restore"


_TABLE: dict[tuple[OrderState, OrderVerb], OrderState] = {
    (OrderState.PROPOSED, OrderVerb.DECLINE): OrderState.DECLINED,
    (OrderState.PROPOSED, OrderVerb.ORDER): OrderState.ORDERED,
    (OrderState.DECLINED, OrderVerb.ORDER): OrderState.ORDERED,
    (OrderState.ORDERED, OrderVerb.APPROVE): OrderState.APPROVED,
    (OrderState.ORDERED, OrderVerb.DECLINE): OrderState.DECLINED,
    (OrderState.APPROVED, OrderVerb.EXECUTE): OrderState.EXECUTED,
    (OrderState.EXECUTED, OrderVerb.ASK_BACK): OrderState.ASKED_BACK,
    (OrderState.ASKED_BACK, OrderVerb.KEEP): OrderState.EXECUTED,
    (OrderState.ASKED_BACK, OrderVerb.RESTORE): OrderState.RESTORED,
}


def order_step(state: str, verb: OrderVerb) -> OrderState:
    """The next state. Raises TransitionError where the table has none."""
    try:
        return _TABLE[OrderState(state), verb]
    except KeyError:
        raise TransitionError(message("desk_cases.illegal")) from None


def open_verbs(state: str) -> tuple[OrderVerb, ...]:
    """What can be done to an order in a state."""
    return tuple(verb for source, verb in _TABLE if source == state)
