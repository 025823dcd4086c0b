"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The app `alerts`."""

    name = "minewarden.desk.alerts"
