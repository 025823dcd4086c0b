"""The life of a case as a table: from which state, by which verb, to which state, and what duty that asks for.

Nothing else in the program changes a state: an action asks `step` and writes what it answers. The states in their
order: 已送达, 已签收, 排查中, then 已锁定 or 非本单位 or 误报 or 无法定位, 处置中, 待复核, 已报告, 上级已收 or
退回补充, 已办结, 回头看, then 稳定 or 复发.

Beside them stand the side states. 撤回 and 合并 end a case and are rows of the table; 延期, 升级督办 and 移送 leave it
where it is, so they are rows of their own (Extension, Escalation, Referral) and `aside` says when each is open.
"""

from dataclasses import dataclass
from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class State(StrEnum):
    """Where a case stands."""

    DELIVERED = "delivered"
    SIGNED = "signed"
    INVESTIGATING = "investigating"
    LOCKED = "locked"
    UNLOCATABLE = "unlocatable"
    FALSE_ALARM = "false-alarm"
    NOT_OURS = "not-ours"
    HANDLING = "handling"
    REVIEW = "review"
    REPORTED = "reported"
    RECEIVED = "received"
    RETURNED = "returned"
    CLOSED = "closed"
    WATCHING = "watching"
    STABLE = "stable"
    RECURRED = "recurred"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Verb(StrEnum):
    """What somebody does to a case."""

    SIGN = "sign"
    START = "start"
    LOCK = "lock"
    CONFIRM_UNLOCATABLE = "confirm-unlocatable"
    CONFIRM_FALSE_ALARM = "confirm-false-alarm"
    RETURN_NOT_OURS = "return-not-ours"
    RECORD_MEASURES = "record-measures"
    SUBMIT_REPORT = "submit-report"
    SEND_BACK_REPORT = "send-back-report"
    APPROVE_REPORT = "approve-report"
    RECEIVE = "receive"
    RETURN = "return"
    CLOSE = "close"
    WATCH = "watch"
    DECLARE_STABLE = "declare-stable"
    DECLARE_RECURRED = "declare-recurred"
    WITHDRAW = "withdraw"
    MERGE = "merge"


class Duty(StrEnum):
    """Who may: not a role by name but what one is charged with, for the unit that the case belongs to."""

    HANDLE = "handle"
    """The unit's own people who find, lock and clean."""
    APPROVE = "approve"
    """The unit's leader who confirms what his people propose and signs the report."""
    SUPERVISE = "supervise"
    """The superior office that dispatched the case and receives the report."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: State
    verb: Verb
    target: State
    duty: Duty


CHECKLIST = ("evidence", "unplug", "autostart", "entry", "reinstall", "passwords", "watch")
"""The first hour, in its order: keep evidence before anything is cleaned; unplug the network and not the power."""

OPEN_FOR_FINDING = (State.SIGNED, State.INVESTIGATING)
BEFORE_LOCK = (State.DELIVERED, State.SIGNED, State.INVESTIGATING)
REPORTABLE = (State.LOCKED, State.HANDLING, State.UNLOCATABLE, State.FALSE_ALARM, State.RETURNED)
HANDLED = frozenset(BEFORE_LOCK + REPORTABLE)
"""The unit itself has the next step in these."""
CONCLUDED = (State.LOCKED, State.UNLOCATABLE, State.FALSE_ALARM)
MEASURABLE = (State.LOCKED, State.UNLOCATABLE, State.HANDLING, State.RETURNED)
ENDED = frozenset(
    {State.NOT_OURS, State.CLOSED, State.WATCHING, State.STABLE, State.RECURRED, State.WITHDRAWN} | {State.MERGED}
)
"""No clock runs and nobody waits in these."""


def _rows() -> tuple[Transition, ...]:
    handle, approve, supervise = Duty.HANDLE, Duty.APPROVE, Duty.SUPERVISE
    rows = [
        Transition(State.DELIVERED, Verb.SIGN, State.SIGNED, handle),
        Transition(State.SIGNED, Verb.START, State.INVESTIGATING, handle),
        Transition(State.INVESTIGATING, Verb.LOCK, State.LOCKED, handle),
        Transition(State.INVESTIGATING, Verb.CONFIRM_UNLOCATABLE, State.UNLOCATABLE, supervise),
        Transition(State.INVESTIGATING, Verb.CONFIRM_FALSE_ALARM, State.FALSE_ALARM, approve),
        *(Transition(state, Verb.RETURN_NOT_OURS, State.NOT_OURS, handle) for state in BEFORE_LOCK),
        *(Transition(state, Verb.RECORD_MEASURES, State.HANDLING, handle) for state in MEASURABLE),
        *(Transition(state, Verb.SUBMIT_REPORT, State.REVIEW, handle) for state in REPORTABLE),
        Transition(State.REVIEW, Verb.SEND_BACK_REPORT, State.RETURNED, approve),
        Transition(State.REVIEW, Verb.APPROVE_REPORT, State.REPORTED, approve),
        Transition(State.REPORTED, Verb.RECEIVE, State.RECEIVED, supervise),
        Transition(State.REPORTED, Verb.RETURN, State.RETURNED, supervise),
        Transition(State.RECEIVED, Verb.RETURN, State.RETURNED, supervise),
        Transition(State.RECEIVED, Verb.CLOSE, State.CLOSED, supervise),
        Transition(State.CLOSED, Verb.WATCH, State.WATCHING, supervise),
        Transition(State.WATCHING, Verb.DECLARE_STABLE, State.STABLE, supervise),
        Transition(State.WATCHING, Verb.DECLARE_RECURRED, State.RECURRED, supervise),
        Transition(State.STABLE, Verb.DECLARE_RECURRED, State.RECURRED, supervise),
    ]
    withdrawable = [state for state in State if state not in ENDED]
    rows += [Transition(state, Verb.WITHDRAW, State.WITHDRAWN, supervise) for state in withdrawable]
    rows += [Transition(state, Verb.MERGE, State.MERGED, handle) for state in BEFORE_LOCK]
    return tuple(rows)


TRANSITIONS = _rows()
_BY_KEY = {(row.source, row.verb): row for row in TRANSITIONS}


def step(state: State, verb: Verb) -> Transition:
    """The row for a verb in a state. Raises TransitionError, in words, where the table has none."""
    try:
        return _BY_KEY[state, verb]
    except KeyError:
        raise TransitionError(message("desk_cases.illegal")) from None


class Aside(StrEnum):
    """A side state that leaves the case where it is."""

    EXTEND = "extend"
    ESCALATE = "escalate"
    REFER = "refer"


def aside(state: State, what: Aside) -> None:
    """Raise TransitionError, in words, where a case in that state cannot take the side state."""
    allowed = {
        # A clock that has ended needs no more time, and nobody is pressed about it.
        Aside.EXTEND: state not in ENDED,
        Aside.ESCALATE: state not in ENDED,
        # What was confirmed may be handed to others at any time, also long after.
        Aside.REFER: state not in (*BEFORE_LOCK, State.NOT_OURS, State.FALSE_ALARM, State.WITHDRAWN, State.MERGED),
    }
    if not allowed[what]:
        raise TransitionError(message("desk_cases.illegal"))


def possible(state: State) -> tuple[Transition, ...]:
    """What can be done from a state, in the order of the table."""
    return tuple(row for row in TRANSITIONS if row.source == state)
