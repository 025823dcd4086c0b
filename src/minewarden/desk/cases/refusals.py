"""Why an act on a case is refused, in words that say what to do instead."""

from datetime import datetime

from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Param, message


def _refusal(key: str, **params: Param) -> TransitionError:
    return TransitionError(message(f"desk_cases.{key}", **params))


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


def in_future(now: datetime) -> TransitionError:
    """What is said to have happened lies in the future."""
    return _refusal("refused_in_future", now=now)


def before_the_activity(begun: datetime) -> TransitionError:
    """Something is said to have been done on the device before the activity was first seen, and nobody says why."""
    return _refusal("refused_before_the_activity", begun=begun)


def limit_before_receipt(received: datetime) -> TransitionError:
    """A notice asks for something before it was received."""
    return _refusal("refused_limit_before_receipt", received=received)


def extends_nothing(due: datetime) -> TransitionError:
    """The end that is asked for is not later than the present one."""
    return _refusal("refused_extends_nothing", due=due)


def not_earlier(recorded: datetime) -> TransitionError:
    """What is entered afterwards is not earlier than what the desk saw itself."""
    return _refusal("refused_not_earlier", recorded=recorded)


def wrong_span(now: datetime) -> TransitionError:
    """Something ends before it begins, or in the future."""
    return _refusal("refused_wrong_span", now=now)


def before_approval(approved: datetime, now: datetime) -> TransitionError:
    """An order was carried out before it was approved, or in the future."""
    return _refusal("refused_before_approval", approved=approved, now=now)


def expired(now: datetime) -> TransitionError:
    """What is to hold from now on would have ended already."""
    return _refusal("refused_expired", now=now)


def wrong_days() -> TransitionError:
    """A day of a letter lies in the future, or an answer comes before what it answers."""
    return _refusal("refused_wrong_days")


def not_a_mac(given: str) -> TransitionError:
    """What is written as the address of a network card is none."""
    return _refusal("refused_not_a_mac", given=given)


def too_early(due: datetime) -> TransitionError:
    """A re-check or a watch cannot have found nothing before its day has come."""
    return _refusal("refused_too_early", due=due)


def found_again() -> TransitionError:
    """A re-check has found something: the device came back."""
    return _refusal("refused_found_again")


def rechecks_open(open_: int, due: datetime) -> TransitionError:
    """A case is not stable while re-checks are still to come."""
    return _refusal("refused_rechecks_open", open=open_, due=due)


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
