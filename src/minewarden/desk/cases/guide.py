"""排查指引: what a school without a network engineer is asked about its own site, and what to do next by its answers.

Practice, S2: three facts decide the way: has the router logs, is there a list of DHCP, which machines were on.
"""

from datetime import datetime, timedelta

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case, SiteFacts
from minewarden.desk.kit.words import local, say
from minewarden.desk.org.models import Person

AROUND = timedelta(minutes=10)
"""How much of a log to take before and after the activity: clocks are off, and connections begin earlier."""


@transaction.atomic
def note_facts(
    case: Case, *, by: Person, now: datetime, address: str, machines: int | None, router_logs: str, dhcp_list: str,
    switched_on: str,
) -> SiteFacts:  # fmt: skip
    """Write down how things stand at the site; the last answer counts. Raises TransitionError once it is found out."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if State(case.state) is not State.INVESTIGATING:
        raise refusals.already_decided()
    facts = {"address": address, "machines": machines, "router_logs": router_logs, "dhcp_list": dhcp_list}
    row: SiteFacts = SiteFacts.objects.create(case=case, at=now, by=by, switched_on=switched_on.strip(), **facts)
    remark(case, "site-facts", by=by, now=now, note=row.switched_on, facts=facts)
    return row


def advice(case: Case, facts: SiteFacts) -> list[str]:
    """What to do next, in its order and in the reader's language; nothing here decides anything."""
    yes, no = SiteFacts.Answer.YES, SiteFacts.Answer.NO
    window = _window(case)
    if facts.address == SiteFacts.Address.RESOLVER:
        return [say("desk_cases.guide_resolver", window=window)]
    lines = []
    if facts.router_logs == yes:
        lines.append(say("desk_cases.guide_router_logs", window=window))
    if facts.address == SiteFacts.Address.EXIT and case.host_port is None:
        lines.append(say("desk_cases.guide_no_port"))
    if facts.dhcp_list == yes:
        lines.append(say("desk_cases.guide_dhcp_list", window=window))
    machines = facts.switched_on or say("desk_cases.guide_all_machines")
    lines.append(say("desk_cases.guide_switched_on", machines=machines))
    if facts.router_logs == no:
        lines.append(say("desk_cases.guide_no_logs", due=local(case.due48)))
    return lines


def _window(case: Case) -> str:
    """The time to take logs of."""
    first, last = case.first_seen or case.last_seen, case.last_seen or case.first_seen
    if first is None or last is None:
        return say("desk_cases.guide_time_of_notice")
    return say("desk_cases.valid_between", since=local(first - AROUND, "stamp"), until=local(last + AROUND, "stamp"))
