"""Why an act of a campaign is refused, in words that say what to do instead."""

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Param, message


def refusal(key: str, **params: Param) -> TransitionError:
    """The refusal of that name."""
    return TransitionError(message(f"desk_campaigns.refused_{key}", **params))
