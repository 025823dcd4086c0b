"""Annexes that apps add to the 72-hour report of a case: who has something for it offers it, the report gathers them.

An app offers in its `ready`, at a place in the order of the annexes: 附件1 is the feedback form, 附件2 the evidence,
`PLEDGES` is where 附件3 承诺书 stands, and `HOST_CHECKS` what hosts showed of themselves. What nobody offers, or what a
case has nothing of, is no annex.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from minewarden.documents.official import Annex

Provider = Callable[[Any, datetime | None], Annex | None]
"""A case, and the moment up to which its report counts (None: now) -> the annex, or None where there is nothing."""
PLEDGES = 30
HOST_CHECKS = 40
_OFFERED: dict[int, Provider] = {}


def offer(place: int, provider: Provider) -> None:
    """Say who fills the annex at a place; the last word holds."""
    _OFFERED[place] = provider


def of_case(case: Any, until: datetime | None) -> tuple[Annex, ...]:
    """The annexes that others have for a case, in their order."""
    found = (_OFFERED[place](case, until) for place in sorted(_OFFERED))
    return tuple(annex for annex in found if annex is not None)
