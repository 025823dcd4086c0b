"""Template tags of messages: {{ copy.message|told }} in the reader's language, {{ code|notify_word:"kind" }}."""

from django import template

from minewarden.desk.kit.words import say
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.queries import shown

register = template.Library()
_TONES = {"waiting": "blue", "sending": "blue", "sent": "green", "failed": "red", "unsure": "amber"}


@register.filter
def told(row: Message) -> str:
    """The message."""
    return shown(row)


@register.filter
def notify_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_notify.{group}_{str(code).replace('-', '_')}")


@register.filter
def notify_tone(state: object) -> str:
    """The colour of a state."""
    return _TONES.get(str(state), "grey")
