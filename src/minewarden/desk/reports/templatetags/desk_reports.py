"""Template tags of the home page."""

from django import template
from django.urls import reverse

from minewarden.desk.kit.words import say
from minewarden.desk.reports.models import Stamped
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
    name, mark, query = row.query.partition("?")
    return f"{reverse(name)}{mark}{query}"


@register.simple_tag
def stamped_match(row: Stamped, latest: int) -> tuple[str, str, str]:
    """How a stamped scan compares with what was generated: the words, their tone, and what is said of its pages."""
    if row.report is None:
        shown = (say("desk_reports.stamped_unread"), "amber")
    elif latest and row.report.version != latest:
        shown = (say("desk_reports.stamped_older", version=row.report.version, latest=latest), "amber")
    else:
        shown = (say("desk_reports.stamped_matched", version=row.report.version), "green")
    differ = "_differ" if row.pages != row.pages_made else ""
    return (*shown, say(f"desk_reports.stamped_pages{differ}", pages=row.pages, made=row.pages_made))
