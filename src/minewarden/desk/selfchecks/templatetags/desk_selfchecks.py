"""Template tags of the self-checks.

{{ row.result|check_word:"result" }}   the word for a code of a group
{{ row.result|check_tone }}            the colour of a chip
{% host_side case %}                   the reports of hosts of a case, on its page
"""

from collections.abc import Mapping
from typing import Any

from django import template

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person
from minewarden.desk.selfchecks import queries

register = template.Library()
_TONES = {
    "fine": "green", "problem": "red", "none": "grey", "open": "amber", "late": "red", "mended": "blue",
    "closed": "green", "confirmed": "red", "likely": "amber", "unclear": "amber", "nothing-found": "grey",
    "not-able-to-tell": "grey", "high": "red", "medium": "amber", "low": "blue", "info": "grey",
}  # fmt: skip


@register.filter
def check_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_selfchecks.{group}_{str(code).replace('-', '_')}")


@register.filter
def check_tone(code: object) -> str:
    """The colour of a code's chip."""
    return _TONES.get(str(code), "grey")


@register.inclusion_tag("selfchecks/of_case.html", takes_context=True)
def host_side(context: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """What hosts said of themselves, beside what the network saw."""
    person = context.get("person")
    handles = isinstance(person, Person) and may(person, Duty.HANDLE, case.unit)
    return {
        "side": queries.host_side(case), "case": case, "may_handle": handles,
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip
