"""Template tags of the home page."""

from django import template
from django.urls import reverse

from minewarden.desk.kit.words import say
from minewarden.desk.reports.todo import Exceptional

register = template.Library()


@register.filter
def todo_word(what: str) -> str:
    """What waits, in words."""
    if days := what.partition("task_recheck_")[2]:
        return say("desk_reports.todo_task_recheck", days=days)
    return say(f"desk_reports.todo_{what}")


@register.filter
def exception_word(key: str) -> str:
    """What is out of the ordinary, in words."""
    return say(f"desk_reports.exception_{key.replace('-', '_')}")


@register.filter
def list_behind(row: Exceptional) -> str:
    """The address of the list behind a count."""
    name, _, query = row.query.partition("?")
    return f"{reverse(name)}?{query}"
