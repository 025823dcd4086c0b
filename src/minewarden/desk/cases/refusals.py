"""Why an act on a case is refused, in words that say what to do instead."""

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


def _refusal(key: str) -> TransitionError:
    return TransitionError(message(f"desk_cases.{key}"))


def same_person() -> TransitionError:
    """The proposer wanted to confirm his own proposal."""
    return _refusal("refused_same_person")


def already_asked() -> TransitionError:
    """Such a proposal waits already."""
    return _refusal("refused_already_asked")


def already_decided() -> TransitionError:
    """Somebody has decided in the meantime."""
    return _refusal("refused_already_decided")


def several_candidates() -> TransitionError:
    """More than one device fits, and nobody has said which one it was and how he knows."""
    return _refusal("refused_several_candidates")


def device_incomplete() -> TransitionError:
    """Locked means a device that can be found again, its place, and a named person."""
    return _refusal("refused_device_incomplete")


def reason_missing() -> TransitionError:
    """A judgement without a reason is none."""
    return _refusal("refused_reason_missing")


def not_in_time() -> TransitionError:
    """A time lies in the future, before the receipt, or does not extend anything."""
    return _refusal("refused_not_in_time")


def took_part() -> TransitionError:
    """Whoever had a part in what is contested does not decide about it again."""
    return _refusal("refused_took_part")


def not_cleaned() -> TransitionError:
    """A device is let on again only after it was cleaned or reinstalled."""
    return _refusal("refused_not_cleaned")


def nothing_to_contest() -> TransitionError:
    """There is no nature that could be contested now, or an objection waits already."""
    return _refusal("refused_nothing_to_contest")


def cannot_merge() -> TransitionError:
    """Two cases that cannot become one: of two units, one that has ended, or without a reason."""
    return _refusal("refused_cannot_merge")


def file_refused() -> TransitionError:
    """A file that is empty or too large, or a case that has too many."""
    return _refusal("refused_file")


def nothing_named() -> TransitionError:
    """A notice that names neither an address nor a domain gives nothing to look for."""
    return _refusal("refused_nothing_named")


def lead_settled() -> TransitionError:
    """The lead is a case already, or was dismissed."""
    return _refusal("refused_lead_settled")


def person_left() -> TransitionError:
    """The person who is to answer for the device is no longer in office."""
    return _refusal("refused_person_left")
