"""Template tags of campaigns: words and colours of states, checks and changes."""

from collections.abc import Mapping
from typing import Any

from django import template

from minewarden.desk.campaigns.checks import Result
from minewarden.desk.campaigns.queries import result_words
from minewarden.desk.campaigns.template import Phase
from minewarden.desk.kit.words import local, said, say

register = template.Library()
_TONES = {
    "open": "amber", "done": "green", "returned": "red", "withdrawn": "grey", "moved": "grey", "draft": "grey",
    "submitted": "amber", "accepted": "green", "ended": "grey", "running": "blue", "asked": "amber", "funded": "blue",
    "bought": "blue", "installed": "green", "refused": "grey", "assigned": "blue", "visited": "blue", "closed": "green",
    "sent": "blue",
}  # fmt: skip


@register.filter
def campaign_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_campaigns.{group}_{str(code).replace('-', '_')}")


@register.filter
def campaign_tone(state: object) -> str:
    """The colour of a state."""
    return _TONES.get(str(state), "grey")


@register.filter
def result_text(result: Result | Mapping[str, Any]) -> str:
    """What a check found, in a few words."""
    return result_words(result.data() if isinstance(result, Result) else result)


@register.filter
def result_tone(result: Result | Mapping[str, Any]) -> str:
    """Green for enough, red for not enough, grey where nobody counts it."""
    ok = result.ok if isinstance(result, Result) else result["ok"]
    return "grey" if ok is None else "green" if ok else "red"


@register.filter
def change_text(change: Mapping[str, Any]) -> str:
    """What a version changed, as a sentence."""
    about = {name: said(change[name]) for name in ("phase", "title", "question") if name in change}
    if change["what"] == "phase-days":
        none = say("desk_campaigns.no_day")
        about |= {
            f"{name}_{side}": change[name][place] or none
            for name in ("begins", "ends")
            for place, side in enumerate(("was", "now"))
        }
    return say(f"desk_campaigns.change_{change['what'].replace('-', '_')}", **about)


@register.filter
def at_key(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key; nothing where there is none."""
    return mapping.get(key)


@register.filter
def gap_word(code: str) -> str:
    """What a unit lacks, in words."""
    return say(f"desk_campaigns.gap_{code}")


@register.filter
def words_apart(text: str) -> list[str]:
    """The words of a text, for a loop."""
    return text.split()


@register.filter
def span_of_phase(phase: Phase) -> str:
    """The days of a phase as a plan writes them: 4月10日前, 4月26日后."""
    begins, ends = (local(day) if day else "" for day in (phase.begins, phase.ends))
    if begins and ends:
        return f"{begins} — {ends}"
    return say("desk_campaigns.phase_until", day=ends) if ends else say("desk_campaigns.phase_from", day=begins)
