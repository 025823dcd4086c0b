"""Tells Django that the desk as a whole is an app, which has the checks of an installation."""

from importlib import import_module

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """What stands above the apps: no tables, only checks."""

    name = "minewarden.desk"

    def ready(self) -> None:
        """Register the checks, which ask the apps and so cannot belong to one of them."""
        import_module("minewarden.desk.checks")
