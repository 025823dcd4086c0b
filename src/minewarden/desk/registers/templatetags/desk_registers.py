"""Template tags of the registers: {{ key|gap_short }} is a gap in a few words."""

from django import template

from minewarden.desk.kit.words import say

register = template.Library()


@register.filter
def gap_short(key: str) -> str:
    """A gap in a few words, for the head of a column."""
    return say(f"desk_registers.short_{key}")
