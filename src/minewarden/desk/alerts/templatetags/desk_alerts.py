"""Template tags of warnings: {{ code|alert_word:"way" }} and {{ alert.standing|alert_tone }}."""

from django import template

from minewarden.desk.kit.words import say

register = template.Library()
_TONES = {"pending": "amber", "running": "blue", "finished": "green", "refused": "grey", "stopped": "red"}


@register.filter
def alert_word(code: object, group: str) -> str:
    """The word for a code of a group."""
    return say(f"desk_alerts.{group}_{code}")


@register.filter
def alert_tone(standing: str) -> str:
    """The colour of a standing."""
    return _TONES.get(standing, "grey")
