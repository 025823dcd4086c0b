"""Template tags of the cases.

{{ case.state|word_of:"state" }}        the word for a code
{{ case.state|tone_of }}                the colour of a chip
{{ case.protocol|protocol_name }}       the name of a protocol, for its slug
{% big_clock page.find "clock_find" now %}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from minewarden.desk.cases.clocks import Clock, Colour
from minewarden.desk.cases.protocols import protocol_name
from minewarden.desk.kit.words import local, say, span

register = template.Library()
register.filter(protocol_name)

_TONES = {
    "blue": (
        "open",
        "delivered",
        "signed",
        "investigating",
        "review",
        "self-found",
        "handling",
        "likely",
        "handshake",
        "ordered",
        "approved",
        "done",
    ),
    "green": (
        "locked",
        "reported",
        "received",
        "closed",
        "stable",
        "watching",
        "unique",
        "agreed",
        "passive",
        "restored",
        "clean",
    ),
    "amber": (
        "returned",
        "probable",
        "pending",
        "several",
        "unlocatable",
        "possible",
        "undecided",
        "notified",
        "proposed",
        "asked-back",
    ),
    "red": ("confirmed", "recurred", "active", "work", "executed", "found"),
}
_TONE = {code: tone for tone, codes in _TONES.items() for code in codes}
_CLOCK_TONES = {
    Colour.CALM: "blue", Colour.SOON: "amber", Colour.URGENT: "red", Colour.OVERDUE: "red", Colour.KEPT: "green",
    Colour.KEPT_EXTENDED: "green", Colour.MISSED: "red", Colour.STOPPED: "grey",
}  # fmt: skip


@register.filter
def word_of(code: object, group: str) -> str:
    """The word for a code of a group; an empty code is "none"."""
    if group == "task" and (days := str(code).partition("recheck-")[2]):
        return say("desk_cases.task_recheck", days=days)
    return say(f"desk_cases.{group}_{str(code or 'none').replace('-', '_')}")


@register.filter
def tone_of(code: object) -> str:
    """The colour of a code's chip."""
    return _TONE.get(str(code), "grey")


@register.filter
def of_number(found: Mapping[int, Any], number: int) -> Any:
    """What a page holds for a case of its list; nothing for most."""
    return found.get(number, ())


@register.inclusion_tag("cases/clock.html")
def big_clock(clock: Clock, label: str, now: datetime) -> dict[str, Any]:
    """A clock in full: what remains, the absolute due time, and the original one where it was extended."""
    return clock_facts(clock, now) | {"label": say(f"desk_cases.{label}") if label else ""}


def clock_facts(clock: Clock, now: datetime) -> dict[str, Any]:
    """What a page says of a clock."""
    colour = clock.colour(now)
    return {
        "clock": clock,
        "tone": _CLOCK_TONES[colour],
        "text": _headline(clock, colour, now),
        "running": clock.running,
        "until": say("desk_cases.clock_due", at=local(clock.due)),
        "original": say("desk_cases.clock_original", at=local(clock.original)) if clock.extended else "",
        "share": round(clock.share(now) * 20),
    }


def _headline(clock: Clock, colour: Colour, now: datetime) -> str:
    if clock.done is not None:
        if clock.done <= clock.received:
            return say("desk_cases.clock_zero")
        key = colour.value.replace("-", "_")
        return say(f"desk_cases.clock_{key}", span=span(clock.used(now)))
    if clock.stopped is not None:
        return say("desk_cases.clock_stopped")
    left = clock.remaining(now)
    return say("desk_kit.clock_over" if colour is Colour.OVERDUE else "desk_kit.clock_left", span=span(abs(left)))
