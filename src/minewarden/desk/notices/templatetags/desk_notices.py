"""{{ line.outcome|notice_word:"outcome" }}  {{ code|notice_tone }}  {{ hop.took|span }}  {% unanswered case %}"""

from datetime import timedelta

from django import template

from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import say
from minewarden.desk.kit.words import span as spanned
from minewarden.desk.notices import queries

register = template.Library()
_TONES = {
    "green": ("found", "signed", "clean"),
    "blue": ("delivered", "preview", "confirmed", "dispatch"),
    "amber": ("conflict", "pending", "doubtful", "neutralised", "by-hand", "relay", "redispatch"),
    "red": ("refused",),
}
_TONE = {code: tone for tone, codes in _TONES.items() for code in codes}


@register.filter
def notice_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_notices.{group}_{str(code or 'none').replace('-', '_')}")


@register.filter
def notice_tone(code: object) -> str:
    """The colour of a code's chip."""
    return _TONE.get(str(code), "grey")


@register.filter(name="span")
def span(length: timedelta) -> str:
    """2 小时 20 分."""
    return spanned(length)


@register.inclusion_tag("notices/unanswered.html")
def unanswered(case: Case) -> dict[str, object]:
    """The senders who wait for an answer, beside the act that closes the case."""
    return {"found": queries.replies(case)}
