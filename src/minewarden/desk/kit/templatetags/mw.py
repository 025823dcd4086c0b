"""Template tags of the desk: words, times, masks, chips, clocks, pages.

{% w "desk_cases.title" number=case.number %}   a sentence
{{ case.due|local }}  {{ at|stamp }}            a time in full; a time for a dense table
{{ due|remaining }}                             剩余 5 小时 12 分
{% clock due %}  {% clock due done=locked_at %} a chip that counts down, or says when it was met
{% mask person.name %}  {% mask mac "mac" %}    a detail with its middle hidden
{{ message|said }}                              a Message, or {"zh": …, "en": …}
{% chip "closed" "green" "desk_cases.closed" %} a state: tone is blue, green, amber, red, grey
{% pager page %}                                the pages of a list
{% watermark %}                                 who looks, across a page that shows what is masked elsewhere
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.templatetags.static import static
from django.utils import timezone

from minewarden.desk.kit import words
from minewarden.desk.kit.masks import MASKS
from minewarden.desk.kit.watermark import watermark_of
from minewarden.documents.titles import width
from minewarden.vocab.message import Message

register = template.Library()
SOON, URGENT = timedelta(hours=12), timedelta(hours=2)
_LETTER, _GAP, _PITCH = 15, 90, 90
"""Of the mark across a page, in pixels: the width of a Chinese character, the gap behind a line, that to the next."""


@register.simple_tag(name="w")
def w(identifier: str, **params: Any) -> str:
    """A sentence in the reader's language."""
    return words.say(identifier, **params)


@register.filter
def said(sentence: Message | Mapping[str, str] | str) -> str:
    """A message, or a text stored in both languages."""
    return words.said(sentence)


@register.filter
def local(instant: datetime | date | None, form: str = "full") -> str:
    """A time as the office writes it; nothing for None."""
    return words.local(instant, form) if instant is not None else ""


@register.filter
def stamp(instant: datetime | None) -> str:
    """2026-03-13 17:30."""
    return words.local(instant, "stamp") if instant is not None else ""


@register.filter
def till(instant: datetime | None) -> str:
    """A time up to which something is due: 2026年12月5日24:00."""
    return words.till(instant) if instant is not None else ""


@register.filter
def file_kind(form: str) -> str:
    """What people call a kind of file: one name for it on every page."""
    return {"docx": "Word", "xlsx": "Excel", "pdf": "PDF"}.get(form, form)


@register.filter
def remaining(due: datetime) -> str:
    """剩余 5 小时 12 分, or 已超期 2 小时 3 分."""
    return _left(due, timezone.now())


@register.simple_tag
def mask(text: str | None, kind: str = "name") -> str:
    """A personal detail with its middle hidden: kind is name, phone, mac or login; a dash for nothing."""
    return MASKS[kind](text or "") or "—"


@register.inclusion_tag("parts/chip.html")
def chip(text: str, tone: str = "grey", sentence: str = "") -> dict[str, str]:
    """A state in a coloured frame. With a third argument, that sentence is the text."""
    return {"text": words.say(sentence) if sentence else str(text), "tone": tone}


@register.inclusion_tag("parts/clock.html")
def clock(
    due: datetime | None, done: datetime | None = None, label: str = "", start: datetime | None = None
) -> dict[str, Any]:
    """A due time and what remains. `done` stops it; `label` (table.key) names it; `start` shows how much is used."""
    now = timezone.now()
    end = done or now
    if due is None:
        return {"due": None}
    if done is not None:
        tone = "green" if done <= due else "red"
        text = words.say("desk_kit.clock_met" if done <= due else "desk_kit.clock_met_late")
        if start is not None:
            text += words.say("desk_kit.in_brackets", text=words.span(max(done - start, timedelta())))
    else:
        # What runs is blue, as the clocks of a case are; green is kept for what was done in time.
        tone = "red" if due - now <= URGENT else "amber" if due - now <= SOON else "blue"
        text = _left(due, now)
    return {
        "due": due,
        "done": done,
        "tone": tone,
        "text": text,
        "label": words.say(label) if label else "",
        "until": words.say("desk_kit.clock_until", at=words.till(due)),
        "used": _used(start, due, end),
    }


@register.inclusion_tag("parts/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], page: Page[Any]) -> dict[str, Any]:
    """Links to the pages of a list; they keep the filters of the address."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "query": f"{query.urlencode()}&" if query else ""}


@register.inclusion_tag("parts/watermark.html", takes_context=True)
def watermark(context: Mapping[str, Any]) -> dict[str, Any]:
    """The mark of whoever looks, across the window and across each printed sheet: a drawing, so that nothing inline is
    needed. Its tile is as wide as the line with a gap, in pixels."""
    line = watermark_of(context["request"]).line
    half = round(_LETTER * width(line) / 2 + _GAP) // 2
    return {"line": line, "wide": 2 * half, "half": half, "high": 2 * _PITCH, "lower": 24 + _PITCH}


@register.inclusion_tag("parts/icon.html")
def icon(name: str) -> dict[str, str]:
    """An icon of our own sprite."""
    return {"href": f"{static('mw/img/icons.svg')}#{name}"}


def _left(due: datetime, now: datetime) -> str:
    if due <= now:
        return words.say("desk_kit.clock_over", span=words.span(now - due))
    return words.say("desk_kit.clock_left", span=words.span(due - now))


def _used(start: datetime | None, due: datetime, now: datetime) -> int | None:
    """How much of the time is gone, in tenths, for the little bar."""
    if start is None or due <= start:
        return None
    return min(max(round(10 * ((now - start) / (due - start))), 0), 10)
