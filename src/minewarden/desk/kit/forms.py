"""Forms drawn by our own templates, one look for all."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Widgets from Django; the form and its fields from `templates/parts`."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"
