"""Taking what a trace found into a case: candidates, which a person confirms or not; never a device locked."""

from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import CandidateCopy, Case
from minewarden.desk.org.models import Person
from minewarden.desk.tracing.access import MOST, TRACEABLE

_FIELDS = ("certainty", "internal_ip", "mac", "login", "switch_port", "asset", "person")


@transaction.atomic
def take(case: Case, *, by: Person, now: datetime, answer: dict[str, Any]) -> Case:
    """Put the candidates of an answer in the place of those that the case had; the log keeps who the earlier ones were.

    Raises TransitionError where the device is said already, or nobody was found.
    """
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if State(case.state) not in TRACEABLE or case.candidates.filter(chosen_at__isnull=False).exists():
        raise refusals.already_decided()
    found = answer["candidates"][:MOST]
    if not found:
        raise refusals.nothing_named()
    before = [[getattr(row, name) for name in _FIELDS] for row in case.candidates.all()]
    case.candidates.all().delete()
    CandidateCopy.objects.bulk_create(
        CandidateCopy(
            case=case, position=position, hops=one["hops"], **{name: str(one.get(name) or "") for name in _FIELDS}
        )
        for position, one in enumerate(found, 1)
    )
    question = answer["question"]
    sources = {source["name"]: source["sha256"] for source in answer["sources"]}
    facts = {"question": question, "of": len(answer["candidates"]), "sources": sources, "earlier": before}
    remark(case, "trace", by=by, now=now, note=f"{question['public']} {question['at']}", facts=facts)
    return case
