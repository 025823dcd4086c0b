"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The app `reports`."""

    name = "minewarden.desk.reports"
