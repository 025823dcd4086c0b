"""The states of what a campaign is made of, and the steps between them. A step that no table names is refused."""

from collections.abc import Mapping
from enum import StrEnum

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


class TaskState(StrEnum):
    """Where a unit's task stands."""

    OPEN = "open"
    DONE = "done"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"


class TaskVerb(StrEnum):
    """What may happen to a task."""

    ANSWER = "answer"
    RETURN = "return"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    MOVE = "move"


class FilingState(StrEnum):
    """Where something that a unit files stands: kept by itself, or under review by the superior."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ENDED = "ended"


class FilingVerb(StrEnum):
    """What may happen to a filing."""

    CHANGE = "change"
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"
    END = "end"


class NeedState(StrEnum):
    """A gap that was asked to be closed: money and goods are others' power, so it is only followed."""

    ASKED = "asked"
    FUNDED = "funded"
    BOUGHT = "bought"
    INSTALLED = "installed"
    REFUSED = "refused"


class NeedVerb(StrEnum):
    """What may happen to a need."""

    FUND = "fund"
    BUY = "buy"
    INSTALL = "install"
    REFUSE = "refuse"


class HelpState(StrEnum):
    """A request for help."""

    ASKED = "asked"
    ASSIGNED = "assigned"
    VISITED = "visited"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class HelpVerb(StrEnum):
    """What may happen to a request for help."""

    ASSIGN = "assign"
    VISIT = "visit"
    CLOSE = "close"
    WITHDRAW = "withdraw"


T, F, N, H = TaskState, FilingState, NeedState, HelpState
TASK: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
    (T.OPEN, TaskVerb.ANSWER): T.DONE,
    (T.RETURNED, TaskVerb.ANSWER): T.DONE,
    (T.DONE, TaskVerb.ANSWER): T.DONE,
    (T.DONE, TaskVerb.RETURN): T.RETURNED,
    (T.DONE, TaskVerb.REOPEN): T.OPEN,
    (T.OPEN, TaskVerb.WITHDRAW): T.WITHDRAWN,
    (T.RETURNED, TaskVerb.WITHDRAW): T.WITHDRAWN,
    (T.DONE, TaskVerb.WITHDRAW): T.WITHDRAWN,
    (T.WITHDRAWN, TaskVerb.RESTORE): T.OPEN,
    (T.OPEN, TaskVerb.MOVE): T.MOVED,
    (T.RETURNED, TaskVerb.MOVE): T.MOVED,
}
FILING: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
    (F.DRAFT, FilingVerb.CHANGE): F.DRAFT,
    (F.RETURNED, FilingVerb.CHANGE): F.DRAFT,
    (F.DRAFT, FilingVerb.SUBMIT): F.SUBMITTED,
    (F.SUBMITTED, FilingVerb.RETURN): F.RETURNED,
    (F.SUBMITTED, FilingVerb.ACCEPT): F.ACCEPTED,
    (F.ACCEPTED, FilingVerb.END): F.ENDED,
}
NEED: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
    (N.ASKED, NeedVerb.FUND): N.FUNDED,
    (N.ASKED, NeedVerb.REFUSE): N.REFUSED,
    (N.ASKED, NeedVerb.BUY): N.BOUGHT,
    (N.FUNDED, NeedVerb.BUY): N.BOUGHT,
    (N.BOUGHT, NeedVerb.INSTALL): N.INSTALLED,
}
HELP: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
    (H.ASKED, HelpVerb.ASSIGN): H.ASSIGNED,
    (H.ASSIGNED, HelpVerb.ASSIGN): H.ASSIGNED,
    (H.ASSIGNED, HelpVerb.VISIT): H.VISITED,
    (H.VISITED, HelpVerb.VISIT): H.VISITED,
    (H.VISITED, HelpVerb.CLOSE): H.CLOSED,
    (H.ASKED, HelpVerb.WITHDRAW): H.WITHDRAWN,
    (H.ASSIGNED, HelpVerb.WITHDRAW): H.WITHDRAWN,
}
OPEN_TASKS = (T.OPEN.value, T.RETURNED.value)
OPEN_HELP = (H.ASKED.value, H.ASSIGNED.value, H.VISITED.value)
OPEN_NEEDS = (N.ASKED.value, N.FUNDED.value, N.BOUGHT.value)


def step(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: StrEnum, verb: StrEnum) -> StrEnum:
    """The state after a step. Raises TransitionError where the table has no such step."""
    if (state, verb) not in table:
        raise TransitionError(message("desk_campaigns.refused_state"))
    return table[state, verb]


def verbs(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: StrEnum) -> list[StrEnum]:
    """What may happen in a state."""
    return [verb for (source, verb) in table if source == state]
