"""Tells Django that this folder is an app."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """The app `notify`."""

    name = "minewarden.desk.notify"
