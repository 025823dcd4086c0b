"""Tells Django that this folder is an app, and connects its signals."""

from importlib import import_module

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Units, people, posts."""

    name = "minewarden.desk.org"

    def ready(self) -> None:
        """Connect the receivers of logins."""
        import_module("minewarden.desk.org.signals")
