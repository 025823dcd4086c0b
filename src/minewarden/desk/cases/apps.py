"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The app `cases`."""

    name = "minewarden.desk.cases"
