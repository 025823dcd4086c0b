"""Template tags of the blocks: {% blocks_of case %} draws what a case asked to be blocked."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils import timezone

from minewarden.desk.blocks.models import Block
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.once import once
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person

register = template.Library()
_TONES = {"pending": "amber", "active": "blue", "refused": "grey", "expired": "grey", "lifted": "grey"}
_TONES |= {"waiting": "grey", "confirmed": "green", "drifted": "red", "down": "red", "other": "amber"}
_SIGNS = {"+": ("add", "green"), "-": ("remove", "red"), "~": ("change", "amber")}


@register.inclusion_tag("blocks/of_case.html", takes_context=True)
def blocks_of(context: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """The proposals that came out of a case."""
    now = timezone.now()
    rows = Block.objects.filter(case=case).select_related("asked_by", "decided_by")
    return {"rows": [(row, row.standing(now)) for row in rows], "case": case, "person": context.get("person")}


@register.filter
def block_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_blocks.{group}_{str(code).replace('-', '_')}")


@register.filter
def person_name(username: str) -> str:
    """The name of whoever signed: files of orders know people by their login names, pages by their own."""
    named = Person.objects.filter(username=username).values_list("name", flat=True)
    return once(("name of", username), named.first) or username


@register.filter
def block_tone(standing: object) -> str:
    """The colour of a standing."""
    return _TONES.get(str(standing), "grey")


@register.filter
def sign_word(sign: str) -> str:
    """The word for what happens to a rule."""
    return say(f"desk_blocks.sign_{_SIGNS[sign][0]}")


@register.filter
def sign_tone(sign: str) -> str:
    """The colour of what happens to a rule."""
    return _SIGNS[sign][1]


@register.filter
def listed(texts: Iterable[str]) -> str:
    """Texts in one sentence."""
    return say("desk_blocks.between").join(texts)


@register.filter
def bases_listed(codes: Iterable[str]) -> str:
    """Legal bases in one sentence."""
    return listed(block_word(code, "basis") for code in codes)
