"""All dialects in one table: which reader looks at a call of that name, and who looks at an answer."""

from collections.abc import Mapping
from types import MappingProxyType

from minewarden.detect.stratum import cryptonote, ethereum, mining, solo
from minewarden.detect.stratum.said import Answer, Call, CallReader, Said

CALLS: Mapping[str, CallReader] = MappingProxyType({**mining.CALLS, **ethereum.CALLS, **cryptonote.CALLS, **solo.CALLS})
_ANSWERS = (*ethereum.ANSWERS, *mining.ANSWERS, *cryptonote.ANSWERS, *solo.ANSWERS)


def read_call(call: Call) -> Said | None:
    """What a call says, or None where no dialect knows it."""
    reader = CALLS.get(call.method)
    return reader(call) if reader is not None else None


def read_answer(answer: Answer) -> Said | None:
    """What an answer says by its own form, or None where that tells nothing."""
    if not isinstance(answer.result, (list, dict)):
        return None
    for reader in _ANSWERS:
        said = reader(answer)
        if said is not None:
            return said
    return None
