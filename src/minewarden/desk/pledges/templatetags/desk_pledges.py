"""Template tags of the pledges."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def of_form(field: BoundField, form: str) -> SafeString:
    """A field that belongs to a form elsewhere on the page."""
    return field.as_widget(attrs={"form": form})
