"""Words, tones and parts of the library's pages: {% score line %}, {% moments history %}, {% reports_of case %}."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import local, said, say
from minewarden.desk.kit.words import span as spanned_words
from minewarden.desk.library import access, export
from minewarden.desk.library.models import Addressed, Issue, Receipt, Submission
from minewarden.desk.library.queries import Line, Moment, said_of, source_name
from minewarden.intel.decay import CAPS
from minewarden.intel.record import Voice
from minewarden.vocab.message import Message, message

register = template.Library()
_TONES = {
    "green": ("live", "decided", "confirmed", "covered", "taken", "seen"),
    "blue": ("relayed", "fetched"),
    "amber": ("weak", "ending", "reported", "reviewed", "returned", "unable", "held", "sent"),
    "red": ("revoked", "drifted", "failed", "harmless"),
}
_TONE = {code: tone for tone, codes in _TONES.items() for code in codes}
_DIGEST = 64
_FLAGS = {*CAPS, "homograph"}
_FAMILIES = ("catalogue", "city-review", "local")


@register.filter
def library_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_library.{group}_{str(code).replace('-', '_').replace('+', '_')}")


@register.filter
def library_tone(code: object) -> str:
    """The colour of a code's chip."""
    return _TONE.get(str(code), "grey")


@register.filter
def family_word(name: str) -> str:
    """A source family as people call it; one of a list by the list's own name."""
    return say(f"desk_library.family_{name.replace('-', '_')}") if name in _FAMILIES else name


@register.filter
def source_word(name: str) -> str:
    """A source as people call it."""
    return source_name(name)


@register.filter
def why_said(reason: Message) -> str:
    """A reason of a score, with sources and families as people call them."""
    named = dict(reason.params)
    if "names" in named:
        named["names"] = say("desk_kit.list_comma").join(family_word(name) for name in str(named["names"]).split(", "))
    if "source" in named:
        named["source"] = source_word(str(named["source"]))
    return said(message(reason.id, **named))


@register.filter
def named(entry: str) -> str:
    """`domain example.net` of a report of a load: the name, then what it is."""
    kind, _, value = entry.partition(" ")
    return format_html(
        '<span class="value">{}</span> <small class="muted">{}</small>', value, library_word(kind, "type")
    )


@register.filter
def licence_word(licence: str) -> str:
    """A licence by its usual name; what is the office's own in words."""
    return say("desk_library.licence_own") if licence == "own" else licence


@register.filter
def voice_said(voice: Voice) -> str:
    """What a source says of an indicator."""
    return said_of(voice)


@register.filter
def digest_said(text: str) -> str:
    """What identifies the content of a load: its SHA-256, or the edition of the shipped catalogue."""
    key = "digest_sha256" if len(text) == _DIGEST else "digest_edition"
    return say(f"desk_library.{key}", text=text[:16])


@register.filter
def flag_word(flag: str) -> str:
    """A mark of an indicator; one that a stranger's file brought as it stands there."""
    return say(f"desk_library.flag_{flag.replace('-', '_')}") if flag in _FLAGS else flag


@register.filter
def few(ports: Sequence[int]) -> str:
    """The first ports, and how many there are where they are many."""
    shown = "、".join(map(str, ports[:6]))
    return shown if len(ports) <= 6 else say("desk_library.ports_more", ports=shown, count=len(ports))


@register.filter
def false_alarm_word(code: str) -> str:
    """Why a case was a false alarm."""
    return say(f"desk_cases.false_alarm_{code.replace('-', '_')}")


@register.filter
def score_tone(line: Line) -> str:
    """The colour of a score."""
    if line.standing in ("over", "revoked"):
        return "grey"
    return "green" if line.score >= 60 else "amber" if line.score >= 20 else "red"


@register.inclusion_tag("library/score.html")
def score(line: Line) -> dict[str, Any]:
    """A score with its bar."""
    return {"score": line.score, "tone": score_tone(line)}


@register.inclusion_tag("library/moments.html")
def moments(history: Sequence[Moment]) -> dict[str, Any]:
    """What happened, as a line of time."""
    return {"moments": history}


@register.filter
def verdict(row: Submission) -> str:
    """What became of a report."""
    return export.verdict_of(row)


@register.filter
def last_receipt(row: Addressed) -> Receipt | None:
    """What a unit said last."""
    return max(row.receipts.all(), key=lambda one: (one.at, one.pk), default=None)


@register.filter
def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def words_or_all(text: str) -> list[str]:
    """The words of a text that begins with a blank: the first is empty, and means all."""
    return text.split(" ")


@register.filter
def at(given: Mapping[str, Any], key: str) -> Any:
    """What stands under a key."""
    return given.get(key, "")


@register.filter
def spanned(length: timedelta) -> str:
    """2 小时 20 分."""
    return spanned_words(length)


@register.filter
def last_day(end: datetime) -> str:
    """The last day of a span that ends at a midnight."""
    return local((end - timedelta(microseconds=1)), "date")


@register.inclusion_tag("library/of_case.html", takes_context=True)
def reports_of(context: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """What was reported out of a case, and the way to report its pool."""
    person = context.get("person")
    rows = list(access.submissions_for(person).filter(case=case).prefetch_related("reviews")) if person else []
    named = bool(case.server or case.server_name)
    may_report = person is not None and named and not rows and may(person, Duty.HANDLE, case.unit)
    return {"case": case, "rows": rows, "may_report": may_report}


@register.inclusion_tag("library/propose_blocks.html", takes_context=True)
def propose_blocks(context: Mapping[str, Any], issue: Issue) -> dict[str, Any]:
    """The way from a version to orders to block, for officers."""
    person = context.get("person")
    return {"issue": issue, "may": person is not None and person.holds("officer")}
