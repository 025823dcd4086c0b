"""Template tags of the nine measures.

{{ entry.kind|measure_word:"kind" }}  the word for a code of a group
{{ entry.state|measure_tone }}        the colour of a chip
{{ row.region|region_name }}          河南, for its code
{% energy_of case %}                  估算电量 of a case, on its page
{% measures_of case %}                the records that came out of a case
"""

from collections.abc import Mapping
from typing import Any

from django import template

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import say
from minewarden.desk.measures import queries
from minewarden.desk.measures.access import entries_for
from minewarden.desk.org.models import Person
from minewarden.vocab.words import table

register = template.Library()
_TONES = {
    "draft": "grey", "sent": "blue", "answered": "blue", "decided": "green", "closed": "green", "dropped": "grey",
    "pending": "amber", "agreed": "green", "refused": "red", "clear": "green", "amend": "amber", "stop": "red",
    "yes": "red", "no": "green", "unknown": "amber",
}  # fmt: skip


@register.filter
def measure_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_measures.{group}_{code}")


@register.filter
def measure_tone(code: object) -> str:
    """The colour of a code's chip."""
    return _TONES.get(str(code), "grey")


@register.filter
def region_name(code: str) -> str:
    """A region by its name; a bureau's own code stands behind that of its province."""
    name = say(f"regions.r{code[:2]}") if f"r{code[:2]}" in table("regions") else code
    return name if len(code) <= len("41") else f"{name} {code}"


@register.inclusion_tag("measures/energy_of_case.html", takes_context=True)
def energy_of(context: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """What the case took, as far as it can be estimated."""
    person = context.get("person")
    energy, made = queries.case_energy(case)
    handles = isinstance(person, Person) and may(person, Duty.HANDLE, case.unit)
    return {"energy": energy, "made": made, "case": case, "may_handle": handles}


@register.inclusion_tag("measures/of_case.html", takes_context=True)
def measures_of(context: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """The records that came out of a case, as far as the person sees them."""
    person = context.get("person")
    rows = entries_for(person).filter(case=case) if isinstance(person, Person) else ()
    handles = isinstance(person, Person) and may(person, Duty.HANDLE, case.unit)
    return {"rows": rows, "case": case, "may_handle": handles}
